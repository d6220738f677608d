"""Files that are made on request take up no more than they may."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from mustela.files.picture_store import PictureStore
from mustela.radio.made_files import MadeFiles


async def _write(target: bytes) -> None:
    path = Path(os.fsdecode(target))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * 1000)


async def test_files_nobody_asks_for_go_first_and_kept_ones_stay(tmp_path: Path) -> None:
    shelf = tmp_path / "made"
    files = MadeFiles(PictureStore(tmp_path), limit=20_000)
    kept = await files.kept("00ff00ff", "thumb.webp", _write)
    wanted = await files.shelved("wanted.png", _write)
    for number in range(1, 200):
        path = await files.shelved(f"{number}.png", _write)
        os.utime(path, (number, number))
        await files.shelved("wanted.png", _write)
    assert kept.exists()
    assert wanted.exists()
    # It looks at the shelf now and then only, but whenever a quarter more may lie there.
    assert 15 <= len(list(shelf.iterdir())) <= 20 + 5
    assert not (shelf / "1.png").exists()


async def test_an_empty_file_is_made_again_and_a_failure_is_tried_again(tmp_path: Path) -> None:
    files = MadeFiles(PictureStore(tmp_path))

    async def fails(target: bytes) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await files.shelved("a.png", fails)
    path = await files.shelved("a.png", _write)
    path.write_bytes(b"")
    again = await asyncio.gather(*(files.shelved("a.png", _write) for _ in range(3)))
    assert {one.stat().st_size for one in again} == {1000}
