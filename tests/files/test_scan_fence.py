"""A scan that slept longer than it was waited for changes nothing of the one that follows it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from mustela.files import scan_compare
from mustela.files.holder import Holder
from mustela.files.scan import scan
from mustela.files.scan_entries import (
    AsyncScanEntryRepository,
    Entry,
    NewEntry,
    ScanEntryRepository,
)
from mustela.files.scan_moves import AsyncScanMoveRepository, Cursor, ScanMoveRepository
from mustela.files.scan_portions import AsyncScanPortionRepository, ScanPortionRepository
from mustela.files.scan_share import Sharing
from mustela.files.schema import files_metadata, scan_entries, scan_portions
from mustela.files.walk import walk as walk_files
from mustela.jobs import AsyncioJobQueue, AsyncJobRepository, JobContext, JobRepository
from mustela.jobs.control import wall_clock
from mustela.jobs.errors import ClaimLost
from mustela.jobs.record import Job, NewJob
from mustela.jobs.schema import jobs_metadata
from mustela.store import AsyncStore, Statement, Unit, read, rows
from mustela.store.testing import Harness
from tests.files.library import open_library
from tests.files.sharing import SCAN, SHARED_TABLES, Hands
from tests.files.toys import AsyncToys

OF_ROOT = ("root", "toys")
_ALL = [Statement(table.select().order_by(table.c.seq)) for table in (scan_entries, scan_portions)]


@pytest.fixture
async def harness(open_engine: Any) -> AsyncIterator[Harness]:
    async with open_engine([files_metadata, jobs_metadata]) as harness:
        yield harness


class Kept(ScanEntryRepository):
    """With all that the tables of scans hold."""

    @read
    def everything(self) -> Unit[list[list[tuple[Any, ...]]]]:
        found = []
        for statement in _ALL:
            found.append((yield from rows(statement)))  # noqa: PERF401  # no generator yields
        return found


class AsyncKept(AsyncScanEntryRepository):
    everything = Kept.everything


def held_by(holder: Holder, *classes: type[Any]) -> list[type[Any]]:
    return [type(one.__name__, (one,), {"holder": holder}) for one in classes]


async def two_attempts(jobs: Any) -> tuple[Holder, Holder]:
    """Those of one job: the first is taken for dead, and the second has begun."""
    submitted = await jobs.submit(NewJob(type=SCAN, repeatable=True, max_attempts=3))
    first = Holder.of(await jobs.claim_one(submitted.id, "sleeper"))
    await jobs.recover(["sleeper"])
    return first, Holder.of(await jobs.claim_one(submitted.id, "successor"))


async def test_an_attempt_that_is_over_changes_nothing_of_its_successors(harness: Harness) -> None:
    sleeper, successor = await two_attempts(harness.bind(JobRepository, AsyncJobRepository))

    def bound(holder: Holder) -> tuple[Any, Any, Any]:
        entries = harness.bind(*held_by(holder, Kept, AsyncKept))
        moves = harness.bind(*held_by(holder, ScanMoveRepository, AsyncScanMoveRepository))
        pairs = held_by(holder, ScanPortionRepository, AsyncScanPortionRepository)
        return entries, moves, harness.bind(*pairs)

    entries, _, portions = bound(successor)
    new = [NewEntry(f"{n}.toy", "new", n % 2, n, 1) for n in range(4)]
    await entries.add(*OF_ROOT, new)
    assert await portions.divide(*OF_ROOT, "two", 0, 1) is None
    before = await entries.everything()
    assert [len(table) for table in before] == [4, 2]

    late, moves, stale = bound(sleeper)
    (one, *_) = await late.settled(*OF_ROOT, 0, 10)
    writes: list[Callable[[], Awaitable[object]]] = [
        lambda: late.clear(*OF_ROOT, 100),
        lambda: late.add(*OF_ROOT, new),
        lambda: late.remove([one.seq]),
        lambda: late.restamp([Entry(one.seq, one.path, 9, 9, None)], waiting=True),
        lambda: late.fingerprint([(one.seq, "f")]),
        lambda: moves.match(*OF_ROOT, Cursor("", 0), 10),
        lambda: moves.claim(*OF_ROOT, [(one.seq, "item")]),
        lambda: moves.next_ring(*OF_ROOT),
        lambda: moves.moved(*OF_ROOT, []),
        lambda: stale.divide(*OF_ROOT, "one", 0, 1),
        lambda: stale.take("two", sleeper),
        lambda: stale.end("two"),
        lambda: stale.clear(*OF_ROOT),
    ]
    for write in writes:
        with pytest.raises(ClaimLost):
            await write()
    assert await entries.everything() == before
    assert await entries.clear(*OF_ROOT, 100) == 4


@pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
@pytest.mark.parametrize("batches", [0, 1, 2])
async def test_a_scan_that_wakes_up_leaves_the_next_ones_entries_alone(
    engine: str,
    batches: int,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It sleeps before it walks, while it does, or when it has walked."""
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    if engine == "postgresql":
        url = request.getfixturevalue("postgres_url")
    async with (
        AsyncStore.open(url, create=SHARED_TABLES) as store,
        Hands() as hands,
        open_library(tmp_path / "library", store, hands) as library,
    ):
        library.put("a.toy", "a")
        jobs, entries = AsyncJobRepository(store), AsyncKept(store)
        submitted = await jobs.submit(NewJob(type=SCAN, repeatable=True, max_attempts=3))
        job = await jobs.claim_one(submitted.id, "sleeper")
        assert job is not None
        theirs: list[Any] = []

        async def sleep() -> None:
            await jobs.recover(["sleeper"])
            next_ = await jobs.claim_one(submitted.id, "successor")
            assert next_ is not None
            entries.holder = Holder.of(next_)
            await entries.clear(library.root.id, "toys", 100)
            await entries.add(library.root.id, "toys", [NewEntry("b.toy", "new", 0, 1, 1)])
            theirs.extend(await entries.everything())

        async def walk(order: Any) -> AsyncGenerator[Any, None]:
            if batches == 0:
                await sleep()
            async with aclosing(walk_files(order)) as walked:
                async for batch in walked:
                    if batches == 1:
                        await sleep()
                    yield batch
            if batches == 2:
                await sleep()

        monkeypatch.setattr(scan_compare, "walk", walk)
        with pytest.raises(ClaimLost):
            await scan(
                store, hands, toys(store), library.root.id, share=(sharing(store), at_work(job))
            )
        assert theirs
        assert await entries.everything() == theirs
        assert await library.by_path() == {}


def toys(store: AsyncStore) -> Any:
    return AsyncToys(store)


def sharing(store: AsyncStore) -> Sharing:
    return Sharing(AsyncioJobQueue(store), 0)


def at_work(job: Job) -> JobContext:
    return JobContext(job, clock=wall_clock, reported=lambda _: None)
