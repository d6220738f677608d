"""Roots: directories that do not nest, and what is remembered of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mustela.files.errors import DirectoryUnusable, InvalidPattern, RootsNest
from mustela.files.path_text import below, join
from mustela.files.root import AsyncRootRepository, RootRepository, root_records
from mustela.files.root_directory import RootDirectory, inspect
from mustela.files.schema import files_metadata
from mustela.store.errors import AlreadyExists, NotFound
from mustela.store.testing import Harness


@pytest.fixture
async def harness(open_engine: Any) -> AsyncIterator[Harness]:
    async with open_engine([files_metadata]) as harness:
        yield harness


@pytest.fixture
def roots(harness: Harness) -> Any:
    return harness.bind(RootRepository, AsyncRootRepository)


def directory(path: str) -> RootDirectory:
    return RootDirectory(path, f"identity of {path}")


async def test_a_root_is_read_back(roots: Any) -> None:
    root = await roots.add(
        directory("/films"), collections=["video", "radio"], exclude=["*.tmp"], recursive=False
    )
    assert await roots.get(root.id) == root
    assert await roots.get_by_path("/films") == root
    assert (root.name, root.collections, root.exclude) == ("films", ("radio", "video"), ("*.tmp",))
    assert (root.recursive, root.identity) == (False, "identity of /films")
    assert (root.last_scan_at, root.last_scan, root.problem) == (None, None, None)


async def test_roots_are_listed_by_path(roots: Any) -> None:
    for path in ("/b", "/a", "/a b"):
        await roots.add(directory(path), collections=["video"])
    assert [root.path for root in await roots.list_roots()] == ["/a", "/a b", "/b"]


async def test_the_same_directory_is_no_second_root(roots: Any) -> None:
    await roots.add(directory("/films"), collections=["video"], name="Films")
    with pytest.raises(AlreadyExists, match="Films"):
        await roots.add(directory("/films"), collections=["radio"])


@pytest.mark.parametrize("path", ["/films/2024", "/films/2024/may", "/"])
async def test_roots_do_not_nest(roots: Any, path: str) -> None:
    await roots.add(directory("/films"), collections=["video"])
    await roots.add(directory("/films too"), collections=["video"])
    with pytest.raises(RootsNest, match="/films"):
        await roots.add(directory(path), collections=["video"])


async def test_what_people_say_of_a_root_can_be_edited(roots: Any) -> None:
    root = await roots.add(directory("/films"), collections=["video"])
    edited = await roots.update(
        root.id, name="All", exclude=["x/"], recursive=False, collections=["radio"]
    )
    assert (edited.name, edited.exclude, edited.recursive) == ("All", ("x/",), False)
    assert edited.collections == ("radio",)
    with pytest.raises(InvalidPattern):
        await roots.update(root.id, exclude=["!x"])
    with pytest.raises(TypeError, match="path"):
        await roots.update(root.id, path="/other")
    with pytest.raises(NotFound):
        await roots.update("nobody", name="x")


async def test_a_relocated_root_is_the_same_root_elsewhere(roots: Any) -> None:
    root = await roots.add(directory("/films"), collections=["video"])
    await roots.add(directory("/other"), collections=["video"])
    moved = await roots.relocate(root.id, directory("/mnt/films"))
    assert (moved.id, moved.path, moved.identity) == (
        root.id,
        "/mnt/films",
        "identity of /mnt/films",
    )
    assert (await roots.relocate(root.id, directory("/mnt"))).path == "/mnt"
    with pytest.raises(RootsNest):
        await roots.relocate(root.id, directory("/other/films"))
    with pytest.raises(NotFound):
        await roots.relocate("nobody", directory("/nowhere"))


async def test_the_root_of_a_path_is_found(roots: Any) -> None:
    root = await roots.add(directory("/films"), collections=["video"])
    assert await roots.root_of("/films/2024/a.mov") == (root, "2024/a.mov")
    assert await roots.root_of("/films") == (root, "")
    assert await roots.root_of("/films too/a.mov") is None


async def test_a_removed_root_is_gone(roots: Any) -> None:
    root = await roots.add(directory("/films"), collections=["video"])
    assert await roots.remove(root.id) is True
    assert await roots.remove(root.id) is False
    assert await roots.get(root.id) is None


async def test_results_of_scans_are_kept_for_each_collection(roots: Any) -> None:
    root = await roots.add(directory("/films"), collections=["video", "radio"])
    await roots.note_scan(root.id, "video", {"entries": 1}, None)
    await roots.note_scan(root.id, "radio", {"entries": 2}, "it is empty")
    root = await roots.get(root.id)
    assert root.last_scan == {"video": {"entries": 1}, "radio": {"entries": 2}}
    assert root.problem == "it is empty"
    assert root.last_scan_at is not None
    await roots.note_scan("nobody", "video", {}, None)


def test_the_audit_keeps_what_people_say_of_roots_not_that_they_were_scanned() -> None:
    roles = root_records.roles
    assert {name for name, role in roles.items() if role == "edited"} == {
        "path",
        "name",
        "collections",
        "exclude",
        "recursive",
    }
    assert roles["identity"] == "observed"
    assert roles["last_scan"] == "derived"


def test_a_directory_is_inspected_behind_its_links(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    link = tmp_path / "link"
    link.symlink_to(real)
    assert inspect(link) == inspect(real)
    assert inspect(real).path == str(real)
    real.rename(tmp_path / "renamed")
    identity = inspect(tmp_path / "renamed").identity
    (tmp_path / "real").mkdir()
    assert inspect(tmp_path / "real").identity != identity


def test_what_cannot_be_listed_is_no_root(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in ("nowhere", "file"):
        with pytest.raises(DirectoryUnusable, match=path):
            inspect(tmp_path / path)


def test_paths_are_joined_to_roots_and_taken_apart() -> None:
    for root in ("/films", "/"):
        assert below(root, join(root, "a/b.mov")) == "a/b.mov"
    assert below("/films", "/films2/a") is None
    assert below("/films", "/films") == ""
