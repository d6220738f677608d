"""The queue inside of a server: slots, wake-up, throttled progress, faults, and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mustela.jobs import (
    AlreadyRunning,
    AsyncioJobQueue,
    Job,
    JobContext,
    LeaderLock,
    Progress,
    Retention,
    jobs_metadata,
    new_job,
)
from mustela.jobs.control import wall_clock
from mustela.jobs.external_reaper import ExternalReaper
from mustela.jobs.file_presence import live_workers
from mustela.store import AsyncStore, acting_as, from_microseconds
from mustela.store.errors import DiskFull, StoreClosed
from tests.jobs.rig import PATIENCE, Gate, until


@pytest.fixture
async def store() -> AsyncIterator[AsyncStore]:
    async with AsyncStore.memory(jobs_metadata) as store:
        yield store


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    async with AsyncStore.open(tmp_path / "jobs.db", create=[jobs_metadata]) as store:
        yield store


async def over(queue: AsyncioJobQueue, id: str) -> Any:
    job = await queue.wait(id, PATIENCE)
    assert job.ended, job
    return job


async def test_no_more_jobs_run_at_once_than_there_are_slots(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store, concurrency=3)
    gate, single = Gate(queue), Gate(queue, "single", concurrency=1)
    async with queue.running():
        ids = [await queue.submit("single") for _ in range(3)]
        await single.entered()
        ids += [await queue.submit("gate") for _ in range(4)]
        await gate.entered(2)
        assert await queue.jobs.count_jobs(status="running") == 3
        gate.open.set()
        for id in ids[3:]:
            await over(queue, id)
        assert len(single.begun) == 1
        single.open.set()
        for id in ids:
            assert (await over(queue, id)).status == "completed"


async def test_an_idle_queue_inserts_and_claims_in_one_commit(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    async with queue.running():
        await until(lambda: queue._recovered and not queue._claiming.locked())
        with acting_as("ann"):
            id = await queue.submit("gate")
        job = await queue.get(id)
        assert (job.status, job.actor) == ("running", "ann")
        gate.open.set()
        assert (await over(queue, id)).status == "completed"


async def test_a_submitter_who_gives_up_loses_no_job(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    gate.open.set()
    async with queue.running():
        await until(lambda: queue._recovered and not queue._claiming.locked())
        submit = asyncio.create_task(queue.submit("gate", id="a"))
        while not queue._submits:
            await asyncio.sleep(0)
        submit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await submit
        await gate.entered()
        assert (await over(queue, "a")).status == "completed"


async def test_many_submits_at_once_all_run(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store, concurrency=8)
    gate = Gate(queue)
    gate.open.set()
    async with queue.running():
        ids = await asyncio.gather(*(queue.submit("gate") for _ in range(200)))
        await until(lambda: len(gate.ended) == 200)
        assert sorted(gate.begun) == sorted(ids)


async def test_a_delayed_job_begins_when_it_is_due(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    gate.open.set()
    async with queue.running():
        due = from_microseconds(wall_clock()) + timedelta(seconds=0.1)
        id = await queue.submit("gate", run_at=due)
        job = await over(queue, id)
        assert job.started_at >= due


async def test_a_running_queue_is_not_run_again(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store)
    Gate(queue)
    async with queue.running():
        with pytest.raises(AlreadyRunning):
            async with queue.running():
                pass
    async with queue.running():
        pass


async def test_progress_reaches_the_database_rarely_and_its_last_value_always(
    store: AsyncStore,
) -> None:
    queue = AsyncioJobQueue(store)
    report = Faulty(queue, "report", DiskFull(), 0)

    async def talks(job: JobContext) -> None:
        for n in range(1000):
            job.progress(n + 1, 1000)
            await asyncio.sleep(0)
        job.log("done")

    queue.register_handler("talks", talks)
    async with queue.running():
        job = await over(queue, await queue.submit("talks"))
    assert job.progress.done == 1000
    assert report.calls < 20
    assert [line.text for line in await queue.jobs.tail_log(job.id)] == ["done"]


async def test_progress_is_written_while_the_job_runs_also_from_a_thread(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.reporting.REPORT_SECONDS", 0.01)
    queue = AsyncioJobQueue(store)
    enough = asyncio.Event()

    async def talks(job: JobContext) -> None:
        await asyncio.to_thread(job.progress, 3, 4, "three")
        await enough.wait()

    queue.register_handler("talks", talks)
    async with queue.running():
        id = await queue.submit("talks")

        async def written() -> bool:
            job = await queue.jobs.get(id)
            return job is not None and job.progress.message == "three"

        await until(written)
        enough.set()
        await over(queue, id)


class Faulty:
    """An operation that fails so many times."""

    def __init__(self, queue: AsyncioJobQueue, name: str, error: Exception, times: int) -> None:
        self.operation = getattr(queue.jobs, name)
        self.unit = self.operation.unit
        self.error = error
        self.left = times
        self.calls = 0
        queue.jobs.__dict__[name] = self

    async def __call__(self, *args: Any, **options: Any) -> Any:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.error
        return await self.operation(*args, **options)


async def test_an_end_that_the_full_disk_refuses_is_written_later(
    store: AsyncStore, caplog: pytest.LogCaptureFixture
) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    gate.open.set()
    fault = Faulty(queue, "finish", DiskFull(), 2)
    async with queue.running():
        id = await queue.submit("gate")
        await until(lambda: fault.left < 2)
        assert queue.problem is not None
        assert "disk is full" in queue.problem
        assert (await queue.get(id)).status == "running"
        job = await over(queue, id)
        assert (job.status, job.attempt) == ("completed", 1)
    assert len(gate.begun) == 1
    assert "cannot be written" in caplog.text


async def test_progress_that_cannot_be_written_is_written_later(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.reporting.REPORT_SECONDS", 0.01)
    queue = AsyncioJobQueue(store)
    fault = Faulty(queue, "report", DiskFull(), 3)
    enough = asyncio.Event()

    async def talks(job: JobContext) -> None:
        job.progress(1)
        job.log("one")
        await enough.wait()

    queue.register_handler("talks", talks)
    async with queue.running():
        id = await queue.submit("talks")
        await until(lambda: not fault.left)
        enough.set()
        job = await over(queue, id)
    assert job.progress.done == 1
    assert [line.text for line in await queue.jobs.tail_log(id)] == ["one"]


async def test_a_report_that_is_refused_holds_up_neither_its_job_nor_others(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.reporting.REPORT_SECONDS", 0.01)
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)

    async def odd(job: JobContext) -> None:
        job._progress, job._news = Progress(done="x"), True  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    async def talks(job: JobContext) -> None:
        job._progress, job._news = Progress(done="x"), True  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        job._reported(job)
        await gate.open.wait()
        job.log("one")

    queue.register_handler("odd", odd)
    queue.register_handler("talks", talks)
    async with queue.running():
        talking = await queue.submit("talks")
        job = await over(queue, await queue.submit("odd"))
        assert job.error is not None
        assert (job.status, job.error.code) == ("failed", "internal_error")
        gate.open.set()
        assert (await over(queue, talking)).status == "completed"
    assert [line.text for line in await queue.jobs.tail_log(talking)] == ["one"]


async def test_a_stumbling_dispatcher_goes_on(
    store: AsyncStore, caplog: pytest.LogCaptureFixture
) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    gate.open.set()
    await queue.jobs.submit(new_job("gate", id="a"))
    fault = Faulty(queue, "claim", RuntimeError("no luck"), 2)
    async with queue.running():
        await until(lambda: fault.left < 2)
        await until(lambda: queue.problem)
        assert (await over(queue, "a")).status == "completed"
        await until(lambda: queue.problem is None)
    assert "stumbled" in caplog.text


async def test_a_stumble_is_no_problem_any_more_when_it_is_over(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no job comes meanwhile that would be claimed."""
    queue = AsyncioJobQueue(store, silence=0.1)
    left = 1
    look = ExternalReaper.look

    async def stumbles(self: ExternalReaper, at: int) -> list[Job]:
        nonlocal left
        if left and queue._due == float("inf"):
            left -= 1
            raise RuntimeError("no luck")
        return await look(self, at)

    monkeypatch.setattr(ExternalReaper, "look", stumbles)
    async with queue.running():
        await until(lambda: queue.problem)
        await until(lambda: queue.problem is None)


async def test_a_job_submitted_while_its_type_is_resumed_is_begun(store: AsyncStore) -> None:
    """The claim that the resume brings may have looked just before."""
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    gate.open.set()
    await queue.pause(type="gate")
    async with queue.running():
        await until(lambda: queue._held == {"gate"})
        looked, told = asyncio.Event(), asyncio.Event()
        claim = queue.jobs.claim

        async def answers_late(*args: Any, **options: Any) -> Any:
            found = await claim(*args, **options)
            looked.set()
            await told.wait()
            return found

        queue.jobs.__dict__["claim"] = answers_late
        await queue.resume(type="gate")
        await looked.wait()
        id = await queue.submit("gate")
        told.set()
        assert (await over(queue, id)).status == "completed"


async def test_jobs_claimed_without_an_answer_are_given_back_and_run(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    gate.open.set()
    claim = queue.jobs.claim
    lost: list[Job] = []

    async def loses_the_answer(*args: Any, **options: Any) -> Any:
        found = await claim(*args, **options)
        if found.jobs and not lost:
            lost.extend(found.jobs)
            raise OSError("connection lost")
        return found

    queue.jobs.__dict__["claim"] = loses_the_answer
    await queue.jobs.submit(new_job("gate", id="a"))
    async with queue.running():
        job = await over(queue, "a")
    assert (job.status, job.attempt, len(lost)) == ("completed", 1, 1)


async def test_the_end_of_a_job_taken_over_meanwhile_changes_nothing(
    store: AsyncStore, caplog: pytest.LogCaptureFixture
) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    async with queue.running():
        id = await queue.submit("gate")
        await gate.entered()
        job = await queue.get(id)
        assert await queue.jobs.finish(id, job.claim_id, "failed")
        gate.open.set()
        await until(lambda: "taken over" in caplog.text)
    assert (await queue.get(id)).status == "failed"


async def test_at_the_end_repeatable_jobs_are_handed_back_and_others_drained(
    store: AsyncStore,
) -> None:
    queue = AsyncioJobQueue(store)
    again = Gate(queue, "again", repeatable=True)
    once = Gate(queue, "once")
    slow = Gate(queue, "slow")
    queue._drain = 0.2
    async with queue.running():
        ids = [await queue.submit(type) for type in ("again", "once", "slow")]
        for gate in (again, once, slow):
            await gate.entered()
        asyncio.get_running_loop().call_later(0.01, once.open.set)
    jobs = [await queue.get(id) for id in ids]
    assert [job.status for job in jobs] == ["pending", "completed", "failed"]
    assert (jobs[0].attempt, jobs[0].ready) == (0, True)
    assert jobs[2].error is not None
    assert jobs[2].error.code == "interrupted"
    again.open.set()
    async with queue.running():
        job = await over(queue, ids[0])
    assert (job.status, job.attempt) == ("completed", 1)


async def test_a_handler_that_cannot_be_stopped_keeps_its_lock_until_it_returns(
    files: AsyncStore,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mustela.jobs.working.STOP_SECONDS", 0.02)
    queue = AsyncioJobQueue(files, data_dir=tmp_path, drain=0.02)
    go, begun = asyncio.Event(), asyncio.Event()

    async def stubborn(job: JobContext) -> None:
        begun.set()
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                continue

    queue.register_handler("stubborn", stubborn, repeatable=True)
    async with queue.running():
        id = await queue.submit("stubborn")
        await begun.wait()
    assert "has not ended" in caplog.text
    (worker,) = live_workers(tmp_path)
    other = AsyncioJobQueue(files, data_dir=tmp_path)
    assert await other.recover() == []
    assert await queue.recover() == []
    assert (await queue.get(id)).status == "running"
    go.set()
    assert (await over(queue, id)).status == "completed"
    await until(lambda: not live_workers(tmp_path))
    assert worker.takes == {"stubborn"}


async def test_a_cancel_that_overtakes_the_claim_is_not_lost(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    claim = queue.jobs.claim

    async def slow(*args: Any, **options: Any) -> Any:
        found = await claim(*args, **options)
        for job in found.jobs:
            await queue.cancel(job.id)
        return found

    queue.jobs.__dict__["claim"] = slow
    await queue.jobs.submit(new_job("gate", id="a"))
    async with queue.running():
        assert (await over(queue, "a")).status == "cancelled"
    assert gate.begun == []


async def test_a_store_closed_too_early_ends_the_queue_without_an_error(
    store: AsyncStore, caplog: pytest.LogCaptureFixture
) -> None:
    queue = AsyncioJobQueue(store, drain=0.5)
    gate = Gate(queue)
    async with queue.running():
        await queue.submit("gate")
        await gate.entered()
        Faulty(queue, "finish", StoreClosed(), 1)
        gate.open.set()
        await until(lambda: not queue._active)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_an_end_that_can_never_be_written_is_told(
    store: AsyncStore, caplog: pytest.LogCaptureFixture
) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    gate.open.set()
    Faulty(queue, "finish", RuntimeError("odd"), 1)
    async with queue.running():
        job = await over(queue, await queue.submit("gate"))
    assert (job.status, job.error.code) == ("failed", "internal_error")
    assert "could not be ended" in caplog.text


async def test_a_lost_job_is_taken_up_when_the_queue_begins(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue, repeatable=True)
    gate.open.set()
    await queue.jobs.submit(new_job("gate", id="a", repeatable=True, max_attempts=3))
    await queue.jobs.claim("dead", {"gate": 1}, 1)
    async with queue.running():
        job = await over(queue, "a")
    assert (job.status, job.attempt) == ("completed", 2)
    (line,) = await queue.jobs.tail_log("a")
    assert "died" in line.text


async def test_jobs_claimed_while_the_queue_stops_never_begin_and_lose_nothing(
    store: AsyncStore,
) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    claim = queue.jobs.claim
    claimed, release = asyncio.Event(), asyncio.Event()

    async def slow(*args: Any, **options: Any) -> Any:
        found = await claim(*args, **options)
        if found.jobs:
            claimed.set()
            await release.wait()
        return found

    queue.jobs.__dict__["claim"] = slow
    await queue.jobs.submit(new_job("gate", id="a"))
    async with queue.running():
        await claimed.wait()
        asyncio.get_running_loop().call_later(0.02, release.set)
    job = await queue.get("a")
    assert (job.status, job.attempt, gate.begun) == ("pending", 0, [])


async def test_a_command_interrupted_while_it_claims_leaves_its_job_waiting(
    store: AsyncStore,
) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    claim_one = queue.jobs.claim_one
    claimed, release = asyncio.Event(), asyncio.Event()

    async def slow(*args: Any, **options: Any) -> Any:
        found = await claim_one(*args, **options)
        claimed.set()
        await release.wait()
        return found

    queue.jobs.__dict__["claim_one"] = slow
    id = await queue.submit("gate")
    command = asyncio.create_task(queue.run_here(id))
    await claimed.wait()
    command.cancel()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await command
    job = await queue.get(id)
    assert (job.status, job.attempt, gate.begun) == ("pending", 0, [])


async def test_old_jobs_are_forgotten_by_the_one_process_that_leads(
    store: AsyncStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.embedded.ROUND_SECONDS", 0.01)
    with LeaderLock(tmp_path) as ours, LeaderLock(tmp_path) as other:
        assert other.lead()
        queue = AsyncioJobQueue(store, retention=Retention(newest=2), leader=ours)
        gate = Gate(queue)
        gate.open.set()
        async with queue.running():
            ids = [(await over(queue, await queue.submit("gate"))).id for _ in range(5)]
            assert await queue._retainer.round(0, asyncio.sleep) == 0
            assert await queue.jobs.total_jobs() == 5
            other.release()

            async def forgotten() -> bool:
                return await queue.jobs.total_jobs() == 2

            await until(forgotten)
        assert {job.id for job in (await queue.jobs.list_jobs()).items} == set(ids[3:])


async def test_a_queue_that_stops_leaves_old_jobs_for_later(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.retention.JOBS", 1)
    monkeypatch.setattr("mustela.jobs.retention.PAUSE_SECONDS", 0.0)
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    gate.open.set()
    async with queue.running():
        for _ in range(4):
            await over(queue, await queue.submit("gate"))
    retainer = AsyncioJobQueue(store, retention=Retention(newest=1))._retainer
    stopping = iter((False, True))
    assert await retainer.round(wall_clock(), asyncio.sleep, lambda: next(stopping)) == 1
    assert await retainer.round(wall_clock(), asyncio.sleep) == 2


async def test_without_limits_nothing_is_forgotten(store: AsyncStore) -> None:
    queue = AsyncioJobQueue(store)
    gate = Gate(queue)
    gate.open.set()
    async with queue.running():
        await over(queue, await queue.submit("gate"))
        assert await queue._retainer.round(2**62, asyncio.sleep) == 0
    assert await queue.jobs.total_jobs() == 1
