"""Pauses, schedules, families and retention, on every engine, sync and async."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Column, Index, MetaData, Table, insert

from mustela.jobs import (
    AsyncJobRepository,
    AsyncRetentionRepository,
    AsyncScheduleRepository,
    JobRepository,
    Line,
    NewSchedule,
    Retention,
    RetentionRepository,
    ScheduleRepository,
    jobs_metadata,
    new_job,
)
from mustela.jobs.retention import FIRST, Mark
from mustela.store import (
    TEXT,
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    acting_as,
    count,
    write,
)
from mustela.store.errors import NotFound
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.store.toys import bind

ANY = {"scan": 10, "probe": 10}
HOUR = 3_600_000_000
DAY = 24 * HOUR

records_metadata = MetaData()
records = Table(
    "named_records",
    records_metadata,
    Column("id", TEXT, primary_key=True),
    Column("job_id", TEXT),
    Index("ix_named_records_job_id", "job_id"),
)


class RecordOperations:
    @write
    def name(self, job_id: str) -> Unit[int]:
        return (yield from count(ADD_RECORD, id=f"of {job_id}", job_id=job_id))


ADD_RECORD = Statement(insert(records))


class Records(RecordOperations, SyncRepository): ...


class AsyncRecords(RecordOperations, AsyncRepository): ...


@pytest.fixture
async def harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine([jobs_metadata, records_metadata]) as harness:
        yield harness


@pytest.fixture
def jobs(harness: Harness) -> Any:
    return harness.bind(JobRepository, AsyncJobRepository)


@pytest.fixture
def schedules(harness: Harness) -> Any:
    return harness.bind(ScheduleRepository, AsyncScheduleRepository)


@pytest.fixture
def retention(harness: Harness) -> Any:
    return harness.bind(RetentionRepository, AsyncRetentionRepository)


async def announced(harness: Harness) -> list[tuple[str, str | None]]:
    """Topic and key of every event so far."""
    return [(topic, key) for topic, key, _ in await bind(harness).events()]


async def claimed(jobs: Any) -> list[str]:
    return [job.id for job in (await jobs.claim("worker", ANY, 10, at=2)).jobs]


async def test_what_is_held_back_is_claimed_in_no_way(jobs: Any) -> None:
    for id, type in (("a", "scan"), ("b", "probe"), ("c", "probe")):
        await jobs.submit(new_job(type, id=id), at=1)
    with acting_as("ann"):
        await jobs.pause(type="scan", at=5)
        await jobs.pause(type="scan", at=6)
    await jobs.pause(id="b")
    (pause,) = (await jobs.paused()).pauses
    assert (pause.type, pause.at, pause.actor) == ("scan", 5, "ann")
    assert await jobs.claim_one("a", "worker") is None
    assert await jobs.claim_one("b", "worker") is None
    outlook = await jobs.look("worker", ["scan"], 2)
    assert not outlook.ready
    assert (await jobs.look("worker", list(ANY), 2)).ready
    assert await claimed(jobs) == ["c"]
    await jobs.pause()
    await jobs.resume(type="scan")
    await jobs.resume(id="b", at=2)
    assert (await jobs.paused()).everything
    assert await claimed(jobs) == []
    _, claim = await jobs.submit_and_claim(new_job("scan", id="d"), "worker", ANY, 1, at=2)
    assert claim.jobs == []
    await jobs.resume()
    assert await claimed(jobs) == ["a", "b", "d"]


async def test_a_pause_is_announced_once(harness: Harness, jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="a"), at=1)
    before = await announced(harness)
    for _ in range(2):
        await jobs.pause()
        await jobs.pause(id="a")
    for _ in range(2):
        await jobs.resume()
        await jobs.resume(id="a")
    assert (await announced(harness))[len(before) :] == [("jobs", None), ("jobs", "a")] * 2


async def test_a_paused_job_handed_back_waits(jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="a"), at=1)
    (job,) = (await jobs.claim("worker", ANY, 1, at=2)).jobs
    await jobs.pause(id="a")
    await jobs.resume(id="a")
    await jobs.pause(id="a")
    await jobs.hand_back("a", job.claim_id)
    assert await claimed(jobs) == []
    await jobs.resume(id="a")
    assert await claimed(jobs) == ["a"]


async def test_a_tick_makes_one_job_and_moves_the_schedule(jobs: Any, schedules: Any) -> None:
    new = NewSchedule(name="hourly", cron="0 * * * *", type="scan", payload='{"a":1}', priority=2)
    with acting_as("ann"):
        kept = await schedules.put(new, at=1)
    assert (kept.next_at_us, kept.actor, kept.last_at_us) == (HOUR, "ann", None)
    known = {"scan": new_job("scan", max_attempts=3)}
    assert await schedules.fire_due(known, at=HOUR - 1) == []
    assert await schedules.fire_due({}, at=HOUR) == []
    assert await schedules.next_at(["scan"]) == HOUR
    assert await schedules.next_at(["probe"]) is None
    (id,) = await schedules.fire_due(known, at=HOUR + 5)
    assert await schedules.fire_due(known, at=HOUR + 5) == []
    job = await jobs.get(id)
    assert (job.type, job.parameters, job.priority) == ("scan", {"a": 1}, 2)
    assert (job.max_attempts, job.actor, job.created_at_us) == (3, "schedule:hourly", HOUR + 5)
    found = await schedules.get("hourly")
    assert (found.last_at_us, found.next_at_us, found.last_job_id) == (HOUR, 2 * HOUR, id)
    assert await schedules.list_schedules() == [found]


async def test_schedules_are_changed_paused_and_removed(schedules: Any) -> None:
    new = NewSchedule(name="hourly", cron="0 * * * *", type="scan", overlap=False)
    first = await schedules.put(new, at=1)
    assert await schedules.put(new, at=9) == first
    paused = await schedules.pause("hourly", at=2)
    assert (paused.paused, paused.updated_at_us) == (True, 2)
    assert await schedules.pause("hourly", at=3) == paused
    assert await schedules.next_at(["scan"]) is None
    changed = await schedules.put(NewSchedule(name="hourly", cron="5 * * * *", type="probe"), at=4)
    assert (changed.type, changed.overlap, changed.paused) == ("probe", True, True)
    assert (changed.next_at_us, changed.created_at_us) == (HOUR // 12, 1)
    resumed = await schedules.resume("hourly", at=HOUR)
    assert (resumed.paused, resumed.next_at_us) == (False, HOUR + HOUR // 12)
    await schedules.remove("hourly")
    with pytest.raises(NotFound):
        await schedules.remove("hourly")


async def test_ticks_at_the_same_time_make_one_job(harness: Harness, schedules: Any) -> None:
    await schedules.put(NewSchedule(name="s", cron="* * * * *", type="scan"), at=1)
    known = {"scan": new_job("scan")}
    operation = schedules.repository.fire_due

    async def fire() -> list[str]:
        if harness.face == "sync":
            made: list[str] = await asyncio.to_thread(operation, known, at=HOUR)
        else:
            made = await operation(known, at=HOUR)
        return made

    made = await asyncio.gather(*(fire() for _ in range(8)))
    assert sorted(len(ids) for ids in made) == [0] * 7 + [1]


async def test_a_cancelled_job_takes_the_unfinished_ones_below_it_along(jobs: Any) -> None:
    for id, parent in (("a", None), ("b", "a"), ("c", "b"), ("d", "a"), ("e", None)):
        await jobs.submit(new_job("scan", id=id, parent=parent), at=1)
    running = (await jobs.claim("worker", ANY, 2, at=2)).jobs
    assert [job.id for job in running] == ["a", "b"]
    await jobs.finish("b", running[1].claim_id, "completed")
    asked = await jobs.request_cancel_below("a", at=3)
    assert [(job.id, job.status) for job in asked] == [
        ("a", "running"),
        ("c", "cancelled"),
        ("d", "cancelled"),
    ]
    await jobs.submit(new_job("scan", id="f", parent="a"), at=4)
    assert [job.id for job in await jobs.request_cancel_below("a", at=5)] == ["a", "f"]
    await jobs.finish("a", running[0].claim_id, "cancelled")
    await jobs.submit(new_job("scan", id="g", parent="a"), at=6)
    assert (await jobs.request_cancel("a")).status == "cancelled"
    assert (await jobs.get("g")).status == (await jobs.get("e")).status == "pending"
    assert [job.id for job in await jobs.children_of("a")] == ["b", "d", "f", "g"]


# Retention.


async def ended(jobs: Any, id: str, at: int, lines: int = 0, parent: str | None = None) -> None:
    """A job that ended at this time."""
    await jobs.submit(new_job("scan", id=id, parent=parent), at=0)
    job = await jobs.claim_one(id, "worker", at=0)
    said = tuple(Line(at, "info", f"line {number}") for number in range(lines))
    assert await jobs.finish(id, job.claim_id, "completed", lines=said, at=at)


async def ids(jobs: Any) -> list[str]:
    return sorted(job.id for job in (await jobs.list_jobs()).items)


async def forget(retention: Any, until: Mark | None, *naming: Column[Any]) -> int:
    gone, after = 0, FIRST
    while until is not None and after is not None:
        done = await retention.forget(until, naming, after=after)
        gone, after = gone + done.jobs, done.next
    return gone


async def test_jobs_are_forgotten_by_the_time_since_their_end(jobs: Any, retention: Any) -> None:
    for day in range(4):
        await ended(jobs, f"day-{day}", day * DAY)
    await jobs.submit(new_job("scan", id="waits"), at=0)
    until = await retention.oldest_kept(Retention(days=1.5), 3 * DAY)
    assert await forget(retention, until) == 2
    assert await ids(jobs) == ["day-2", "day-3", "waits"]
    assert await jobs.total_jobs() == 3


async def test_of_jobs_that_are_over_the_newest_are_kept(jobs: Any, retention: Any) -> None:
    for number in range(5):
        await ended(jobs, f"job-{number}", DAY)
    await jobs.submit(new_job("scan", id="waits"), at=0)
    until = await retention.oldest_kept(Retention(newest=2), 0)
    assert await forget(retention, until) == 3
    assert await ids(jobs) == ["job-3", "job-4", "waits"]
    assert await retention.oldest_kept(Retention(newest=2), 0) is None
    assert await retention.oldest_kept(Retention(), 0) is None
    both = await retention.oldest_kept(Retention(days=1, newest=1), 3 * DAY)
    assert await forget(retention, both) == 2


async def test_a_job_that_a_record_names_stays_and_loses_its_log(
    harness: Harness, jobs: Any, retention: Any
) -> None:
    for id in ("named", "unnamed", "young"):
        await ended(jobs, id, 9 * DAY if id == "young" else 1, lines=3)
    await harness.bind(Records, AsyncRecords).name("named")
    until = await retention.oldest_kept(Retention(days=1), 9 * DAY)
    assert await forget(retention, until, records.c.job_id) == 1
    assert await ids(jobs) == ["named", "young"]
    assert await jobs.tail_log("named") == []
    assert len(await jobs.tail_log("young")) == 3


async def test_a_parent_stays_as_long_as_its_children(jobs: Any, retention: Any) -> None:
    await ended(jobs, "parent", 1)
    await ended(jobs, "child", 2, parent="parent")
    await ended(jobs, "young", 9 * DAY, parent="child")
    until = await retention.oldest_kept(Retention(days=1), 9 * DAY)
    assert await forget(retention, until) == 0
    later = await retention.oldest_kept(Retention(days=1), 30 * DAY)
    assert [await forget(retention, later) for _ in range(4)] == [1, 1, 1, 0]


async def test_what_is_forgotten_is_forgotten_in_small_units_and_announced(
    harness: Harness, jobs: Any, retention: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.retention.JOBS", 2)
    monkeypatch.setattr("mustela.jobs.retention.LINES", 4)
    for number in range(5):
        await ended(jobs, f"job-{number}", number, lines=3)
    before = await announced(harness)
    first = await retention.forget(Mark(9, 0))
    assert (first.jobs, first.lines, first.next) == (0, 4, FIRST)
    second = await retention.forget(Mark(9, 0), after=first.next)
    assert (second.jobs, second.lines, second.next.finished_at) == (2, 2, 1)
    assert await forget(retention, Mark(9, 0)) == 3
    assert len(await announced(harness)) == len(before) + 3
    assert await ids(jobs) == []
