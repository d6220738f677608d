"""What runs elsewhere can do, on every engine, sync and async."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

import mustela
from mustela.jobs.errors import InvalidJob, RunLost
from mustela.jobs.external_operations import MOST_NAMES, RESULT_SIZE, Pulse, new_run
from mustela.jobs.operations import AsyncJobRepository, JobRepository
from mustela.jobs.record import Failure, Job, Line, Progress, new_job
from mustela.jobs.run_operations import LOG_LINES, line_rows
from mustela.jobs.schema import jobs_metadata
from mustela.store import acting_as
from mustela.store.errors import AlreadyExists, NotFound
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.store.toys import bind


@pytest.fixture
async def harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine([jobs_metadata]) as harness:
        yield harness


@pytest.fixture
def jobs(harness: Harness) -> Any:
    return harness.bind(JobRepository, AsyncJobRepository)


async def opened(jobs: Any, id: str = "run", **options: Any) -> Job:
    found: Job = await jobs.open_run(new_run("imaging", id=id, **options), at=5)
    return found


async def test_an_open_run_is_a_running_job_with_what_it_was_made_from(jobs: Any) -> None:
    with acting_as("user:pipeline", "request-1"):
        run = await jobs.open_run(
            new_run("imaging", {"band": 3}, inputs=["a.ms", "b.ms"], software_version="wsclean 3"),
            reporter="node17:42",
            at=5,
        )
    assert run == await jobs.get(run.id)
    assert (run.status, run.type, run.parameters) == ("running", "imaging", {"band": 3})
    assert (run.external, run.claim_id, run.attempt, run.owner) == (True, 1, 1, "node17:42")
    assert (run.inputs, run.outputs) == (("a.ms", "b.ms"), ())
    assert (run.actor, run.software_version) == ("user:pipeline", "wsclean 3")
    assert (run.started_at_us, run.time_limit) == (5, None)
    assert (await opened(jobs)).software_version == mustela.__version__


async def test_a_job_submitted_for_elsewhere_is_begun_with_its_own_parameters(jobs: Any) -> None:
    await jobs.submit(new_job("imaging", {"band": 1}, id="run", external=True, inputs='["a.ms"]'))
    run = await opened(jobs, inputs=["a.ms", "b.ms"])
    assert (run.parameters, run.inputs) == ({"band": 1}, ("a.ms", "b.ms"))
    assert await jobs.total_jobs() == 1


@pytest.mark.parametrize("before", ["begun", "ended", "here", "another type", "paused"])
async def test_what_does_not_wait_for_a_run_is_not_begun(jobs: Any, before: str) -> None:
    if before == "here":
        await jobs.submit(new_job("imaging", id="run"))
    elif before in {"another type", "paused"}:
        type = "imaging" if before == "paused" else "flagging"
        await jobs.submit(new_job(type, id="run", external=True, paused=before == "paused"))
    else:
        run = await opened(jobs)
        if before == "ended":
            await jobs.finish_run("run", run.claim_id, "completed")
    was = await jobs.get("run")
    with pytest.raises(AlreadyExists):
        await opened(jobs)
    assert await jobs.get("run") == was


async def test_a_uniqueness_key_lets_one_run_at_a_time(jobs: Any) -> None:
    run = await jobs.open_run(new_run("imaging", uniqueness_key="field-7"))
    with pytest.raises(AlreadyExists, match=run.id):
        await jobs.open_run(new_run("imaging", uniqueness_key="field-7"))
    await jobs.finish_run(run.id, run.claim_id, "completed")
    assert (await jobs.open_run(new_run("imaging", uniqueness_key="field-7"))).id != run.id


@pytest.mark.parametrize(
    "options",
    [{"parent": "nobody"}, {"inputs": [""]}, {"inputs": ["x" * 4001]}, {"id": "export"}],
)
async def test_a_run_that_makes_no_sense_is_refused_whole(jobs: Any, options: Any) -> None:
    with pytest.raises(InvalidJob):
        await jobs.open_run(new_run("imaging", **options))
    with pytest.raises(InvalidJob):
        await jobs.open_run(new_run("two words"))
    assert await jobs.total_jobs() == 0


async def test_a_run_is_never_claimed_nor_settled_with_dead_processes(jobs: Any) -> None:
    run = await jobs.open_run(new_run("imaging"), reporter="node17:42")
    assert (await jobs.claim("worker", {"imaging": 9}, 9)).jobs == []
    assert await jobs.running_owners() == []
    assert await jobs.recover(["node17:42"]) == []
    assert (await jobs.get(run.id)).status == "running"


async def test_what_a_run_reports_is_kept_and_added_up(harness: Harness, jobs: Any) -> None:
    run = await opened(jobs, inputs=["a.ms"])
    assert await jobs.report_run("run", run.claim_id, at=6) is False
    await jobs.report_run("run", run.claim_id, progress=Progress(1, 4, 2.0, "one \0"), at=7)
    await jobs.report_run("run", run.claim_id, progress=Progress(done=2), at=8)
    await jobs.report_run(
        "run",
        run.claim_id,
        lines=[Line(1, "info", "half"), Line(2, "warning", "odd")],
        inputs=["b.ms", "a.ms"],
        outputs=["x.fits", "x.fits", "é\0.fits"],
    )
    await jobs.report_run("run", run.claim_id, outputs=["y.fits"], at=9)
    found = await jobs.get("run")
    assert found.progress == Progress(2, 4, 2.0, "one \\0")
    assert (found.inputs, found.outputs) == (
        ("a.ms", "b.ms"),
        ("x.fits", "é\\0.fits", "y.fits"),
    )
    assert found.heartbeats == 5
    by_the_server = harness.engine == "postgresql"
    assert (found.heartbeat_at_us > 9) if by_the_server else (found.heartbeat_at_us == 9)
    assert [line.text for line in await jobs.tail_log("run")] == ["half", "odd"]


async def test_a_run_that_names_too_much_is_told_and_nothing_of_it_is_kept(jobs: Any) -> None:
    run = await opened(jobs)
    many = [str(n) for n in range(MOST_NAMES)]
    await jobs.report_run("run", run.claim_id, outputs=many)
    with pytest.raises(InvalidJob):
        await jobs.report_run("run", run.claim_id, progress=Progress(1), outputs=["one more"])
    found = await jobs.get("run")
    assert (len(found.outputs), found.progress_done, found.heartbeats) == (MOST_NAMES, None, 1)


async def test_a_wish_to_cancel_is_in_the_answer_to_the_next_report(jobs: Any) -> None:
    run = await opened(jobs)
    assert (await jobs.request_cancel("run")).status == "running"
    assert await jobs.report_run("run", run.claim_id) is True
    ended = await jobs.finish_run("run", run.claim_id, "cancelled", at=9)
    assert (ended.status, ended.finished_at_us) == ("cancelled", 9)


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
async def test_a_run_ends_once_and_whoever_asks_again_is_answered_the_same(
    jobs: Any, status: Any
) -> None:
    run = await opened(jobs)
    error = Failure("no_flux", "Nothing is there.") if status == "failed" else None
    ended = await jobs.finish_run("run", run.claim_id, status, result='{"n":1}', error=error)
    assert (ended.status, ended.result, ended.error) == (status, {"n": 1}, error)
    assert await jobs.finish_run("run", run.claim_id, status) == ended
    other = "failed" if status == "completed" else "completed"
    with pytest.raises(RunLost, match=status):
        await jobs.finish_run("run", run.claim_id, other)
    with pytest.raises(RunLost):
        await jobs.report_run("run", run.claim_id, outputs=["late"])
    assert await jobs.get("run") == ended


async def test_a_run_cannot_end_as_it_likes(jobs: Any) -> None:
    run = await opened(jobs)
    with pytest.raises(InvalidJob):
        await jobs.finish_run("run", run.claim_id, "timeout")
    with pytest.raises(InvalidJob):
        await jobs.finish_run("run", run.claim_id, "completed", result="0" * (RESULT_SIZE + 1))
    assert (await jobs.get("run")).status == "running"


async def test_another_claim_and_other_jobs_cannot_be_spoken_for(jobs: Any) -> None:
    run = await opened(jobs)
    await jobs.submit(new_job("scan", id="here"))
    (here,) = (await jobs.claim("worker", {"scan": 1}, 1)).jobs
    with pytest.raises(RunLost, match="another claim"):
        await jobs.report_run("run", run.claim_id + 1)
    with pytest.raises(RunLost):
        await jobs.finish_run("run", run.claim_id + 1, "completed")
    for id in ("here", "nobody"):
        with pytest.raises(NotFound):
            await jobs.report_run(id, here.claim_id)
        with pytest.raises(NotFound):
            await jobs.finish_run(id, here.claim_id, "completed")
    assert (await jobs.get("here")).status == "running"


async def test_silent_runs_end_unless_they_were_heard_of_meanwhile(jobs: Any) -> None:
    silent, asked, alive = [await opened(jobs, id) for id in ("silent", "asked", "alive")]
    await jobs.submit(new_job("scan", id="here"))
    await jobs.claim("worker", {"scan": 1}, 1)
    pulses = await jobs.run_pulses()
    assert sorted(pulses) == [Pulse(id, 1, 0) for id in ("alive", "asked", "silent")]
    await jobs.request_cancel("asked")
    await jobs.report_run("alive", alive.claim_id)
    lost = {job.id: job for job in await jobs.lose_runs(pulses, 120.0, at=9)}
    assert {id: job.status for id, job in lost.items()} == {
        "silent": "failed",
        "asked": "cancelled",
    }
    assert lost["silent"].error.code == "lost_contact"
    assert "Lost contact" in lost["silent"].error.message
    assert "120 s" in lost["silent"].error.message
    assert (lost["silent"].finished_at_us, lost["asked"].error) == (9, None)
    assert [line.level for line in await jobs.tail_log("silent")] == ["warning"]
    for run in (silent, asked):
        with pytest.raises(RunLost):
            await jobs.report_run(run.id, run.claim_id)
    with pytest.raises(RunLost, match="lost_contact"):
        await jobs.finish_run("silent", silent.claim_id, "failed")
    assert (await jobs.get("alive")).status == "running"
    assert await jobs.lose_runs(pulses, 120.0) == []


async def test_beginning_and_end_are_announced_and_nothing_between(
    harness: Harness, jobs: Any
) -> None:
    run = await opened(jobs)
    begun = await bind(harness).events()
    await jobs.report_run("run", run.claim_id, progress=Progress(1), outputs=["x.fits"])
    assert await bind(harness).events() == begun
    await jobs.finish_run("run", run.claim_id, "completed")
    assert len(await bind(harness).events()) == len(begun) + 1


def test_of_more_lines_than_are_kept_only_those_are_written() -> None:
    """Whoever reports a million at once holds up nobody else's writes."""
    rows = line_rows("run", [Line(n, "info", "") for n in range(LOG_LINES + 2)])
    assert (len(rows), rows[0]["at"]) == (LOG_LINES, 2)
