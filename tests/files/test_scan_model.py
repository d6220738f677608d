"""Scans after any mutations of a tree, against a model that a person can follow."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, cast
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mustela.files import scan_compare, scan_share, walk_main
from mustela.files.children import Children
from mustela.files.scan_record import ScanResult
from mustela.files.walk_wire import WalkBatch, WalkOrder
from mustela.jobs import InMemoryJobQueue, RunAtSubmit
from mustela.jobs.queue import JobQueue
from mustela.store import AsyncStore
from tests.files.library import Library, open_library
from tests.files.sharing import SHARED_TABLES, register, result_of

PATHS = ("a.toy", "b.toy", "c.toy", "d/a.toy", "d/b.toy", "d/e/a.toy", "d!/a.toy", "e.toy/a.toy")
#: Directories that are one item each; as items they come before the directories of their names.
SETS = ("c", "d/a", "d/e/set", "d!/a.toy.x")
Mutation: TypeAlias = tuple[str, str, str]

mutations = st.one_of(
    st.tuples(
        st.sampled_from(("put", "remove", "touch", "break", "estrange")),
        st.sampled_from(PATHS + SETS),
        st.just(""),
    ),
    st.tuples(st.sampled_from(("rename", "swap")), st.sampled_from(PATHS), st.sampled_from(PATHS)),
    st.tuples(st.sampled_from(("rename", "swap")), st.sampled_from(SETS), st.sampled_from(SETS)),
    st.tuples(st.just("loop"), st.sampled_from(("d", "l", "d/e")), st.just("")),
)


@dataclass(frozen=True)
class File:
    content: str
    stamp: int


@dataclass(frozen=True)
class Record:
    born: str
    file: File
    missing: bool = False


class Model:
    """Files by path, and the records that scans should have made of them, by path."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.records: dict[str, Record] = {}
        self.failed: dict[str, File] = {}
        self.foreign: dict[str, File] = {}
        self.count = 0

    def scan(self) -> None:
        if not self.files and all(record.missing for record in self.records.values()):
            return
        fresh = {
            path: file
            for path, file in self.files.items()
            if (path not in self.records or self.records[path].file != file)
            and file not in {self.failed.get(path), self.foreign.get(path)}
        }
        self.foreign = {p: f for p, f in self.foreign.items() if self.files.get(p) == f}
        for path, record in self.records.items():
            if record.missing and self._is_here(path):
                self.records[path] = replace(record, missing=False)
        self.failed = {p: f for p, f in self.failed.items() if self.files.get(p) == f}
        moves = self._moves(fresh)
        moved = {old: self.records.pop(old) for old in moves}
        for old, new in moves.items():
            self.records[new] = replace(moved[old], file=fresh.pop(new), missing=False)
        for path, file in fresh.items():
            if file.content.startswith("foreign"):
                self.foreign[path] = file
            elif file.content.startswith("broken"):
                self.failed[path] = file
            elif path in self.records:
                self.records[path] = replace(self.records[path], file=file)
            else:
                self.records[path] = Record(file.content, file)
        for path, record in self.records.items():
            if not self._is_here(path):
                self.records[path] = replace(record, missing=True)

    def _is_here(self, path: str) -> bool:
        return path in self.files and path not in self.foreign

    def _moves(self, fresh: dict[str, File]) -> dict[str, str]:
        """Old path to new path of the records that follow their files."""

        def last_name(path: str) -> str:
            return path.rpartition("/")[2]

        here = {path: self.records[path] for path in self.records if self._is_here(path)}
        gone = {p: r for p, r in self.records.items() if not self._is_here(p)}
        changed = {p: r for p, r in here.items() if p in fresh}
        touched = {p for p, r in changed.items() if r.file.content == fresh[p].content}
        just_lost = {p: r for p, r in gone.items() if not r.missing} | {
            p: r for p, r in changed.items() if p not in touched
        }
        moves: dict[str, str] = {}
        for candidates in (just_lost, {p: r for p, r in gone.items() if r.missing}):
            for new in sorted(set(fresh) - touched - set(moves.values())):
                same = [
                    old
                    for old, record in sorted(candidates.items())
                    if record.file.content == fresh[new].content and old not in moves
                ]
                if same:
                    same.sort(key=lambda old: last_name(old) != last_name(new))
                    moves[same[0]] = new
        while blocked := [o for o, n in moves.items() if n in self.records and n not in moves]:
            for old in blocked:
                del moves[old]
        return moves


class Tree:
    """Applies a mutation to the disk and to the model alike."""

    def __init__(self, library: Library, model: Model) -> None:
        self.library = library
        self.model = model

    def apply(self, mutation: Mutation) -> None:
        kind, path, other = mutation
        getattr(self, f"_{kind}")(path, other)

    def _write(self, path: str, content: str) -> None:
        self.model.count += 1
        put = self.library.put_set if path in SETS else self.library.put
        put(path, content, at=self.model.count)
        self.model.files[path] = File(content, self.model.count)

    def _put(self, path: str, _: str) -> None:
        self._write(path, f"toy {self.model.count}")

    def _break(self, path: str, _: str) -> None:
        self._write(path, f"broken\n{self.model.count}")

    def _estrange(self, path: str, _: str) -> None:
        self._write(path, f"foreign\n{self.model.count}")

    def _touch(self, path: str, _: str) -> None:
        if path in self.model.files:
            self._write(path, self.model.files[path].content)

    def _remove(self, path: str, _: str) -> None:
        if self.model.files.pop(path, None):
            place = self.library.directory / path
            shutil.rmtree(place) if path in SETS else place.unlink()

    def _rename(self, old: str, new: str) -> None:
        if old in self.model.files and old != new:
            if new in SETS and new in self.model.files:
                self._remove(new, "")
            self.library.rename(old, new)
            self.model.files[new] = self.model.files.pop(old)

    def _swap(self, one: str, other: str) -> None:
        if {one, other} <= self.model.files.keys() and one != other:
            self._rename(one, "aside")
            self._rename(other, one)
            self._rename("aside", other)

    def _loop(self, path: str, _: str) -> None:
        place = self.library.directory / path / "loop"
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.is_symlink():
            place.symlink_to("..")


@pytest.fixture(scope="module")
def runner() -> Iterator[tuple[asyncio.Runner, Children]]:
    """A loop and children that all examples share: to start them takes longer than a scan."""

    async def make() -> Children:
        return Children(size=1)

    with asyncio.Runner() as loop, pytest.MonkeyPatch.context() as changes:

        async def walk_here(order: WalkOrder) -> AsyncGenerator[WalkBatch, None]:
            for batch in walk_main.walk(order):
                yield batch

        changes.setattr(scan_compare, "walk", walk_here)
        changes.setattr(scan_share, "LOOK_SECONDS", 0.001)
        children = loop.run(make())
        yield loop, children
        loop.run(children.aclose())


histories = st.lists(st.lists(mutations, max_size=8), min_size=1, max_size=4)


@pytest.mark.unmeasured
@example(
    rounds=[
        [("put", "a.toy", ""), ("put", "c", ""), ("put", "d/a", "")],
        [("estrange", "a.toy", ""), ("estrange", "c", ""), ("remove", "d/a", "")],
        [("put", "a.toy", ""), ("remove", "c", "")],
    ]
)
@given(rounds=histories)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_scans_keep_the_records_that_a_person_would_expect(
    runner: tuple[asyncio.Runner, Children], rounds: list[list[Mutation]]
) -> None:
    loop, children = runner
    directory = Path(tempfile.mkdtemp())
    try:
        loop.run(compare(directory, children, rounds))
    finally:
        shutil.rmtree(directory)


@pytest.mark.unmeasured
@given(rounds=histories)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_shared_scans_keep_the_same_records(
    runner: tuple[asyncio.Runner, Children], rounds: list[list[Mutation]]
) -> None:
    loop, children = runner
    directory = Path(tempfile.mkdtemp())
    try:
        loop.run(compare(directory, children, rounds, shared=True))
    finally:
        shutil.rmtree(directory)


class SharedWithItself(Library):
    """Each portion is one file; whoever asks for the next one first reads it."""

    async def _scan(self, settle_seconds: float, options: dict[str, Any]) -> ScanResult:
        queue = InMemoryJobQueue(self.store)
        with patch.object(queue, "others_take", return_value=True):
            sharing = RunAtSubmit(queue)
            register(cast(JobQueue, sharing), self.store, self.children, 1)
            id = await sharing.submit("toys.scan", {"root_id": self.root.id})
        job = await queue.get(id)
        assert job.status == "completed", job.error
        return result_of(job)


async def compare(
    directory: Path, children: Children, rounds: list[list[Mutation]], *, shared: bool = False
) -> None:
    model = Model()
    async with (
        AsyncStore.memory(*SHARED_TABLES) as store,
        open_library(directory / "library", store, children) as library,
    ):
        if shared:
            library = SharedWithItself(store, children, library.directory, library.root)
        (library.directory / "notes.txt").touch()  # so that it is never empty
        tree = Tree(library, model)
        for round_ in rounds:
            for mutation in round_:
                tree.apply(mutation)
            await library.scan()
            model.scan()
            found = await library.by_path()
            for toy in found.values():
                if toy.note is None:
                    await library.toys.annotate(toy.id, toy.line)
            assert {
                path: (toy.note or toy.line, toy.line, toy.missing) for path, toy in found.items()
            } == {
                path: (record.born, record.file.content, record.missing)
                for path, record in model.records.items()
            }
            again = await library.scan()
            assert (again.catalogued, again.missing, again.returned) == (0, 0, 0)
            assert again.failed == sum(
                model.failed.get(path) == file for path, file in model.files.items()
            )
