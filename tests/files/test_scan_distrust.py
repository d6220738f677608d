"""What is not there because nobody could look is not missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest

from mustela.files import scan_compare, scan_missing, walk_main
from mustela.files.walk_wire import WalkBatch, WalkOrder
from tests.files.library import Library


@pytest.fixture
async def filled(library: Library) -> Library:
    for path in ("a.toy", "box/b.toy", "box/deep/c.toy", "boxes.toy"):
        library.put(path, path)
    await library.scan()
    return library


@pytest.fixture
def walk_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Walk in this process, so that a test can make the disk fail."""

    async def walk(order: WalkOrder) -> AsyncGenerator[WalkBatch, None]:
        for batch in walk_main.walk(order):
            yield batch

    monkeypatch.setattr(scan_compare, "walk", walk)


class _Unlistable:
    """``scandir`` that fails halfway through a directory of a name."""

    def __init__(self, name: bytes) -> None:
        self._inode = os.stat(name).st_ino  # noqa: PTH116  # bytes
        self._scandir = os.scandir

    def __call__(self, handle: Any) -> Any:
        entries = self._scandir(handle)
        if os.stat(handle).st_ino == self._inode:  # noqa: PTH116  # a descriptor
            return _Half(entries)
        return entries


class _Half:
    def __init__(self, entries: Any) -> None:
        self._entries = entries

    def __enter__(self) -> Iterator[Any]:
        yielded = list(self._entries)[:1]

        def half() -> Iterator[Any]:
            yield from yielded
            raise OSError(5, "Input/output error")

        return half()

    def __exit__(self, *_error: object) -> None:
        self._entries.close()


async def test_an_absent_root_marks_nothing_missing(filled: Library) -> None:
    filled.directory.rename(filled.directory.with_name("away"))
    result = await filled.scan()
    assert result.distrust == "absent"
    assert result.problem is not None
    assert "cannot be read" in result.problem
    assert await filled.missing() == set()
    root = await filled.roots.get(filled.root.id)
    assert root is not None
    assert root.problem == result.problem
    filled.directory.with_name("away").rename(filled.directory)
    assert (await filled.scan()).problem is None


async def test_an_empty_root_marks_nothing_missing_unless_a_person_says_so(
    filled: Library,
) -> None:
    for path in filled.directory.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (filled.directory / "lost+found").mkdir()
    (filled.directory / ".keep").touch()
    result = await filled.scan()
    assert result.distrust == "empty"
    assert await filled.missing() == set()
    result = await filled.scan(trust_root=True)
    assert (result.distrust, result.missing) == (None, 4)


async def test_a_root_that_was_always_empty_is_no_problem(library: Library) -> None:
    assert (await library.scan()).problem is None


async def test_another_directory_in_its_place_changes_nothing(filled: Library) -> None:
    filled.directory.rename(filled.directory.with_name("away"))
    filled.put("a.toy", "another disk's file", at=5)
    filled.put("new.toy", "another disk's file")
    before = await filled.by_path()
    for _ in range(2):
        result = await filled.scan()
        assert (result.distrust, result.waiting) == ("replaced", 2)
        assert result.problem is not None
        assert "right drive" in result.problem
        assert await filled.by_path() == before
    result = await filled.scan(trust_root=True)
    assert (result.distrust, result.catalogued, result.missing) == (None, 2, 3)
    assert (await filled.scan()).problem is None


async def test_the_same_files_in_another_directory_are_believed_at_the_next_scan(
    filled: Library,
) -> None:
    away = filled.directory.with_name("away")
    filled.directory.rename(away)
    shutil.copytree(away, filled.directory)
    (filled.directory / "a.toy").unlink()
    result = await filled.scan()
    assert (result.distrust, result.unchanged) == ("replaced", 3)
    assert await filled.missing() == set()
    result = await filled.scan()
    assert (result.distrust, result.missing) == (None, 1)


@pytest.mark.usefixtures("walk_here")
async def test_below_a_directory_that_cannot_be_listed_nothing_is_known(
    filled: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = os.fsencode(filled.directory / "box")
    (filled.directory / "box/b.toy").unlink()
    (filled.directory / "a.toy").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", _Unlistable(box))
        result = await filled.scan()
    assert (result.unreadable_directories, result.unchanged, result.missing) == (1, 1, 1)
    assert result.problem is not None
    assert "could not be read" in result.problem
    assert await filled.missing() == {"a.toy"}
    (failure,) = await filled.failures.list_failures(filled.root.id, "toys")
    assert (failure.path, failure.stage) == ("box/", "list")
    result = await filled.scan()
    assert (result.problem, result.missing) == (None, 1)
    assert await filled.missing() == {"a.toy", "box/b.toy"}
    assert await filled.failures.list_failures(filled.root.id, "toys") == []


@pytest.mark.usefixtures("walk_here")
async def test_a_file_that_cannot_be_looked_at_failed_and_is_not_missing(
    filled: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = os.stat

    def stat(path: Any, **options: Any) -> os.stat_result:
        if path == "b.toy":
            raise PermissionError(13, "Permission denied")
        if path == "c.toy":
            raise FileNotFoundError(2, "No such file")
        return look(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", stat)
        result = await filled.scan()
    assert (result.failed, result.waiting, result.unchanged, result.missing) == (1, 1, 2, 0)
    (failure,) = await filled.failures.list_failures(filled.root.id, "toys")
    assert (failure.path, failure.stage, failure.message) == (
        "box/b.toy",
        "stat",
        "Permission denied",
    )
    assert (await filled.scan()).unchanged == 4
    assert await filled.failures.list_failures(filled.root.id, "toys") == []


async def test_a_path_too_long_to_open_is_reported(filled: Library) -> None:
    handle = os.open(filled.directory, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=handle)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    result = await filled.scan()
    assert (result.unreadable_directories, result.unchanged) == (1, 4)


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind the superuser")
async def test_a_directory_without_permission_is_not_absent(filled: Library) -> None:
    box = filled.directory / "box"
    box.chmod(0)
    try:
        result = await filled.scan()
        assert (result.unreadable_directories, result.missing) == (1, 0)
    finally:
        box.chmod(0o700)


@pytest.mark.parametrize("fault", [FileNotFoundError(2, "gone"), None])
async def test_a_root_that_goes_away_during_the_scan_marks_nothing_missing(
    filled: Library, monkeypatch: pytest.MonkeyPatch, fault: OSError | None
) -> None:
    (filled.directory / "a.toy").unlink()

    def identity_of(path: bytes) -> str:
        if fault is not None:
            raise fault
        return "another one"

    monkeypatch.setattr(scan_missing, "identity_of", identity_of)
    result = await filled.scan()
    assert (result.distrust, result.missing) == ("absent", 0)
    assert await filled.missing() == set()


async def test_what_the_last_look_still_finds_is_not_missing(
    filled: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    link = filled.directory / "a.toy"
    link.unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("a.toy")
    link.symlink_to(elsewhere)  # no scan follows it, but the file is there
    result = await filled.scan()
    assert (result.excluded, result.missing) == (1, 0)
    link.unlink()
    link.symlink_to("a.toy")
    assert (await filled.scan()).missing == 0  # a loop of links is an error, not absence
    link.unlink()
    assert (await filled.scan()).missing == 1
