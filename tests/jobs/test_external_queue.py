"""Runs elsewhere and reruns, as every dispatcher has them."""

from __future__ import annotations

import asyncio

import pytest

from mustela.jobs import (
    ExecutedElsewhere,
    Failure,
    InvalidJob,
    JobContext,
    JobTypeTaken,
    JobUnfinished,
    RunLost,
    UnknownJobType,
    new_job,
)
from mustela.store.errors import NotFound
from tests.jobs.rig import PATIENCE, Gate, Rig


async def test_a_run_is_opened_and_finished_and_who_waits_is_told(rig: Rig) -> None:
    run = await rig.queue.open_run("imaging", {"band": 3}, inputs=["a.ms"], reporter="node17")
    assert (run.status, run.parameters, run.inputs) == ("running", {"band": 3}, ("a.ms",))
    waiting = asyncio.create_task(rig.queue.wait(run.id, PATIENCE))
    error = Failure("no_flux", "Nothing is there.")
    ended = await rig.queue.finish_run(run.id, run.claim_id, "failed", error=error)
    assert await waiting == ended
    assert ended.error == error
    with pytest.raises(RunLost):
        await rig.queue.finish_run(run.id, run.claim_id, "completed", result=3)


async def test_a_job_that_is_declared_external_waits_for_its_run(rig: Rig) -> None:
    rig.queue.declare_external("imaging")
    id = await rig.queue.submit("imaging", {"band": 1})
    run = await rig.queue.open_run("imaging", id=id)
    assert (run.id, run.parameters) == (id, {"band": 1})
    assert (await rig.queue.cancel(id)).status == "running"
    await rig.queue.finish_run(id, run.claim_id, "cancelled")
    assert (await rig.queue.get(id)).status == "cancelled"


async def test_what_has_a_handler_here_is_no_run_elsewhere(rig: Rig) -> None:
    Gate(rig.queue)
    with pytest.raises(JobTypeTaken):
        await rig.queue.open_run("gate")
    with pytest.raises(InvalidJob):
        await rig.queue.open_run("imaging", {"path": object()})
    assert await rig.queue.jobs.total_jobs() == 0


async def test_a_job_that_is_over_is_done_again(rig: Rig) -> None:
    async def double(job: JobContext) -> int:
        return int(2 * job.parameters["number"])

    rig.queue.register_handler("double", double)
    first = await rig.run("double", {"number": 21}, priority=4)
    again = await rig.over(await rig.queue.rerun(first.id))
    assert (again.result, again.parent, again.priority) == (42, first.id, 4)
    assert again.id != first.id


async def test_a_rerun_meets_the_unfinished_job_of_its_key(rig: Rig) -> None:
    gate = Gate(rig.queue)
    gate.open.set()
    first = await rig.run("gate", uniqueness_key="root")
    gate.open.clear()
    second = await rig.queue.rerun(first.id)
    assert await rig.queue.rerun(first.id) == second
    gate.open.set()
    assert (await rig.over(second)).parent == first.id


async def test_what_cannot_be_done_again_is_refused(rig: Rig) -> None:
    Gate(rig.queue)
    waiting = await rig.queue.submit("gate", paused=True)
    run = await rig.queue.open_run("imaging")
    await rig.queue.finish_run(run.id, run.claim_id, "failed")
    await rig.queue.jobs.submit(new_job("removed", id="old"))
    await rig.queue.cancel("old")
    for id, error in (
        (waiting, JobUnfinished),
        (run.id, ExecutedElsewhere),
        ("old", UnknownJobType),
        ("nobody", NotFound),
    ):
        with pytest.raises(error):
            await rig.queue.rerun(id)
    assert await rig.queue.jobs.total_jobs() == 3
