"""Several processes on one file: nothing is lost, nothing runs twice at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mustela.jobs import (
    AsyncioJobQueue,
    Job,
    UnknownJobType,
    jobs_metadata,
    live_workers,
    run_or_follow,
    somebody_takes,
)
from mustela.jobs.file_presence import FileOwner, PresenceRefused, forget_dead, is_alive
from mustela.store import AsyncStore
from tests.jobs.rig import PATIENCE, Gate, until
from tests.jobs.servers import over, queue_of, ran, server


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "jobs.db")


@pytest.fixture
async def store(database: str) -> AsyncIterator[AsyncStore]:
    async with AsyncStore.open(database, create=[jobs_metadata]) as store:
        yield store


async def test_after_a_kill_a_repeatable_job_runs_again_and_another_one_fails(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    async with server(database, tmp_path) as process:
        again = await queue.submit("hang")
        once = await queue.submit("hang_once")
        await until(lambda: len(ran(tmp_path)) == 2)
        async with queue.running():  # the other process lives: its jobs are left alone
            assert await queue.recover() == []
            process.send_signal(signal.SIGKILL)
            await process.wait()
            failed = await over(queue, once)
            await until(lambda: len(ran(tmp_path)) == 3)
            (tmp_path / "go").touch()
            done = await over(queue, again)
    assert failed.error is not None
    assert (failed.status, failed.error.code, failed.attempt) == ("failed", "worker_died", 1)
    assert (done.status, done.result, done.attempt) == ("completed", "went", 2)
    assert ran(tmp_path).count(f"begin {once}") == 1
    assert ran(tmp_path)[-2:] == [f"begin {again}", f"end {again}"]
    assert [path.name for path in (tmp_path / "workers").iterdir()] == []


async def test_jobs_interrupted_by_a_kill_are_settled_at_the_next_start(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    async with server(database, tmp_path) as process:
        again, once = [await queue.submit(type) for type in ("hang", "hang_once")]
        await until(lambda: len(ran(tmp_path)) == 2)
        process.kill()
        await process.wait()
    assert [(await queue.get(id)).status for id in (again, once)] == ["running", "running"]
    (tmp_path / "go").touch()
    async with server(database, tmp_path):
        watched = queue_of(store, tmp_path)
        assert (await over(watched, again)).status == "completed"
        assert (await over(watched, once)).status == "failed"


async def test_two_queues_on_one_file_never_run_a_job_twice(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    async with server(database, tmp_path) as process, queue.running():
        ids = await asyncio.gather(*(queue.submit("meet") for _ in range(100)))
        pids = {(await over(queue, id)).result for id in ids}
    begun = [line.split()[1] for line in ran(tmp_path)]
    assert sorted(begun) == sorted(ids)
    assert process.pid in pids
    assert len(pids) == 2


async def test_a_job_in_another_process_is_cancelled_from_here(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    async with server(database, tmp_path):
        id = await queue.submit("hang")
        await until(lambda: ran(tmp_path))
        assert (await queue.cancel(id)).status == "running"
        assert (await over(queue, id)).status == "cancelled"
    assert ran(tmp_path) == [f"begin {id}"]


async def test_a_server_that_stops_hands_its_jobs_to_the_next(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    async with server(database, tmp_path):
        id = await queue.submit("hang")
        await until(lambda: ran(tmp_path))
    job = await queue.get(id)
    assert (job.status, job.attempt) == ("pending", 0)
    assert live_workers(tmp_path) == []


async def test_a_command_runs_its_job_itself_where_nobody_else_does(
    store: AsyncStore, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    id = await queue.submit("hang")
    assert not await somebody_takes(queue, "hang")
    seen: list[Job] = []

    def look(job: Job) -> None:
        seen.append(job)
        if job.progress.message == "hanging":
            (tmp_path / "go").touch()

    job = await run_or_follow(queue, id, look, interval=0.01)
    assert (job.status, job.result) == ("completed", "went")
    assert seen[0].status == "pending"
    assert seen[-1].status == "completed"
    assert live_workers(tmp_path) == []


async def test_a_command_follows_a_job_that_a_server_runs(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    async with server(database, tmp_path) as process:
        assert await somebody_takes(queue, "quick")
        assert not await somebody_takes(queue, "unheard")
        id = await queue.submit("quick")
        assert (await run_or_follow(queue, id, interval=0.01)).result == process.pid


async def test_a_command_takes_over_when_the_server_dies(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    async with server(database, tmp_path) as process:
        id = await queue.submit("hang")
        following = asyncio.create_task(run_or_follow(queue, id, interval=0.01))
        await until(lambda: ran(tmp_path))
        process.kill()
        await process.wait()
    (tmp_path / "go").touch()
    async with asyncio.timeout(PATIENCE):
        job = await following
    assert (job.status, job.attempt) == ("completed", 2)


async def test_a_command_that_is_interrupted_cancels_the_job_it_runs(
    store: AsyncStore, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    id = await queue.submit("hang")
    command = asyncio.create_task(run_or_follow(queue, id, interval=0.01))
    await until(lambda: ran(tmp_path))
    command.cancel()
    with pytest.raises(asyncio.CancelledError):
        await command
    assert (await queue.get(id)).status == "cancelled"


async def test_a_job_that_does_not_wait_is_not_run_here(store: AsyncStore, tmp_path: Path) -> None:
    queue = queue_of(store, tmp_path)
    id = await queue.submit("quick", paused=True)
    assert await queue.run_here(id) is None
    following = asyncio.create_task(run_or_follow(queue, id, interval=0.01))
    await queue.cancel(id)
    assert (await following).status == "cancelled"
    stranger = AsyncioJobQueue(store, data_dir=tmp_path)
    with pytest.raises(UnknownJobType):
        await stranger.run_here(id)


async def test_a_job_can_be_run_here_while_the_queue_takes_others(
    store: AsyncStore, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    queue._concurrency = 1
    gate = Gate(queue)
    async with queue.running():
        busy = await queue.submit("gate")
        await gate.entered()
        id = await queue.submit("quick")
        job = await queue.run_here(id)
        assert job is not None
        assert job.status == "completed"
        gate.open.set()
        await over(queue, busy)


def test_who_lives_is_told_by_a_lock_and_the_dead_are_forgotten(tmp_path: Path) -> None:
    alive, gone = FileOwner(tmp_path, ["scan"]), FileOwner(tmp_path, [])
    assert {worker.owner for worker in live_workers(tmp_path)} == {alive.owner, gone.owner}
    gone.leave()
    gone.leave()
    stale = tmp_path / "workers" / "killed.lock"
    stale.write_text("{}")
    assert not is_alive(tmp_path, "killed")
    assert not is_alive(tmp_path, gone.owner)
    assert is_alive(tmp_path, alive.owner)
    (tmp_path / "workers" / "young.new").touch()
    forget_dead(tmp_path)
    assert not stale.exists()
    assert (tmp_path / "workers" / "young.new").exists()
    (worker,) = live_workers(tmp_path)
    assert (worker.owner, set(worker.takes)) == (alive.owner, {"scan"})
    alive.leave()
    assert live_workers(tmp_path) == []
    assert live_workers(tmp_path / "nowhere") == []


def test_a_directory_that_cannot_be_written_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "workers").write_text("a file")
    with pytest.raises(PresenceRefused, match="workers"):
        FileOwner(tmp_path, [])
