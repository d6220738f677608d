"""Leases, and what becomes of the jobs of those who have none: every engine, sync and async."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mustela.jobs.external_operations import new_run
from mustela.jobs.operations import AsyncJobRepository, JobRepository
from mustela.jobs.presence import LiveWorker
from mustela.jobs.record import new_job
from mustela.jobs.schema import jobs_metadata
from mustela.jobs.worker_operations import AsyncWorkerRepository, WorkerRepository
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.store.toys import bind

ANY = {"scan": 10}
#: Seconds of a lease that lasts, and of one that has ended before it begins.
LONG, OVER = 3600.0, -1.0


@pytest.fixture
async def harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine([jobs_metadata]) as harness:
        yield harness


@pytest.fixture
def jobs(harness: Harness) -> Any:
    return harness.bind(JobRepository, AsyncJobRepository)


@pytest.fixture
def workers(harness: Harness) -> Any:
    return harness.bind(WorkerRepository, AsyncWorkerRepository)


def worker(owner: str) -> LiveWorker:
    return LiveWorker(owner, 42, "mustela serve", frozenset(("scan", "probe")), 3, "node17")


async def test_who_has_a_lease_lives_until_it_ends(workers: Any) -> None:
    await workers.join(worker("lives"), LONG)
    await workers.join(worker("silent"), OVER)
    assert await workers.live() == [worker("lives")]
    assert await workers.renew("silent", LONG)
    assert {one.owner for one in await workers.live()} == {"lives", "silent"}
    await workers.leave("lives")
    assert [one.owner for one in await workers.live()] == ["silent"]


async def test_a_lease_that_has_ended_is_renewed_unless_its_owner_was_declared_dead(
    workers: Any,
) -> None:
    await workers.join(worker("a"), OVER)
    assert await workers.renew("a", LONG)
    assert await workers.declare_dead() == 0
    assert await workers.renew("a", OVER)
    assert await workers.declare_dead() == 1
    assert not await workers.renew("a", LONG)
    assert await workers.live() == []
    assert await workers.declare_dead() == 0


async def test_an_owner_is_quiet_when_no_claim_of_it_is_being_committed(
    jobs: Any, workers: Any
) -> None:
    await jobs.submit(new_job("scan"))
    await workers.join(worker("a"), LONG)
    assert (await jobs.claim("a", ANY, 9, leased=True)).jobs
    assert await workers.is_quiet("a")
    assert not await workers.is_quiet("nobody"), "of whom nothing can be known"


async def test_jobs_of_who_was_declared_dead_run_again_only_where_they_may(
    harness: Harness, jobs: Any, workers: Any
) -> None:
    for id, repeatable, attempts in (("once", False, 9), ("again", True, 2), ("worn", True, 1)):
        await jobs.submit(new_job("scan", id=id, repeatable=repeatable, max_attempts=attempts))
    await jobs.submit(new_job("scan", id="unwanted", repeatable=True, max_attempts=2))
    await workers.join(worker("dead"), LONG)
    taken = (await jobs.claim("dead", ANY, 9, leased=True)).jobs
    await jobs.request_cancel("unwanted")
    await jobs.submit(new_job("scan", id="other"))
    await workers.join(worker("alive"), LONG)
    await jobs.claim("alive", ANY, 9, leased=True)
    assert not (await workers.look_for_dead()).expired
    await workers.renew("dead", OVER)
    look = await workers.look_for_dead()
    assert (look.expired, look.unowned) == (True, False)
    assert await workers.declare_dead() == 1
    look = await workers.look_for_dead()
    assert (look.expired, look.unowned) == (False, True)
    before = len(await bind(harness).events())
    settled = {job.id: job for job in await workers.settle_unowned(at=7)}
    assert {id: job.status for id, job in settled.items()} == {
        "once": "failed",
        "again": "pending",
        "worn": "failed",
        "unwanted": "cancelled",
    }
    assert settled["once"].error.code == settled["worn"].error.code == "worker_died"
    assert (settled["once"].finished_at_us, settled["again"].finished_at_us) == (7, None)
    assert len(await bind(harness).events()) == before + 4
    for job in taken:
        assert "pending" not in job.status
        assert not await jobs.finish(job.id, job.claim_id, "completed")
    (line,) = await jobs.tail_log("again")
    assert (line.level, "attempt 1" in line.text, "pending" in line.text) == (
        "warning",
        True,
        True,
    )
    assert (await jobs.get("other")).status == "running"
    assert await workers.settle_unowned() == []
    assert not (await workers.look_for_dead()).unowned


async def test_who_has_left_owns_nothing_any_more(jobs: Any, workers: Any) -> None:
    await jobs.submit(new_job("scan", id="a", repeatable=True, max_attempts=2))
    await workers.join(worker("gone"), LONG)
    await jobs.claim("gone", ANY, 1, leased=True)
    assert await workers.settle_unowned() == []
    await workers.leave("gone")
    assert [job.id for job in await workers.settle_unowned()] == ["a"]


async def test_without_a_lease_nothing_is_claimed(jobs: Any, workers: Any) -> None:
    await jobs.submit(new_job("scan", id="a"))
    claim = await jobs.claim("nobody", ANY, 9, leased=True)
    assert (claim.jobs, claim.lost) == ([], True)
    assert await jobs.claim_one("a", "nobody", leased=True) is None
    submitted, claim = await jobs.submit_and_claim(
        new_job("scan", id="b"), "nobody", ANY, 9, leased=True
    )
    assert (submitted.id, submitted.created, claim.jobs, claim.lost) == ("b", True, [], True)
    assert {job.status for job in (await jobs.list_jobs()).items} == {"pending"}
    await workers.join(worker("late"), OVER)
    claim = await jobs.claim("late", ANY, 1, leased=True)
    assert ([job.id for job in claim.jobs], claim.lost) == (["a"], False)
    assert (await jobs.claim_one("b", "late", leased=True)).owner == "late"


async def test_runs_elsewhere_need_no_lease(jobs: Any, workers: Any) -> None:
    run = await jobs.open_run(new_run("imaging"), reporter="node17:42")
    assert not (await workers.look_for_dead()).unowned
    assert await workers.settle_unowned() == []
    assert (await jobs.get(run.id)).status == "running"


async def test_a_run_is_silent_when_nothing_was_heard_for_so_long(jobs: Any) -> None:
    run = await jobs.open_run(new_run("imaging"))
    assert (await jobs.silent_runs(LONG)).runs == []
    (pulse,) = (await jobs.silent_runs(OVER)).runs
    assert (pulse.id, pulse.claim_id, pulse.heartbeats) == (run.id, run.claim_id, 0)
    await jobs.report_run(run.id, run.claim_id)
    assert await jobs.lose_runs([pulse], 120.0) == []
    assert (await jobs.silent_runs(OVER)).runs == [pulse._replace(heartbeats=1)]


async def test_the_revision_moves_with_jobs_and_not_with_their_progress(jobs: Any) -> None:
    before = await jobs.revision()
    assert await jobs.revision() == before
    run = await jobs.open_run(new_run("imaging"))
    after = await jobs.revision()
    assert after != before
    await jobs.report_run(run.id, run.claim_id)
    assert await jobs.revision() == after
    await jobs.pause()
    assert await jobs.revision() != after
