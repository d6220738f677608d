"""Processes of several machines that are killed or stopped, and a database that is out of reach."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from mustela.jobs import run_or_follow
from mustela.jobs.lease_presence import LEASE_SECONDS, LeaseOwner
from mustela.jobs.worker_operations import WorkerRepository
from mustela.store import AsyncStore, Store
from tests.jobs.cut import way_to
from tests.jobs.machines import LONG, SHORT, Machine, machine, renewed, stranger
from tests.jobs.rig import PATIENCE, Gate, until
from tests.jobs.servers import ran, server
from tests.jobs.worker_process import register


@pytest.fixture
async def there(jobs_url: str, tmp_path: Path) -> AsyncIterator[Machine]:
    """Another machine beside the processes, which knows their types of jobs."""
    async with machine(jobs_url, tmp_path / "there", SHORT) as one:
        register(one.queue, one.data_dir)
        yield one


@pytest.fixture
def at(tmp_path: Path) -> Path:
    """The data directory of a process: its own."""
    path = tmp_path / "process"
    path.mkdir()
    return path


async def test_after_a_kill_a_repeatable_job_runs_on_another_machine(
    jobs_url: str, there: Machine, at: Path
) -> None:
    async with server(jobs_url, at, str(SHORT)) as process:
        again, once = [await there.queue.submit(type) for type in ("hang", "hang_once")]
        await until(lambda: len(ran(at)) == 2)
        async with there.queue.running():
            process.kill()
            await process.wait()
            failed = await there.over(once)
            await until(lambda: ran(there.data_dir))
            (there.data_dir / "go").touch()
            done = await there.over(again)
            (worker,) = await there.queue.live_workers()
    assert failed.error is not None
    assert (failed.status, failed.error.code, failed.attempt) == ("failed", "worker_died", 1)
    assert (done.status, done.result, done.attempt) == ("completed", "went", 2)
    assert ran(there.data_dir) == [f"begin {again}", f"end {again}"]
    assert worker.owner == done.owner


async def stop_between_transactions(process: asyncio.subprocess.Process, url: str) -> None:
    """In the middle of one the server ends it, after a time that no test should wait for."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while True:
            process.send_signal(signal.SIGSTOP)
            found = await connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            if await found.fetchone() == (0,):
                return
            process.send_signal(signal.SIGCONT)


async def test_a_process_that_was_stopped_for_too_long_writes_nothing_more(
    jobs_url: str, there: Machine, at: Path
) -> None:
    """It finds its job settled, and done by another; then it goes on under another name."""
    (there.data_dir / "go").touch()
    async with server(jobs_url, at, str(SHORT)) as process:
        id = await there.queue.submit("wait")
        await until(lambda: ran(at))
        first = (await there.queue.get(id)).owner
        await stop_between_transactions(process, jobs_url)
        try:
            async with there.queue.running():
                done = await there.over(id)
            lines = await there.lines(id)
            (at / "go").touch()  # its handler would end at once
        finally:
            process.send_signal(signal.SIGCONT)

        async def lives_again() -> bool:
            return {one.pid for one in await there.queue.live_workers()} == {process.pid}

        await until(lives_again)
        (worker,) = await there.queue.live_workers()
        assert worker.owner != first
        next_one = await there.over(await there.queue.submit("quick"))
        assert await there.queue.get(id) == done
        assert await there.lines(id) == lines
    assert (done.status, done.attempt) == ("completed", 2)
    assert (next_one.status, next_one.result) == ("completed", process.pid)
    assert next_one.owner == worker.owner


async def test_a_command_takes_over_when_the_server_on_another_machine_dies(
    jobs_url: str, there: Machine, at: Path
) -> None:
    async with server(jobs_url, at, str(SHORT)) as process:
        id = await there.queue.submit("hang")
        following = asyncio.create_task(run_or_follow(there.queue, id, interval=0.02))
        await until(lambda: ran(at))
        process.kill()
        await process.wait()
    (there.data_dir / "go").touch()
    async with asyncio.timeout(PATIENCE):
        job = await following
    assert (job.status, job.attempt) == ("completed", 2)


async def test_a_server_that_stops_leaves_at_once(jobs_url: str, there: Machine, at: Path) -> None:
    async with server(jobs_url, at):
        id = await there.queue.submit("hang")
        await until(lambda: ran(at))
    job = await there.queue.get(id)
    assert (job.status, job.attempt) == ("pending", 0)
    assert await there.queue.live_workers() == []


async def test_a_short_outage_of_the_database_changes_nothing(
    jobs_url: str, there: Machine, tmp_path: Path
) -> None:
    async with way_to(jobs_url) as way, machine(way.url, tmp_path / "here", LONG) as here:
        gate = Gate(here.queue)
        async with here.queue.running(), there.queue.running():
            id = await here.queue.submit("gate")
            await gate.entered()
            owner = here.owner
            await way.cut()
            await until(lambda: here.queue.problem)
            gate.open.set()  # its end has to wait
            await until(lambda: gate.ended)
            await way.mend()
            job = await there.over(id)
            await until(lambda: here.queue.problem is None)
            assert here.owner == owner
    assert (job.status, job.attempt, job.owner) == ("completed", 1, owner)


async def test_a_machine_that_was_cut_off_for_too_long_finds_that_others_went_on(
    jobs_url: str, there: Machine, tmp_path: Path
) -> None:
    theirs = Gate(there.queue, repeatable=True)
    theirs.open.set()
    async with way_to(jobs_url) as way, machine(way.url, tmp_path / "here", SHORT) as here:
        gate = Gate(here.queue, repeatable=True)
        async with here.queue.running():
            id = await here.queue.submit("gate")
            await gate.entered()
            first = here.owner
            await way.cut()
            async with there.queue.running():
                done = await there.over(id)
            assert gate.ended == []  # it knows nothing of that yet
            await way.mend()
            await until(lambda: here.owner != first)
            await until(lambda: not here.queue.active)
            gate.open.set()
            other = await here.over(await here.queue.submit("gate"))
        assert await there.queue.get(id) == done
    assert (done.status, done.attempt, done.owner) == ("completed", 2, there.owner)
    assert (other.status, other.owner) == ("completed", here.owner)
    assert gate.ended == [other.id]


@pytest.mark.parametrize("lease", [SHORT, pytest.param(LEASE_SECONDS, marks=pytest.mark.faults)])
async def test_an_outage_for_everybody_takes_no_job_away_from_who_comes_back(
    jobs_url: str, there: Machine, tmp_path: Path, lease: float
) -> None:
    """All leases have ended by then, and each could settle the jobs of the others."""
    async with (
        way_to(jobs_url) as way,
        machine(way.url, tmp_path / "one", lease) as one,
        machine(way.url, tmp_path / "another", lease) as another,
    ):
        gates = [Gate(each.queue, type) for each, type in ((one, "one"), (another, "another"))]
        async with one.queue.running(), another.queue.running():
            ids = [await one.queue.submit("one"), await another.queue.submit("another")]
            for gate in gates:
                await gate.entered()
            owners = {one.owner, another.owner}
            await way.cut()

            async def all_ended() -> bool:
                return (await there.workers.look_for_dead()).expired and (
                    await there.queue.live_workers() == []
                )

            await until(all_ended, PATIENCE + 2 * lease)
            await way.mend()
            for each in (one, another):
                await renewed(there, each.owner, 6, PATIENCE + 2 * lease)  # as long as a lease
                assert each.owner in owners
            for gate in gates:
                gate.open.set()
            jobs = [await there.over(id) for id in ids]
    assert [(job.status, job.attempt) for job in jobs] == [("completed", 1)] * 2
    assert {job.owner for job in jobs} == owners


def test_a_lease_is_not_renewed_for_a_queue_whose_event_loop_is_gone(jobs_url: str) -> None:
    """It has not left: its process goes on without it."""

    async def begin() -> LeaseOwner:
        server = AsyncStore.open(jobs_url).server
        assert server is not None
        return LeaseOwner("gone", server, SHORT, lambda: None)

    with Store.open(jobs_url) as store:
        workers = WorkerRepository(store)
        workers.join(stranger("gone"), SHORT)
        owner = asyncio.run(begin())
        owner._renewing.join(PATIENCE)
        assert not owner._renewing.is_alive()
        assert workers.renew("gone", SHORT), "nobody has ended it either"
