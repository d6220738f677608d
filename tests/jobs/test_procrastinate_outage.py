"""The database goes away under running workers, and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mustela.jobs import Job, JobContext, JobRepository, jobs_metadata, new_job
from mustela.jobs.supervisor import STUMBLED
from mustela.store import AsyncStore, Store
from mustela.store.errors import StoreError
from mustela.store.testing.postgres import PostgresUnavailable
from tests.jobs.outage import RestartableServer
from tests.jobs.rig import Gate, until

pytest.importorskip("procrastinate", reason="needs mustela[postgres]")

from mustela.jobs.procrastinate import ProcrastinateJobQueue

pytestmark = pytest.mark.postgres


@pytest.fixture
def server() -> Iterator[RestartableServer]:
    try:
        server = RestartableServer().start()
    except PostgresUnavailable as error:
        pytest.skip(str(error))
    with server:
        yield server


async def test_workers_come_back_after_an_outage_of_seconds(
    server: RestartableServer, tmp_path: Path
) -> None:
    await outage(server, tmp_path)


@pytest.mark.faults
async def test_workers_come_back_after_an_outage_of_a_minute(
    server: RestartableServer, tmp_path: Path
) -> None:
    await outage(server, tmp_path, 60.0)


async def outage(server: RestartableServer, data_dir: Path, seconds: float = 0.0) -> None:
    """Nothing is lost: neither what runs meanwhile, nor what waits, nor what comes afterwards."""
    url = server.create_database()
    Store.open(url, create=[jobs_metadata]).close()
    ran: list[str] = []

    async def count(job: JobContext) -> None:
        ran.append(job.id)

    async with AsyncStore.open(url, pool_timeout=2.0) as store:
        queue = ProcrastinateJobQueue(store, url, data_dir=data_dir, concurrency=2)
        gate = Gate(queue)
        queue.register_handler("count", count)
        async with queue.running():
            during = await queue.submit("gate")
            await gate.entered()
            await queue.pause(type="count")
            waiting = [await queue.submit("count") for _ in range(5)]
            await queue.jobs.resume(type="count")  # the queue is not told
            await asyncio.to_thread(server.take_away)
            gate.open.set()
            await until(lambda: noticed(queue, during))
            await asyncio.sleep(seconds)
            assert queue.active >= 1, "its end cannot be written"
            await asyncio.to_thread(server.bring_back)
            later = await asyncio.to_thread(submit, url)
            for id in (during, *waiting, later):
                assert (await until_over(queue, id)).status == "completed"
            assert sorted(ran) == sorted([*waiting, later])
            await until(lambda: queue.problem is None)


def noticed(queue: ProcrastinateJobQueue, id: str) -> bool:
    """Whether everything that needs the database has failed by now."""
    found = queue._supervisor._problems if queue._supervisor is not None else {}
    return STUMBLED in found and any(id in what for what in found)


def submit(url: str) -> str:
    """By a program that knows nothing of workers."""
    with Store.open(url) as store:
        return JobRepository(store).submit(new_job("count")).id


async def until_over(queue: ProcrastinateJobQueue, id: str) -> Job:
    """The job when it is over; connections that were lost meanwhile are made anew."""

    async def found() -> bool:
        with suppress(StoreError):
            return (await queue.get(id)).ended
        return False

    await until(found)
    return await queue.get(id)
