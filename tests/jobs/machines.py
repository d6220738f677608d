"""Several machines in one process: queues with data directories of their own, one PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select

from mustela.jobs import AsyncioJobQueue, Job, LeasePresence, LiveWorker
from mustela.jobs.schema import job_workers
from mustela.jobs.worker_operations import AsyncWorkerRepository
from mustela.store import AsyncRepository, AsyncStore, Statement, Unit, all, read
from tests.jobs.rig import PATIENCE, until

#: Seconds of a lease where the dead are to be found soon.
SHORT = 0.6
#: Seconds of a lease that no test waits for.
LONG = 3600.0


_ENDS = Statement(
    select(job_workers.c.lease_until).where(job_workers.c.owner == bindparam("owner"))
)


class AsyncLeases(AsyncRepository):
    """When leases end, by the server's clock."""

    @read
    def ends(self, owner: str) -> Unit[list[int]]:
        return (yield from all(_ENDS, int, owner=owner))


class Machine:
    """A queue on a store of its own, with whatever else a test wants to know of it."""

    def __init__(self, store: AsyncStore, data_dir: Path, lease: float, **options: Any) -> None:
        data_dir.mkdir(exist_ok=True)
        self.store = store
        self.data_dir = data_dir
        self.workers = AsyncWorkerRepository(store)
        self.queue = AsyncioJobQueue(
            store,
            data_dir=data_dir,
            drain=0.1,
            presence=LeasePresence(store, lease=lease),
            **options,
        )

    @property
    def owner(self) -> str:
        return self.queue._owner

    async def over(self, id: str) -> Job:
        job = await self.queue.wait(id, PATIENCE)
        assert job.ended, job
        return job

    async def status(self, id: str) -> str:
        return (await self.queue.get(id)).status

    async def lives(self, owner: str) -> bool:
        return owner in {one.owner for one in await self.queue.live_workers()}

    async def lines(self, id: str) -> list[str]:
        return [line.text for line in await self.queue.jobs.tail_log(id)]


@asynccontextmanager
async def machine(
    url: str, data_dir: Path, lease: float = LONG, **options: Any
) -> AsyncIterator[Machine]:
    """One that has not begun to take jobs."""
    async with AsyncStore.open(url) as store:
        yield Machine(store, data_dir, lease, **options)


async def forget(one: Machine, owner: str) -> None:
    """Have the lease of an owner end now, as if nothing had been heard of it for too long."""
    assert await one.workers.renew(owner, -1.0)


async def renewed(one: Machine, owner: str, times: int, patience: float = PATIENCE) -> None:
    """Wait until an owner's lease was renewed so often."""
    seen: set[int] = set()

    async def often() -> bool:
        seen.update(await AsyncLeases(one.store).ends(owner))
        return len(seen) > times

    await until(often, patience)


def stranger(owner: str) -> LiveWorker:
    return LiveWorker(owner, 1, "elsewhere", frozenset(("gate",)), 1, "another")
