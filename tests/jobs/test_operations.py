"""What the operations on jobs promise, on every engine, sync and async."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mustela.jobs.errors import ClaimLost, InvalidJob
from mustela.jobs.operations import AsyncJobRepository, JobRepository
from mustela.jobs.record import Failure, Job, Line, NewJob, Progress, new_job
from mustela.jobs.run_operations import LINE_LENGTH, Report
from mustela.jobs.schema import jobs_metadata
from mustela.store import acting_as
from mustela.store.errors import AlreadyExists, NotFound
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.store.toys import bind

ANY = {"scan": 10, "probe": 10}


@pytest.fixture
async def harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine([jobs_metadata]) as harness:
        yield harness


@pytest.fixture
def jobs(harness: Harness) -> Any:
    return harness.bind(JobRepository, AsyncJobRepository)


async def claimed(jobs: Any, id: str = "a", **options: Any) -> Job:
    await jobs.submit(new_job("scan", id=id, **options), at=1)
    (job,) = (await jobs.claim("worker", ANY, 1, at=2)).jobs
    assert job.id == id
    found: Job = job
    return found


async def test_a_submitted_job_waits_and_is_read_back(jobs: Any) -> None:
    with acting_as("ann", "request-1"):
        submitted = await jobs.submit(new_job("scan", {"path": "/Videos"}, priority=3))
    assert submitted.created
    job = await jobs.get(submitted.id)
    assert (job.status, job.type, job.parameters) == ("pending", "scan", {"path": "/Videos"})
    assert (job.actor, job.request_id, job.priority) == ("ann", "request-1", 3)
    assert (job.ready, job.attempt, job.ended) == (True, 0, False)
    assert (job.result, job.error, job.started_at) == (None, None, None)
    assert await jobs.total_jobs() == 1
    assert await jobs.get("nobody") is None


async def test_parameters_must_be_json() -> None:
    with pytest.raises(InvalidJob):
        new_job("scan", {"path": object()})
    with pytest.raises(InvalidJob):
        new_job("scan", {"path": "\udcff"})


async def test_a_taken_id_is_refused(jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="a"))
    with pytest.raises(AlreadyExists):
        await jobs.submit(new_job("scan", id="a"))
    with pytest.raises(AlreadyExists):
        await jobs.submit(new_job("scan", id="a", uniqueness_key="k"))
    assert await jobs.total_jobs() == 1


@pytest.mark.parametrize("id", ["runs", "export", "a b", "a/b", "-a", "x" * 129, "\0"])
async def test_an_id_that_could_not_stand_in_a_route_is_refused(jobs: Any, id: str) -> None:
    with pytest.raises(InvalidJob):
        await jobs.submit(new_job("scan", id=id))
    assert await jobs.total_jobs() == 0


async def test_a_uniqueness_key_answers_the_unfinished_job_only(jobs: Any) -> None:
    first = await jobs.submit(new_job("scan", uniqueness_key="root"), at=1)
    again = await jobs.submit(new_job("scan", uniqueness_key="root"), at=1)
    assert (again.id, again.created) == (first.id, False)
    (job,) = (await jobs.claim("worker", ANY, 1, at=2)).jobs
    assert (await jobs.submit(new_job("scan", uniqueness_key="root"))).id == first.id
    await jobs.finish(job.id, job.claim_id, "completed")
    assert (await jobs.submit(new_job("scan", uniqueness_key="root"))).created
    assert await jobs.total_jobs() == 2


async def test_a_submit_inside_a_transaction_commits_with_it_or_not_at_all(
    harness: Harness, jobs: Any
) -> None:
    async def fail() -> None:
        async with harness.transaction() as tx:
            inside = harness.bind(JobRepository, AsyncJobRepository, tx)
            await inside.submit(new_job("scan", id="a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await jobs.get("a") is None
    async with harness.transaction() as tx:
        inside = harness.bind(JobRepository, AsyncJobRepository, tx)
        await inside.submit(new_job("scan", id="a"))
    assert (await jobs.get("a")).status == "pending"


async def test_claims_take_the_highest_priority_first_then_the_oldest(jobs: Any) -> None:
    for id, priority in (("low", -1), ("a", 0), ("b", 0), ("high", 5)):
        await jobs.submit(new_job("scan", id=id, priority=priority))
    await jobs.submit(new_job("probe", id="probe", priority=1))
    await jobs.submit(new_job("other", id="other", priority=9))
    first = (await jobs.claim("worker", ANY, 3)).jobs
    assert [job.id for job in first] == ["high", "probe", "a"]
    assert {(job.status, job.owner, job.attempt) for job in first} == {("running", "worker", 1)}
    assert [job.id for job in (await jobs.claim("worker", ANY, 9)).jobs] == ["b", "low"]
    assert (await jobs.claim("worker", ANY, 9)).jobs == []
    assert (await jobs.claim("worker", {}, 9)).jobs == []


async def test_a_claim_takes_of_each_type_no_more_than_wanted(jobs: Any) -> None:
    for n in range(3):
        await jobs.submit(new_job("scan", id=f"scan{n}", priority=1))
        await jobs.submit(new_job("probe", id=f"probe{n}"))
    found = (await jobs.claim("worker", {"scan": 1, "probe": 2}, 9)).jobs
    assert [job.id for job in found] == ["scan0", "probe0", "probe1"]


async def test_a_delayed_job_waits_for_its_time(jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="later", run_at=500), at=100)
    await jobs.submit(new_job("scan", id="much-later", run_at=900), at=100)
    claim = await jobs.claim("worker", ANY, 9, at=499)
    assert (claim.jobs, claim.next_run_at) == ([], 500)
    assert not (await jobs.look("worker", ["scan"], 499)).ready
    assert (await jobs.look("worker", ["scan"], 500)).ready
    claim = await jobs.claim("worker", ANY, 9, at=500)
    assert ([job.id for job in claim.jobs], claim.next_run_at) == (["later"], 900)


async def test_paused_and_external_jobs_are_never_claimed(jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="paused", paused=True), at=1)
    await jobs.submit(new_job("scan", id="external", external=True, run_at=1), at=1)
    claim = await jobs.claim("worker", ANY, 9, at=10)
    assert (claim.jobs, claim.next_run_at) == ([], None)
    assert not (await jobs.look("worker", ["scan"], 10)).ready


async def test_one_given_job_is_claimed_once(jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="a"), at=1)
    await jobs.submit(new_job("scan", id="later", run_at=100), at=1)
    assert (await jobs.claim_one("a", "me", at=2)).owner == "me"
    assert await jobs.claim_one("a", "me", at=2) is None
    assert await jobs.claim_one("later", "me", at=99) is None
    assert (await jobs.claim_one("later", "me", at=100)).id == "later"
    assert await jobs.claim_one("nobody", "me", at=2) is None


async def test_a_job_is_submitted_and_claimed_in_one_unit(jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="first"))
    submitted, claim = await jobs.submit_and_claim(new_job("scan", id="a"), "worker", ANY, 1)
    assert (submitted.id, [job.id for job in claim.jobs]) == ("a", ["first"])


async def test_a_job_ends_once_and_only_by_the_claim_that_holds_it(jobs: Any) -> None:
    job = await claimed(jobs)
    assert not await jobs.finish("a", job.claim_id + 1, "completed")
    assert not await jobs.finish("nobody", job.claim_id, "completed")
    lines = [Line(1, "info", "done")]
    assert await jobs.finish(
        "a", job.claim_id, "completed", result='{"n":1}', progress=Progress(3, 3), lines=lines, at=9
    )
    assert not await jobs.finish("a", job.claim_id, "failed")
    ended = await jobs.get("a")
    assert (ended.status, ended.result, ended.finished_at_us) == ("completed", {"n": 1}, 9)
    assert ended.progress.done == 3
    assert ended.ended
    assert [line.text for line in await jobs.tail_log("a")] == ["done"]


async def test_a_failure_keeps_its_code_and_message(jobs: Any) -> None:
    job = await claimed(jobs)
    await jobs.finish("a", job.claim_id, "failed", error=Failure("bad_file", "It is torn."))
    assert (await jobs.get("a")).error == Failure("bad_file", "It is torn.")


async def test_a_retry_waits_for_its_time_and_raises_the_fence(jobs: Any) -> None:
    job = await claimed(jobs)
    error = Failure("busy", "Try again.")
    assert await jobs.retry("a", job.claim_id, 100, error, at=50) == "pending"
    assert await jobs.retry("a", job.claim_id, 100, error, at=50) is None
    assert (await jobs.claim("worker", ANY, 1, at=99)).jobs == []
    (again,) = (await jobs.claim("worker", ANY, 1, at=100)).jobs
    assert (again.attempt, again.claim_id, again.error) == (2, job.claim_id + 1, error)
    assert not await jobs.finish("a", job.claim_id, "completed")


async def test_a_job_handed_back_has_lost_no_attempt(jobs: Any) -> None:
    job = await claimed(jobs)
    assert await jobs.hand_back("a", job.claim_id) == "pending"
    assert await jobs.hand_back("a", job.claim_id) is None
    (again,) = (await jobs.claim("worker", ANY, 1)).jobs
    assert (again.attempt, again.claim_id) == (1, job.claim_id + 1)


async def test_a_waiting_job_is_cancelled_at_once(jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="a"))
    job = await jobs.request_cancel("a", at=5)
    assert (job.status, job.ready, job.finished_at_us) == ("cancelled", False, 5)
    assert await jobs.request_cancel("a", at=6) == job
    assert (await jobs.claim("worker", ANY, 1)).jobs == []
    with pytest.raises(NotFound):
        await jobs.request_cancel("nobody")


@pytest.mark.parametrize("way", ["retry", "hand_back", "recover"])
async def test_a_running_job_asked_to_be_cancelled_does_not_run_again(jobs: Any, way: str) -> None:
    job = await claimed(jobs, repeatable=True, max_attempts=9)
    assert (await jobs.look("worker", ["scan"], 0)).cancelled == []
    assert (await jobs.request_cancel("a")).status == "running"
    assert (await jobs.look("worker", ["scan"], 0)).cancelled == ["a"]
    if way == "retry":
        assert await jobs.retry("a", job.claim_id, 100, Failure("x", "x")) == "cancelled"
    elif way == "hand_back":
        assert await jobs.hand_back("a", job.claim_id) == "cancelled"
    else:
        assert [job.status for job in await jobs.recover(["worker"])] == ["cancelled"]
    assert (await jobs.get("a")).finished_at is not None


async def test_the_jobs_of_a_dead_owner_run_again_only_where_they_may(jobs: Any) -> None:
    for id, repeatable, attempts in (("once", False, 9), ("again", True, 2), ("worn", True, 1)):
        await jobs.submit(
            new_job("scan", id=id, repeatable=repeatable, max_attempts=attempts), at=1
        )
    taken = (await jobs.claim("dead", ANY, 9, at=2)).jobs
    await jobs.submit(new_job("scan", id="other"))
    await jobs.claim("alive", ANY, 9)
    assert sorted(await jobs.running_owners()) == ["alive", "dead"]
    assert {job.id for job in await jobs.running_of("dead")} == {"once", "again", "worn"}
    settled = {job.id: job for job in await jobs.recover(["dead"], at=7)}
    assert {id: job.status for id, job in settled.items()} == {
        "once": "failed",
        "again": "pending",
        "worn": "failed",
    }
    assert settled["once"].error.code == settled["worn"].error.code == "worker_died"
    assert (settled["once"].finished_at_us, settled["again"].finished_at_us) == (7, None)
    assert settled["again"].error is None
    for job in taken:
        assert not await jobs.finish(job.id, job.claim_id, "completed")
    assert [job.id for job in (await jobs.claim("alive", ANY, 9)).jobs] == ["again"]
    assert await jobs.recover([]) == []


async def test_progress_moves_no_token_and_needs_the_claim(harness: Harness, jobs: Any) -> None:
    job = await claimed(jobs)
    before = await label(harness)
    await jobs.report([Report("a", job.claim_id, Progress(1, 4, 2.0, "one"))], at=7)
    await jobs.report([Report("a", 99, Progress(9, 9), (Line(1, "info", "lost"),))])
    assert await jobs.heartbeat("a", job.claim_id) is False
    assert await jobs.heartbeat("a", 99) is None
    found = await jobs.get("a")
    assert found.progress == Progress(1, 4, 2.0, "one")
    assert found.progress.eta_seconds == 1.5
    assert found.heartbeats == 2
    assert await label(harness) == before
    assert await jobs.tail_log("a") == []
    await jobs.request_cancel("a")
    assert await jobs.heartbeat("a", job.claim_id) is True


async def test_a_claim_is_held_in_a_transaction_or_nothing_of_that_is_kept(
    harness: Harness, jobs: Any
) -> None:
    job = await claimed(jobs, repeatable=True)

    async def beside(claim_id: int, id: str) -> None:
        async with harness.transaction() as tx:
            inside = harness.bind(JobRepository, AsyncJobRepository, tx)
            await inside.submit(new_job("probe", id=id))
            await inside.hold("a", claim_id)

    await beside(job.claim_id, "kept")
    with pytest.raises(ClaimLost):
        await beside(job.claim_id + 1, "another")
    await jobs.finish("a", job.claim_id, "completed")
    with pytest.raises(ClaimLost):
        await beside(job.claim_id, "late")
    assert {one.id for one in (await jobs.list_jobs()).items} == {"a", "kept"}


async def label(harness: Harness) -> Any:
    return await bind(harness).events()


async def test_every_change_is_announced(harness: Harness, jobs: Any) -> None:
    job = await claimed(jobs)
    await jobs.finish("a", job.claim_id, "completed")
    assert [(topic, key) for topic, key, _ in await label(harness)] == [("jobs", "a")] * 3


async def test_a_log_is_read_by_page_and_by_its_end(jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="a"))
    await jobs.append_log("a", [Line(n, "info", f"line {n}") for n in range(5)])
    await jobs.append_log("a", [Line(9, "error", "x" * (LINE_LENGTH + 1))])
    await jobs.append_log("a", [])
    first = await jobs.read_log("a", limit=2)
    assert [line.text for line in first] == ["line 0", "line 1"]
    rest = await jobs.read_log("a", after=first[-1].number)
    assert [line.at for line in rest] == [2, 3, 4, 9]
    assert len(rest[-1].text) == LINE_LENGTH
    assert [line.level for line in await jobs.tail_log("a", 2)] == ["info", "error"]
    assert await jobs.read_log("nobody") == []


async def test_a_log_keeps_its_newest_lines(jobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mustela.jobs.run_operations.LOG_LINES", 3)
    await jobs.submit(new_job("scan", id="a"))
    await jobs.submit(new_job("scan", id="b"))
    await jobs.append_log("b", [Line(0, "info", "mine")])
    await jobs.append_log("a", [Line(n, "info", str(n)) for n in range(5)])
    await jobs.append_log("a", [Line(5, "info", "5")])
    assert [line.text for line in await jobs.tail_log("a")] == ["3", "4", "5"]
    assert len(await jobs.tail_log("b")) == 1


async def test_lists_are_filtered_and_paged_newest_first(jobs: Any) -> None:
    for n, type in enumerate(["scan", "probe", "scan", "other", "scan"]):
        await jobs.submit(new_job(type, id=f"j{n}", parent="p" if n == 1 else None), at=n)
    await jobs.request_cancel("j0")

    async def ids(**filters: Any) -> list[str]:
        return [job.id for job in (await jobs.list_jobs(**filters)).items]

    assert await ids() == ["j4", "j3", "j2", "j1", "j0"]
    assert await ids(type="scan", status="pending") == ["j4", "j2"]
    assert await ids(type=["probe", "other"], status=["pending", "cancelled"]) == ["j3", "j1"]
    assert await ids(since=3) == ["j4", "j3"]
    assert await ids(parent="p") == ["j1"]
    assert await ids(limit=2, offset=1) == ["j3", "j2"]
    first = await jobs.list_jobs(limit=3)
    second = await jobs.list_jobs(limit=3, after=first.next)
    assert [job.id for job in second.items] == ["j1", "j0"]
    assert second.next is None
    assert await jobs.count_jobs(type="scan") == 3
    assert await jobs.count_jobs(most=2) == 2
    assert await jobs.counts() == {
        "pending": {"scan": 2, "probe": 1, "other": 1},
        "cancelled": {"scan": 1},
    }


async def test_claims_at_the_same_time_never_take_a_job_twice(harness: Harness, jobs: Any) -> None:
    for n in range(40):
        await jobs.submit(new_job("scan", id=f"j{n}"))
    operation = jobs.repository.claim

    async def claim(owner: str) -> list[Job]:
        if harness.face == "sync":
            found = await asyncio.to_thread(operation, owner, ANY, 5)
        else:
            found = await operation(owner, ANY, 5)
        taken: list[Job] = found.jobs
        return taken

    taken = await asyncio.gather(*(claim(f"w{n}") for n in range(10)))
    ids = [job.id for jobs in taken for job in jobs]
    assert len(ids) == len(set(ids))
    assert await jobs.count_jobs(status="running") == len(ids)


async def test_a_job_is_shown_as_json(jobs: Any) -> None:
    job = await claimed(jobs)
    await jobs.report([Report("a", job.claim_id, Progress(1, 4, 2.0))])
    shown = (await jobs.get("a")).to_public()
    assert (shown.id, shown.status, shown.progress.eta_seconds) == ("a", "running", 1.5)
    assert shown.created_at.isoformat() == "1970-01-01T00:00:00.000001+00:00"
    assert NewJob(type="scan").payload == "{}"
