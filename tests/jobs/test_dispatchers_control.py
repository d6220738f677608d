"""What every dispatcher does when it is told to wait: pauses, schedules, families of jobs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mustela.jobs import (
    InvalidJob,
    InvalidSchedule,
    Job,
    JobContext,
    Schedule,
    UnknownJobType,
)
from mustela.store.errors import NotFound
from tests.jobs.rig import Gate, Rig, until

DAY = 86_400


def open_gate(rig: Rig, type: str = "gate", **options: Any) -> Gate:
    gate = Gate(rig.queue, type, **options)
    gate.open.set()
    return gate


async def jobs_of(rig: Rig, type: str = "gate") -> list[Job]:
    return (await rig.queue.jobs.list_jobs(type=type)).items


# Pauses.


async def test_a_paused_queue_begins_nothing_until_it_is_resumed(rig: Rig) -> None:
    gate = open_gate(rig)
    await rig.queue.pause()
    await rig.queue.pause()
    id = await rig.queue.submit("gate")
    await rig.settle()
    assert ((await rig.queue.get(id)).status, gate.begun) == ("pending", [])
    paused = await rig.queue.paused()
    assert (paused.everything, paused.types) == (True, [])
    await rig.queue.resume()
    assert (await rig.over(id)).status == "completed"
    assert not (await rig.queue.paused()).pauses


async def test_a_paused_type_waits_while_others_run(rig: Rig) -> None:
    held, free = open_gate(rig, "held"), open_gate(rig, "free")
    await rig.queue.pause(type="held")
    waiting = await rig.queue.submit("held", priority=9)
    assert (await rig.run("free")).status == "completed"
    assert (held.begun, len(free.begun)) == ([], 1)
    assert (await rig.queue.paused()).types == ["held"]
    await rig.queue.resume()  # the queue as a whole: the type stays held
    await rig.settle()
    assert held.begun == []
    await rig.queue.resume(type="held")
    assert (await rig.over(waiting)).status == "completed"


async def test_one_paused_job_waits_and_can_be_cancelled(rig: Rig) -> None:
    gate = open_gate(rig)
    await rig.queue.pause()
    first, second = [await rig.queue.submit("gate") for _ in range(2)]
    await rig.queue.pause(id=first)
    await rig.queue.pause(id=second)
    await rig.queue.resume()
    await rig.settle()
    assert gate.begun == []
    assert (await rig.queue.get(first)).paused
    assert (await rig.queue.cancel(second)).status == "cancelled"
    await rig.queue.resume(id=second)
    await rig.queue.resume(id=first)
    assert (await rig.over(first)).status == "completed"
    assert gate.begun == [first]


async def test_a_delayed_job_that_was_paused_still_waits_for_its_time(rig: Rig) -> None:
    gate = open_gate(rig)
    id = await rig.queue.submit("gate", run_at=rig.clock.time + timedelta(hours=1))
    await rig.queue.pause(id=id)
    await rig.queue.resume(id=id)
    await rig.settle()
    assert gate.begun == []
    await rig.queue.pause(id=id)
    rig.advance(3600)
    await rig.settle()
    assert gate.begun == []
    await rig.queue.resume(id=id)
    assert (await rig.over(id)).status == "completed"


async def test_a_job_paused_while_it_runs_goes_on_and_does_not_run_again(rig: Rig) -> None:
    begun, fail = asyncio.Event(), asyncio.Event()

    async def fails(job: JobContext) -> None:
        begun.set()
        await fail.wait()
        if job.attempt == 1:
            raise OSError("busy")

    rig.queue.register_handler("fails", fails, retries=1, backoff=lambda attempt: 0.0)
    id = await rig.queue.submit("fails")
    rig.start()
    await begun.wait()
    await rig.queue.pause(id=id)
    fail.set()

    async def waits() -> bool:
        return (await rig.queue.get(id)).status == "pending"

    await until(waits)
    await rig.settle()
    job = await rig.queue.get(id)
    assert (job.status, job.paused, job.attempt) == ("pending", True, 1)
    await rig.queue.resume(id=id)
    assert (await rig.over(id)).attempt == 2


async def test_what_cannot_be_paused_is_refused(rig: Rig) -> None:
    open_gate(rig)
    with pytest.raises(UnknownJobType, match="gate"):
        await rig.queue.pause(type="gait")
    for call in (rig.queue.pause, rig.queue.resume):
        with pytest.raises(NotFound):
            await call(id="nobody")
        with pytest.raises(InvalidJob):
            await call(id="nobody", type="gate")
    for name in ("*", ""):
        with pytest.raises(InvalidJob):
            rig.queue.register_handler(name, Gate(rig.queue, f"other{name}"))
    job = await rig.run("gate")
    await rig.queue.pause(id=job.id)
    assert await rig.queue.get(job.id) == job


async def test_external_jobs_are_never_claimed_also_after_a_pause(rig: Rig) -> None:
    rig.queue.declare_external("imaging")
    id = await rig.queue.submit("imaging")
    await rig.queue.pause(id=id)
    await rig.queue.resume(id=id)
    job = await rig.queue.get(id)
    assert (job.paused, job.ready) == (False, False)


# Schedules.


async def test_a_schedule_makes_one_job_at_each_tick(rig: Rig) -> None:
    open_gate(rig)
    kept = await rig.queue.schedule("nightly", "30 4 * * *", "gate", {"deep": True}, priority=3)
    assert kept.next_at == datetime(2026, 1, 1, 4, 30, tzinfo=UTC)
    rig.advance(4.5 * 3600 - 1)
    await rig.settle()
    assert await jobs_of(rig) == []
    for day in range(1, 4):
        rig.advance(1 if day == 1 else DAY)
        await rig.settle()
        await rig.settle()
        assert len(await jobs_of(rig)) == day
    job = (await jobs_of(rig))[0]
    assert (job.status, job.parameters, job.priority) == ("completed", {"deep": True}, 3)
    assert job.actor == "schedule:nightly"
    (schedule,) = await rig.queue.schedules.list_schedules()
    assert (schedule.last_job_id, schedule.parameters) == (job.id, {"deep": True})
    assert schedule.last_at == datetime(2026, 1, 3, 4, 30, tzinfo=UTC)
    assert schedule.next_at == datetime(2026, 1, 4, 4, 30, tzinfo=UTC)


async def test_missed_ticks_make_one_job_together_or_none_where_said(rig: Rig) -> None:
    open_gate(rig, "kept")
    open_gate(rig, "let_go")
    await rig.queue.schedule("kept", "0 * * * *", "kept")
    await rig.queue.schedule("let_go", "0 * * * *", "let_go", catch_up=False)
    rig.advance(3 * DAY + 1800)
    await rig.settle()
    assert len(await jobs_of(rig, "kept")) == 1
    assert len(await jobs_of(rig, "let_go")) == 0
    rig.advance(1800)
    await rig.settle()
    assert len(await jobs_of(rig, "kept")) == 2
    assert len(await jobs_of(rig, "let_go")) == 1


async def test_a_clock_set_back_repeats_no_tick_and_one_set_forward_makes_one(rig: Rig) -> None:
    open_gate(rig)
    await rig.queue.schedule("hourly", "0 * * * *", "gate")
    rig.advance(3600)
    await rig.settle()
    assert len(await jobs_of(rig)) == 1
    rig.advance(-3600)
    for _ in range(2):
        await rig.settle()
        await rig.queue.schedule("hourly", "0 * * * *", "gate", {"said": "again"})
        rig.advance(1800)
    await rig.settle()
    assert len(await jobs_of(rig)) == 1, "the hour that comes a second time"
    rig.advance(DAY)
    await rig.settle()
    assert len(await jobs_of(rig)) == 2
    rig.advance(3600)
    await rig.settle()
    assert len(await jobs_of(rig)) == 3


async def test_another_cron_expression_after_the_clock_was_set_back_repeats_no_tick(
    rig: Rig,
) -> None:
    open_gate(rig)
    await rig.queue.schedule("often", "0 * * * *", "gate")
    rig.advance(2 * 3600)
    await rig.settle()
    rig.advance(-3600)
    changed = await rig.queue.schedule("often", "*/30 * * * *", "gate")
    assert changed.next_at == datetime(2026, 1, 1, 2, 30, tzinfo=UTC)


async def test_a_schedule_registered_again_is_changed_and_stays_paused(rig: Rig) -> None:
    open_gate(rig)
    first = await rig.queue.schedule("nightly", "0 4 * * *", "gate", {"deep": 1})
    assert await rig.queue.schedule("nightly", "0  4 * * *", "gate", {"deep": 1}) == first
    await rig.queue.schedules.pause("nightly", at=rig.clock())
    again = await rig.queue.schedule("nightly", "0 5 * * *", "gate", {"deep": 2})
    assert (again.paused, again.parameters) == (True, {"deep": 2})
    assert (again.created_at_us, again.next_at.hour) == (first.created_at_us, 5)
    assert len(await rig.queue.schedules.list_schedules()) == 1


async def test_ticks_that_pass_while_a_schedule_is_paused_are_not_made_up_for(rig: Rig) -> None:
    open_gate(rig)
    await rig.queue.schedule("hourly", "0 * * * *", "gate")
    await rig.queue.schedules.pause("hourly", at=rig.clock())
    rig.advance(5 * 3600 + 60)
    await rig.settle()
    resumed = await rig.queue.schedules.resume("hourly", at=rig.clock())
    assert resumed.next_at == datetime(2026, 1, 1, 6, tzinfo=UTC)
    await rig.settle()
    assert await jobs_of(rig) == []
    rig.advance(3600)
    await rig.settle()
    assert len(await jobs_of(rig)) == 1


async def test_a_removed_schedule_makes_no_more_jobs(rig: Rig) -> None:
    open_gate(rig)
    await rig.queue.schedule("hourly", "0 * * * *", "gate")
    await rig.queue.schedules.remove("hourly")
    rig.advance(DAY)
    await rig.settle()
    assert await jobs_of(rig) == []
    assert await rig.queue.schedules.get("hourly") is None
    for call in ("remove", "pause", "resume"):
        with pytest.raises(NotFound):
            await getattr(rig.queue.schedules, call)("hourly")


async def test_without_overlap_a_tick_makes_no_job_while_the_last_one_is_unfinished(
    rig: Rig,
) -> None:
    open_gate(rig, "alone")
    open_gate(rig, "together")
    await rig.queue.pause()
    await rig.queue.schedule("alone", "* * * * *", "alone", overlap=False)
    await rig.queue.schedule("together", "* * * * *", "together")
    for _ in range(3):
        rig.advance(60)
        await rig.settle()
    assert (len(await jobs_of(rig, "alone")), len(await jobs_of(rig, "together"))) == (1, 3)
    await rig.queue.resume()
    await rig.settle()
    rig.advance(60)
    await rig.settle()
    assert (len(await jobs_of(rig, "alone")), len(await jobs_of(rig, "together"))) == (2, 4)


@pytest.mark.parametrize("cron", ["", "* * *", "61 * * * *", "0 0 30 2 *", "@daily", "a b c d e"])
async def test_a_cron_expression_that_is_none_is_refused_with_an_example(
    rig: Rig, cron: str
) -> None:
    open_gate(rig)
    with pytest.raises(InvalidSchedule, match=r"Monday at 04:30 UTC"):
        await rig.queue.schedule("odd", cron, "gate")
    assert await rig.queue.schedules.list_schedules() == []


async def test_a_schedule_of_an_unknown_type_or_an_odd_name_is_refused(rig: Rig) -> None:
    open_gate(rig)
    with pytest.raises(UnknownJobType):
        await rig.queue.schedule("nightly", "0 4 * * *", "gait")
    with pytest.raises(InvalidSchedule, match="letters"):
        await rig.queue.schedule("every night", "0 4 * * *", "gate")
    with pytest.raises(InvalidJob):
        await rig.queue.schedule("nightly", "0 4 * * *", "gate", {"path": object()})


# Families.


async def family(rig: Rig, *parents: str | None) -> list[str]:
    """Waiting jobs; each is named with the place of its parent."""
    ids: list[str] = []
    for number, parent in enumerate(parents):
        above = None if parent is None else ids[int(parent)]
        ids.append(await rig.queue.submit("gate", id=f"job-{number}", parent=above))
    return ids


async def test_cancelling_a_job_cancels_what_is_unfinished_below_it(rig: Rig) -> None:
    open_gate(rig)
    await rig.queue.pause()
    ids = await family(rig, None, "0", "1", "0", None)
    assert (await rig.queue.cancel(ids[0])).status == "cancelled"
    statuses = [(await rig.queue.get(id)).status for id in ids]
    assert statuses == ["cancelled"] * 4 + ["pending"]


async def test_cancelling_a_job_that_is_over_leaves_its_children_alone(rig: Rig) -> None:
    open_gate(rig)
    parent = await rig.run("gate")
    await rig.queue.pause()
    child = await rig.queue.submit("gate", parent=parent.id)
    assert (await rig.queue.cancel(parent.id)).status == "completed"
    assert (await rig.queue.get(child)).status == "pending"


async def test_a_parent_waits_for_its_children(rig: Rig) -> None:
    open_gate(rig)

    async def submits(job: JobContext) -> None:
        for _ in range(3):
            await rig.queue.submit("gate", parent=job.id)

    rig.queue.register_handler("submits", submits)
    parent = await rig.run("submits")
    rig.start()
    children = await rig.queue.wait_for_children(parent.id)
    assert [child.status for child in children] == ["completed"] * 3
    assert children == await rig.queue.jobs.children_of(parent.id)
    assert await rig.queue.wait_for_children(children[0].id) == []
    await rig.queue.pause()
    await rig.queue.submit("gate", parent=children[0].id)
    (grandchild,) = await rig.queue.wait_for_children(children[0].id, 0.01)
    assert grandchild.status == "pending"


def test_a_schedule_without_a_past_has_none() -> None:
    schedule = Schedule("s", "* * * * *", "t", "{}", 0, True, True, False, 0, None, None, "a", 0, 0)
    assert schedule.last_at is None
