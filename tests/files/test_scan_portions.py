"""Portions of shared scans, and turns, on every engine: who is over holds nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mustela.files.holder import Holder
from mustela.files.scan_entries import (
    AsyncScanEntryRepository,
    NewEntry,
    ScanEntryRepository,
)
from mustela.files.scan_portions import (
    AsyncScanPortionRepository,
    ScanPortionRepository,
    Standing,
    Tally,
)
from mustela.files.scan_turn import AsyncScanTurnRepository, ScanTurnRepository
from mustela.files.schema import files_metadata
from mustela.jobs import AsyncJobRepository, JobRepository, jobs_metadata
from mustela.jobs.record import NewJob
from mustela.store.testing import Harness

OF_ROOT = ("root", "toys")
NOTHING = Tally()


@pytest.fixture
async def harness(open_engine: Any) -> AsyncIterator[Harness]:
    async with open_engine([files_metadata, jobs_metadata]) as harness:
        yield harness


class Rig:
    """Repositories, and jobs that hold things."""

    def __init__(self, harness: Harness) -> None:
        self.jobs: Any = harness.bind(JobRepository, AsyncJobRepository)
        self.entries: Any = harness.bind(ScanEntryRepository, AsyncScanEntryRepository)
        self.portions: Any = harness.bind(ScanPortionRepository, AsyncScanPortionRepository)
        self.turns: Any = harness.bind(ScanTurnRepository, AsyncScanTurnRepository)

    async def begin(self) -> Holder:
        """A job that runs."""
        submitted = await self.jobs.submit(NewJob(type="toys.scan.part", repeatable=True))
        return Holder.of(await self.jobs.claim_one(submitted.id, "somebody"))

    async def divided(self, files: int, size: int) -> None:
        """A scan of so many files that is shared as ``one``; every fifth one waits."""
        new = [NewEntry(f"{n:02}", "new", int(n % 5 == 4), 1, 1) for n in range(files * 5 // 4)]
        await self.entries.add(*OF_ROOT, new)
        after = 0
        while after is not None:
            after = await self.portions.divide(*OF_ROOT, "one", after, size)


@pytest.fixture
async def rig(harness: Harness) -> Rig:
    return Rig(harness)


async def test_each_portion_is_taken_once_and_holds_all_that_does_not_wait(rig: Rig) -> None:
    await rig.divided(10, 4)
    holders = [await rig.begin() for _ in range(4)]
    taken = [await rig.portions.take("one", holder) for holder in holders]
    assert taken.pop() is None
    assert [portion.files for portion in taken] == [4, 4, 2]
    read = [
        await rig.entries.settled_upto(*OF_ROOT, portion.after, portion.upto, 100)
        for portion in taken
    ]
    assert [[entry.path for entry in page] for page in read] == [
        ["00", "01", "02", "03"],
        ["05", "06", "07", "08"],
        ["10", "11"],
    ]
    assert await rig.portions.take("another", holders[0]) is None


async def test_what_is_settled_is_counted_once(rig: Rig) -> None:
    await rig.divided(8, 4)
    holder = await rig.begin()
    portion = await rig.portions.take("one", holder)
    first, second, third, fourth = await rig.entries.settled_upto(
        *OF_ROOT, portion.after, portion.upto, 100
    )
    tally = Tally(examined=3, catalogued=1, failed=1)
    done = [first.seq, second.seq]
    assert await rig.portions.settle("one", portion, holder, done, [third], tally)
    left = await rig.entries.settled_upto(*OF_ROOT, portion.after, portion.upto, 100)
    assert left == [fourth]
    assert "02" in {entry.path for entry in await rig.entries.waiting(*OF_ROOT, 0, 100)}
    last = Tally(examined=1, not_media=1, missing=1)
    assert await rig.portions.settle("one", portion, holder, [fourth.seq], [], last)
    assert await rig.portions.finish("one", portion, holder)
    assert await rig.portions.standing("one") == Standing(1, 1, 8, Tally(4, 1, 1, 1, 1))
    assert await rig.portions.standing("none") == Standing(0, 0, 0, NOTHING)


async def test_who_is_over_has_lost_its_portion(rig: Rig) -> None:
    await rig.divided(4, 4)
    dead = await rig.begin()
    portion = await rig.portions.take("one", dead)
    other = await rig.begin()
    assert await rig.portions.take("one", other) is None
    assert (await rig.portions.standing("one")).free == 0
    await rig.jobs.hand_back(dead.job_id, dead.claim_id)
    assert (await rig.portions.standing("one")).free == 1
    again = Holder.of(await rig.jobs.claim_one(dead.job_id, "somebody"))
    assert await rig.portions.is_held("one", portion, dead)
    assert await rig.portions.take("one", other) == portion
    for lost in (dead, again):
        assert not await rig.portions.is_held("one", portion, lost)
        assert not await rig.portions.settle("one", portion, lost, [1, 2, 3, 4], [], Tally(4, 4))
        assert not await rig.portions.finish("one", portion, lost)
        assert not await rig.portions.give_back("one", portion, lost)
    left = await rig.entries.settled_upto(*OF_ROOT, portion.after, portion.upto, 100)
    assert len(left) == 4
    assert await rig.portions.standing("one") == Standing(1, 0, 4, NOTHING)
    assert await rig.portions.give_back("one", portion, other)
    assert await rig.portions.take("one", again) == portion


@pytest.mark.parametrize("how", ["end", "clear"])
async def test_a_scan_that_is_over_takes_its_portions_away(rig: Rig, how: str) -> None:
    await rig.divided(4, 2)
    holder = await rig.begin()
    portion = await rig.portions.take("one", holder)
    ended = await (rig.portions.end("one") if how == "end" else rig.portions.clear(*OF_ROOT))
    assert ended == 2
    assert not await rig.portions.settle("one", portion, holder, [1], [], Tally(1, 1))
    assert len(await rig.entries.settled(*OF_ROOT, 0, 100)) == 4
    assert await rig.portions.take("one", holder) is None


async def test_a_turn_is_one_jobs_until_it_leaves_or_is_over(rig: Rig) -> None:
    first, second, third = [await rig.begin() for _ in range(3)]
    assert await rig.turns.take("a", first)
    assert await rig.turns.take("b", second)
    assert not await rig.turns.take("a", second)
    await rig.turns.leave("a", second)
    assert not await rig.turns.take("a", second)
    await rig.turns.leave("a", first)
    assert await rig.turns.take("a", second)
    await rig.jobs.finish(second.job_id, second.claim_id, "completed")
    assert await rig.turns.take("a", third)
