"""Files that are kept for a while take up so much, and no more."""

from __future__ import annotations

import os
from pathlib import Path

from mustela.files.picture_store import PictureStore
from mustela.radio.made_files import MadeFiles


async def test_a_few_large_files_do_not_fill_the_disk(tmp_path: Path) -> None:
    shelf = tmp_path / "made"
    shelf.mkdir()
    files = MadeFiles(PictureStore(tmp_path), shelf, limit=1000)
    times = 0

    async def make(target: bytes) -> None:
        nonlocal times
        times += 1
        path = Path(os.fsdecode(target))
        path.write_bytes(b"x" * 300)
        os.utime(path, (times, times))

    for number in range(20):
        assert (await files.shelved(f"{number}.fits", make)).exists()
        assert sum(path.stat().st_size for path in shelf.iterdir()) <= 1250
    await files.shelved("19.fits", make)
    assert times == 20
    await files.shelved("0.fits", make)  # the oldest went first
    assert times == 21
