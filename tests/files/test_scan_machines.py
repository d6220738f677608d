"""A root that machines see under identities of their own: a disk here, a share of it there."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mustela.files.root_directory import MOST_IDENTITIES, identity_of, knows, learnt
from mustela.store import AsyncStore
from tests.files.library import TABLES, Library, open_library
from tests.files.sharing import Hands


@pytest.fixture
async def library(tmp_path: Path, postgres_url: str) -> AsyncIterator[Library]:
    """A catalog that machines share."""
    async with (
        AsyncStore.open(postgres_url, create=TABLES) as store,
        Hands() as children,
        open_library(tmp_path / "library", store, children) as opened,
    ):
        yield opened


class Machines:
    """The same files in two directories, of which one stands where the root is."""

    def __init__(self, library: Library) -> None:
        self.there = library.directory
        self.away = library.directory.with_name("as another machine sees it")
        shutil.copytree(self.there, self.away)

    def change(self) -> None:
        """Now the other one does."""
        aside = self.there.with_name("aside")
        self.there.rename(aside)
        self.away.rename(self.there)
        aside.rename(self.away)


@pytest.mark.postgres
async def test_machines_that_scan_in_turn_are_both_believed(library: Library) -> None:
    for name in ("a.toy", "b.toy"):
        library.put(name, name)
    await library.scan()
    machines = Machines(library)
    machines.change()
    assert (await library.scan()).distrust == "replaced"
    for name in ("c.toy", "d.toy", "e.toy"):
        machines.change()
        library.put(name, name)
        (machines.away / name).write_bytes((library.directory / name).read_bytes())
        library.stamp(machines.away / name, 0)
        result = await library.scan()
        assert (result.distrust, result.problem, result.catalogued) == (None, None, 1)


@pytest.mark.postgres
async def test_other_files_are_not_believed_whichever_machine_sees_them(library: Library) -> None:
    for name in ("a.toy", "b.toy", "c.toy"):
        library.put(name, name)
    await library.scan()
    machines = Machines(library)
    machines.change()
    for name in ("b.toy", "c.toy"):
        (library.directory / name).unlink()
    for _ in range(2):
        assert (await library.scan()).distrust == "replaced"
    assert await library.missing() == set()
    assert (await library.scan(trust_root=True)).missing == 2
    root = await library.roots.get(library.root.id)
    assert root is not None
    assert root.identity == identity_of(library.directory.as_posix())


def test_what_is_remembered_has_an_end() -> None:
    remembered = learnt(None, "inode 0, file system a")
    for number in range(1, 2 * MOST_IDENTITIES):
        remembered = learnt(remembered, f"inode {number}, file system a")
        assert knows(remembered, f"inode {number}, file system a")
    assert knows(remembered, f"inode {MOST_IDENTITIES}, file system a")
    assert not knows(remembered, f"inode {MOST_IDENTITIES - 1}, file system a")
    assert not knows(remembered, "inode 1")
