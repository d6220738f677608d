"""What goes wrong around a queue: processes that stop or die, clocks, locks, and full disks.

Each fault is short here; ``make faults`` lets those last for minutes that may in life.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mustela.jobs import AsyncioJobQueue, JobContext, jobs_metadata, live_workers, wall_clock
from mustela.store import AsyncStore, from_microseconds
from mustela.store.sqlite.connection import Patience
from mustela.store.testing.faults import DISK_FULL, FaultyDisk
from tests.jobs.rig import Gate, until
from tests.jobs.servers import over, queue_of, ran, server
from tests.jobs.test_handlers import gone
from tests.store.faulty import writer_connection

#: How often the living ask who is dead: for short faults many times, for long ones as in life.
SHORT, LONG = pytest.param(0.02, 10), pytest.param(2.0, 75, marks=pytest.mark.faults)
HOUR = 3_600_000_000


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "jobs.db")


@pytest.fixture
async def store(database: str) -> AsyncIterator[AsyncStore]:
    async with AsyncStore.open(database, create=[jobs_metadata]) as store:
        yield store


class Recoveries:
    """Counts how often a queue has looked for dead processes."""

    def __init__(self, queue: AsyncioJobQueue) -> None:
        self.number = 0
        self._recover = queue.recover
        queue.__dict__["recover"] = self

    async def __call__(self) -> object:
        self.number += 1
        return await self._recover()

    async def reach(self, number: int) -> None:
        """Wait for so many more."""
        until_number = self.number + number
        while self.number < until_number:
            await asyncio.sleep(0.01)


class Tries:
    """Counts how often a queue has tried to write how a job ended."""

    def __init__(self, queue: AsyncioJobQueue) -> None:
        self.number = 0
        self._finish = queue.jobs.finish
        queue.jobs.__dict__["finish"] = self

    async def __call__(self, *args: Any, **options: Any) -> bool:
        self.number += 1
        return await self._finish(*args, **options)


BLOCK = """
import sys
import apsw

connection = apsw.Connection(sys.argv[1])
connection.execute("BEGIN IMMEDIATE")
print("blocked", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""


@asynccontextmanager
async def blocked(database: str) -> AsyncIterator[None]:
    """Another process has the write lock."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", BLOCK, database, stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"blocked\n"
    try:
        yield
    finally:
        process.stdin.close()
        await process.wait()


# Processes.


@pytest.mark.parametrize(("seconds", "looks"), [SHORT, LONG])
async def test_the_jobs_of_a_stopped_process_are_not_taken(
    store: AsyncStore,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    looks: int,
) -> None:
    monkeypatch.setattr("mustela.jobs.embedded.RECOVER_SECONDS", seconds)
    queue = queue_of(store, tmp_path)
    recoveries = Recoveries(queue)
    async with server(database, tmp_path) as process:
        ids = [await queue.submit(type) for type in ("hang", "hang_once")]

        async def written() -> bool:
            jobs = [await queue.get(id) for id in ids]
            return all(job.progress.message == "hanging" for job in jobs)

        await until(written)  # so that it is not stopped while it holds the database's lock
        process.send_signal(signal.SIGSTOP)
        async with queue.running():
            await recoveries.reach(looks)
            assert [(await queue.get(id)).status for id in ids] == ["running", "running"]
            other = await queue.submit("quick")
            assert (await over(queue, other)).status == "completed"
            process.send_signal(signal.SIGCONT)
            (tmp_path / "go").touch()
            jobs = [await over(queue, id) for id in ids]
    assert [(job.status, job.attempt) for job in jobs] == [("completed", 1)] * 2
    assert sorted(line for line in ran(tmp_path) if line.split()[1] in ids) == sorted(
        f"{word} {id}" for word in ("begin", "end") for id in ids
    )


@pytest.mark.parametrize(("seconds", "looks"), [SHORT, LONG])
async def test_the_jobs_of_a_process_with_a_blocked_loop_are_not_taken(
    store: AsyncStore,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    looks: int,
) -> None:
    monkeypatch.setattr("mustela.jobs.embedded.RECOVER_SECONDS", seconds)
    queue = queue_of(store, tmp_path)
    recoveries = Recoveries(queue)
    async with server(database, tmp_path):
        id = await queue.submit("block", timeout=0.01)  # its alarm cannot ring either
        await until(lambda: ran(tmp_path))
        async with queue.running():
            await recoveries.reach(looks)
            assert (await queue.get(id)).status == "running"
            (tmp_path / "go").touch()
            job = await over(queue, id)
    assert (job.status, job.attempt) == ("completed", 1)
    assert ran(tmp_path) == [f"begin {id}"]


async def test_a_job_that_kills_its_process_is_not_begun_for_ever(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    poison, once = [await queue.submit(type) for type in ("die", "die_once")]
    for _ in range(5):
        if not [job for job in (await queue.jobs.list_jobs()).items if not job.ended]:
            break
        async with server(database, tmp_path) as process:
            await process.wait()
        await queue.recover()
    jobs = [await queue.get(id) for id in (poison, once)]
    assert [(job.status, job.attempt) for job in jobs] == [("failed", 3), ("failed", 1)]
    assert all(job.error is not None and job.error.code == "worker_died" for job in jobs)
    assert ran(tmp_path).count(f"begin {poison}") == 3


async def test_what_a_killed_process_has_started_dies_with_it(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    async with server(database, tmp_path) as process:
        id = await queue.submit("child")

        async def hangs() -> bool:
            return (await queue.get(id)).progress.message == "hanging"

        await until(hangs)
        progress = (await queue.get(id)).progress
        process.kill()
        await process.wait()
    child, grandchild = progress.done or 0, progress.total or 0
    await until(lambda: gone(child) and gone(grandchild))
    await queue.recover()
    assert (await queue.get(id)).status == "failed"


async def test_a_schedule_makes_one_job_a_tick_over_all_processes(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    async with server(database, tmp_path), server(database, tmp_path), queue.running():
        await queue.schedule("each-second", "* * * * * *", "quick")

        async def enough() -> bool:
            return await queue.jobs.total_jobs() >= 3

        await until(enough)
        await queue.schedules.remove("each-second")
    made = [job.created_at_us // 1_000_000 for job in (await queue.jobs.list_jobs()).items]
    assert len(set(made)) == len(made)


async def test_a_pause_holds_in_every_process_and_after_a_restart(
    store: AsyncStore, database: str, tmp_path: Path
) -> None:
    queue = queue_of(store, tmp_path)
    (tmp_path / "go").touch()
    async with server(database, tmp_path):
        await queue.pause(type="quick")
        held = await queue.submit("quick", priority=5)
        assert (await over(queue, await queue.submit("hang"))).status == "completed"
        assert (await queue.get(held)).status == "pending"
    async with server(database, tmp_path):
        assert (await over(queue, await queue.submit("hang"))).status == "completed"
        assert (await queue.get(held)).status == "pending"
        await queue.resume(type="quick")
        assert (await over(queue, held)).status == "completed"


# Clocks.


class SetClock:
    """The wall clock, set back or forward by somebody."""

    def __init__(self) -> None:
        self.set_by = 0

    def __call__(self) -> int:
        return wall_clock() + self.set_by


@pytest.mark.parametrize("set_by", [-HOUR, 24 * HOUR], ids=["an hour back", "a day forward"])
async def test_a_clock_that_is_set_ends_no_running_job_and_holds_up_no_new_one(
    store: AsyncStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_by: int
) -> None:
    monkeypatch.setattr("mustela.jobs.embedded.RECOVER_SECONDS", 0.01)
    monkeypatch.setattr("mustela.jobs.embedded.LONGEST_SLEEP", 0.02)
    monkeypatch.setattr("mustela.jobs.ticking.LONGEST_SLEEP", 0.02)
    clock = SetClock()
    queue = AsyncioJobQueue(store, data_dir=tmp_path, watch=True, clock=clock)
    gate, quick = Gate(queue), Gate(queue, "quick")
    quick.open.set()
    recoveries = Recoveries(queue)
    await queue.schedule("daily", "0 0 * * *", "quick")
    async with queue.running():
        running = await queue.submit("gate", timeout=60, stall_timeout=60)
        later = await queue.submit("quick", run_at=None, paused=True)
        await gate.entered()
        clock.set_by = set_by
        await recoveries.reach(5)
        assert (await queue.get(running)).status == "running"
        assert (await over(queue, await queue.submit("quick"))).status == "completed"
        ticks = 0 if set_by < 0 else 1

        async def ticked() -> bool:
            jobs = (await queue.jobs.list_jobs(type="quick", status="completed")).items
            return sum(job.actor == "schedule:daily" for job in jobs) == ticks

        await until(ticked)
        gate.open.set()
        job = await over(queue, running)
        await queue.cancel(later)
    assert (job.status, job.attempt) == ("completed", 1)
    assert await ticked()


async def test_a_delayed_job_begins_when_the_clock_is_set_beyond_its_time(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.jobs.embedded.LONGEST_SLEEP", 0.02)
    clock = SetClock()
    queue = AsyncioJobQueue(store, clock=clock)
    gate = Gate(queue)
    gate.open.set()
    async with queue.running():
        id = await queue.submit("gate", run_at=from_microseconds(clock() + HOUR))
        clock.set_by = 24 * HOUR
        assert (await over(queue, id)).status == "completed"


# Locks and disks.


@pytest.mark.parametrize(
    ("patience", "problems"), [(0.05, 1), pytest.param(5.0, 10, marks=pytest.mark.faults)]
)
async def test_while_another_process_blocks_the_writer_jobs_wait_and_none_is_lost(
    store: AsyncStore, database: str, tmp_path: Path, patience: float, problems: int
) -> None:
    """The long one holds the lock for a minute: ten tries that each wait for 5 s."""
    queue = AsyncioJobQueue(store, data_dir=tmp_path)
    gate = Gate(queue)
    writer_connection(store).set_busy_handler(Patience(patience))
    tries = Tries(queue)
    async with queue.running():
        id = await queue.submit("gate")
        await gate.entered()
        async with blocked(database):
            gate.open.set()
            while tries.number <= problems:
                await asyncio.sleep(0.01)
            assert queue.problem is not None
            assert (await queue.get(id)).status == "running"
        job = await over(queue, id)
        assert (await over(queue, await queue.submit("gate"))).status == "completed"
        await until(lambda: queue.problem is None)
    assert (job.status, job.attempt) == ("completed", 1)
    assert gate.begun.count(id) == 1


async def test_a_job_that_ends_while_the_disk_is_full_is_completed_when_there_is_room(
    tmp_path: Path,
) -> None:
    with FaultyDisk() as disk:
        path = tmp_path / "jobs.db"
        async with AsyncStore.open(path, create=[jobs_metadata], vfs=disk.name) as store:
            queue = AsyncioJobQueue(store, data_dir=tmp_path)
            gate = Gate(queue)
            async with queue.running():
                id = await queue.submit("gate")
                await gate.entered()
                with disk.failing(DISK_FULL):
                    gate.open.set()
                    await until(lambda: queue.problem is not None)
                    assert (await queue.get(id)).status == "running"
                job = await over(queue, id)
                assert (await over(queue, await queue.submit("gate"))).status == "completed"
    assert (job.status, job.attempt) == ("completed", 1)
    assert gate.begun.count(id) == 1


# Handlers.


async def test_a_handler_that_does_not_heed_its_cancellation_keeps_its_slot(
    store: AsyncStore, tmp_path: Path
) -> None:
    queue = AsyncioJobQueue(store, data_dir=tmp_path, concurrency=1)
    begun, cancelled, go = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def deaf(job: JobContext) -> None:
        begun.set()
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                cancelled.set()

    queue.register_handler("deaf", deaf)
    gate = Gate(queue)
    gate.open.set()
    async with queue.running():
        id = await queue.submit("deaf")
        await begun.wait()
        waiting = await queue.submit("gate")
        assert (await queue.cancel(id)).status == "running"
        await cancelled.wait()
        await queue._claim()
        assert (gate.begun, (await queue.get(id)).status) == ([], "running")
        go.set()
        assert (await over(queue, id)).status == "cancelled"
        assert (await over(queue, waiting)).status == "completed"
    assert live_workers(tmp_path) == []
