"""What every dispatcher does with a job."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from mustela.errors import MustelaError
from mustela.jobs import (
    InvalidJob,
    JobContext,
    JobTypeTaken,
    TryElsewhere,
    UnknownJobType,
)
from mustela.store.errors import NotFound
from tests.jobs.rig import Gate, Rig


async def test_a_job_runs_and_its_result_is_kept(rig: Rig) -> None:
    async def double(job: JobContext) -> dict[str, Any]:
        return {"doubled": 2 * job.parameters["number"], "attempt": job.attempt}

    rig.queue.register_handler("double", double)
    job = await rig.run("double", {"number": 21})
    assert (job.status, job.result) == ("completed", {"doubled": 42, "attempt": 1})
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.error is None
    assert await rig.queue.get(job.id) == job


async def test_a_type_without_a_handler_is_refused(rig: Rig) -> None:
    rig.queue.register_handler("known", Gate(rig.queue))
    with pytest.raises(UnknownJobType, match="known"):
        await rig.queue.submit("unknown")
    with pytest.raises(JobTypeTaken):
        rig.queue.register_handler("known", Gate(rig.queue, "other"))
    with pytest.raises(InvalidJob):
        rig.queue.register_handler("odd", Gate(rig.queue, "odder"), timeout=0)
    with pytest.raises(InvalidJob):
        await rig.queue.submit("known", {"path": object()})
    assert await rig.queue.jobs.total_jobs() == 0


async def test_external_jobs_are_accepted_and_never_begun(rig: Rig) -> None:
    rig.queue.declare_external("imaging")
    Gate(rig.queue).open.set()
    id = await rig.queue.submit("imaging", {"band": 3})
    assert (await rig.run("gate")).status == "completed"
    assert (await rig.queue.get(id)).status == "pending"
    assert "imaging" in rig.queue.types


async def test_a_job_nobody_knows_is_not_found(rig: Rig) -> None:
    for call in (rig.queue.get, rig.queue.cancel, rig.queue.wait):
        with pytest.raises(NotFound):
            await call("nobody")


async def test_a_handler_that_raises_fails_its_job_with_a_message(rig: Rig) -> None:
    class TapeTorn(MustelaError):
        """The tape is torn."""

        code = "tape_torn"

    async def tear(job: JobContext) -> None:
        raise TapeTorn

    async def stumble(job: JobContext) -> None:
        raise ZeroDivisionError("at \udcff and \0")

    rig.queue.register_handler("tear", tear)
    rig.queue.register_handler("stumble", stumble)
    torn = await rig.run("tear")
    assert torn.error is not None
    assert (torn.status, torn.error.code) == ("failed", "tape_torn")
    assert torn.error.message == "The tape is torn."
    stumbled = await rig.run("stumble")
    assert stumbled.error is not None
    assert stumbled.error.code == "job_failed"
    assert stumbled.error.message == "ZeroDivisionError: at \\udcff and \\0"
    log = [line.text for line in await rig.queue.jobs.tail_log(stumbled.id)]
    assert log[0].startswith("Traceback")
    assert any("stumble" in line for line in log)


async def test_a_handler_whose_own_await_was_cancelled_has_failed(rig: Rig) -> None:
    async def cancelled(job: JobContext) -> None:
        raise asyncio.CancelledError

    rig.queue.register_handler("cancelled", cancelled)
    assert (await rig.run("cancelled")).status == "failed"


async def test_a_failed_attempt_is_retried_as_often_as_said(rig: Rig) -> None:
    attempts = []

    async def flaky(job: JobContext) -> int:
        attempts.append(job.attempt)
        if job.attempt < job.parameters["good"]:
            raise OSError("busy")
        return job.attempt

    rig.queue.register_handler("flaky", flaky, retries=2, backoff=lambda attempt: 0.0)
    assert (await rig.run("flaky", {"good": 3})).result == 3
    worn = await rig.run("flaky", {"good": 9})
    assert (worn.status, worn.attempt) == ("failed", 3)
    assert attempts == [1, 2, 3, 1, 2, 3]


async def test_a_job_that_is_left_to_others_has_not_begun_and_comes_back(rig: Rig) -> None:
    attempts = []

    async def unable(job: JobContext) -> int:
        attempts.append(job.attempt)
        if len(attempts) < 4:
            raise TryElsewhere("there is no press here", seconds=0.01)
        return len(attempts)

    rig.queue.register_handler("print", unable)
    job = await rig.run("print")
    assert (job.status, job.attempt, job.result) == ("completed", 1, 4)
    assert attempts == [1, 1, 1, 1]
    said = [line.text for line in await rig.queue.jobs.read_log(job.id)]
    assert said == ["there is no press here: left to other workers"] * 3


async def test_a_job_that_takes_too_long_is_stopped(rig: Rig) -> None:
    Gate(rig.queue, timeout=0.01)
    Gate(rig.queue, "patient")
    job = await rig.run("gate")
    assert job.error is not None
    assert (job.status, job.error.code) == ("timeout", "timeout")
    assert (await rig.run("patient", timeout=0.01)).status == "timeout"
    assert (await rig.run("patient", timeout=None, stall_timeout=0.01)).status == "timeout"


async def test_a_timeout_of_the_handlers_own_is_a_failure(rig: Rig) -> None:
    async def impatient(job: JobContext) -> None:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()

    rig.queue.register_handler("impatient", impatient)
    job = await rig.run("impatient")
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "job_failed")


async def test_a_job_without_a_time_limit_fails_when_it_makes_no_progress(rig: Rig) -> None:
    steps = 0

    async def stalls(job: JobContext) -> None:
        nonlocal steps
        loop = asyncio.get_running_loop()
        until = loop.time() + 0.15
        while loop.time() < until:  # longer than the limit, but never silent for as long
            steps += 1
            job.progress(steps)
            await asyncio.sleep(0)
        await asyncio.Event().wait()

    rig.queue.register_handler("stalls", stalls, timeout=None, stall_timeout=0.1)
    job = await rig.run("stalls")
    assert job.error is not None
    assert (job.status, job.error.code) == ("timeout", "stalled")
    assert job.progress.done == steps


async def test_a_waiting_job_is_cancelled_at_once(rig: Rig) -> None:
    gate = Gate(rig.queue)
    gate.open.set()
    id = await rig.queue.submit("gate", run_at=datetime(2100, 1, 1, tzinfo=UTC))
    assert (await rig.queue.cancel(id)).status == "cancelled"
    assert (await rig.over(id)).status == "cancelled"
    assert (await rig.queue.cancel(id)).status == "cancelled"
    assert gate.begun == []


async def test_a_running_job_is_cancelled(rig: Rig) -> None:
    gate = Gate(rig.queue)
    id = await rig.queue.submit("gate")
    rig.start()
    await gate.entered()
    asked = await rig.queue.cancel(id)
    assert (asked.status, asked.cancel_requested_at_us is not None) == ("running", True)
    job = await rig.over(id)
    assert (job.status, job.error, job.result) == ("cancelled", None, None)
    assert gate.ended == []


async def test_a_handler_that_ends_after_all_is_cancelled_with_its_result(rig: Rig) -> None:
    begun, stopping = asyncio.Event(), asyncio.Event()

    async def stubborn(job: JobContext) -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopping.set()
        assert job.cancelled
        await asyncio.sleep(0)
        return "half of it"

    rig.queue.register_handler("stubborn", stubborn)
    id = await rig.queue.submit("stubborn")
    rig.start()
    await begun.wait()
    await rig.queue.cancel(id)
    await stopping.wait()
    job = await rig.over(id)
    assert (job.status, job.result) == ("cancelled", "half of it")


async def test_a_loop_that_checks_ends_when_it_is_cancelled(rig: Rig) -> None:
    begun = asyncio.Event()

    async def loops(job: JobContext) -> None:
        begun.set()
        while True:
            job.check()
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                continue

    rig.queue.register_handler("loops", loops)
    id = await rig.queue.submit("loops")
    rig.start()
    await begun.wait()
    await rig.queue.cancel(id)
    assert (await rig.over(id)).status == "cancelled"


async def test_progress_is_seen_at_once_and_kept_with_the_log(rig: Rig) -> None:
    said, go_on = asyncio.Event(), asyncio.Event()

    async def talks(job: JobContext) -> None:
        job.progress(0, 10, "reading \udcff")
        job.progress(5)
        job.log("half way")
        said.set()
        await go_on.wait()
        job.progress(10, message="done")
        job.log("all done", "warning")

    rig.queue.register_handler("talks", talks)
    id = await rig.queue.submit("talks")
    rig.start()
    await said.wait()
    progress = (await rig.queue.get(id)).progress
    assert (progress.done, progress.total, progress.message) == (5, 10, "reading \\udcff")
    go_on.set()
    job = await rig.over(id)
    row = await rig.queue.jobs.get(id)
    assert row == job
    assert (job.progress.done, job.progress.total, job.progress.message) == (10, 10, "done")
    lines = await rig.queue.jobs.tail_log(id)
    assert [(line.level, line.text) for line in lines] == [
        ("info", "half way"),
        ("warning", "all done"),
    ]


async def test_a_result_that_is_no_json_fails_the_job(rig: Rig) -> None:
    async def odd(job: JobContext) -> object:
        return object()

    rig.queue.register_handler("odd", odd)
    job = await rig.run("odd")
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "invalid_result")


async def test_a_result_too_long_is_replaced_by_its_size(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.execution.RESULT_SIZE", 10)

    async def long(job: JobContext) -> str:
        return "x" * 20

    rig.queue.register_handler("long", long)
    job = await rig.run("long")
    assert (job.status, job.result) == ("completed", {"too_long": True, "size": 22})
    assert (await rig.queue.jobs.tail_log(job.id))[0].level == "warning"


async def test_a_uniqueness_key_answers_the_unfinished_job(rig: Rig) -> None:
    gate = Gate(rig.queue)
    first = await rig.queue.submit("gate", uniqueness_key="root")
    assert await rig.queue.submit("gate", uniqueness_key="root") == first
    gate.open.set()
    await rig.over(first)
    assert await rig.queue.submit("gate", uniqueness_key="root") != first


async def test_a_submit_in_a_transaction_counts_only_when_it_commits(rig: Rig) -> None:
    gate = Gate(rig.queue)
    gate.open.set()

    async def fail() -> None:
        async with rig.store.transaction() as tx:
            await rig.queue.submit("gate", id="never", tx=tx)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with rig.store.transaction() as tx:
        id = await rig.queue.submit("gate", tx=tx)
    assert (await rig.over(id)).status == "completed"
    assert gate.begun == [id]
    with pytest.raises(NotFound):
        await rig.queue.get("never")


async def test_what_a_handler_writes_is_done_by_its_job(rig: Rig) -> None:
    Gate(rig.queue).open.set()

    async def submits(job: JobContext) -> str:
        job.progress(1)
        async with rig.store.transaction() as tx:
            job.progress(2)  # inside of a transaction it must not write there
            return await rig.queue.submit("gate", parent=job.id, tx=tx)

    rig.queue.register_handler("submits", submits)
    job = await rig.run("submits")
    child = await rig.over(job.result)
    assert (child.actor, child.parent) == (f"job:{job.id}", job.id)


async def test_waiting_for_a_job_ends_with_patience(rig: Rig) -> None:
    Gate(rig.queue)
    id = await rig.queue.submit("gate", paused=True)
    assert (await rig.queue.wait(id, 0.01)).status == "pending"


async def test_somebody_who_waits_is_told(rig: Rig) -> None:
    gate = Gate(rig.queue)
    id = await rig.queue.submit("gate")
    waiting = asyncio.create_task(rig.queue.wait(id))
    gate.open.set()
    await rig.over(id)
    assert (await waiting).status == "completed"
