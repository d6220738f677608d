"""How a command gets its job done: whoever takes jobs runs it; where nobody does, the command.

Commands never speak HTTP: the database is all they share with a server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mustela.jobs.embedded import AsyncioJobQueue
from mustela.jobs.pause_operations import Paused
from mustela.jobs.record import Job

#: Seconds between two looks.
FOLLOW_SECONDS = 0.25


async def somebody_takes(queue: AsyncioJobQueue, type: str) -> bool:
    """Whether a living process takes jobs of this type by itself."""
    return any(type in worker.takes for worker in await queue.live_workers())


async def run_or_follow(
    queue: AsyncioJobQueue,
    id: str,
    on_change: Callable[[Job], None] = lambda job: None,
    interval: float = FOLLOW_SECONDS,
    on_wait: Callable[[Job, Paused], None] = lambda job, paused: None,
) -> Job:
    """The job when it is over; ``on_change`` is shown it each ``interval`` seconds until then.

    While it waits, ``on_wait`` is shown it with what is held back: that may be why.
    Where the process that runs it dies, it is settled; where nobody is left who takes jobs of
    its type, it is run here. A caller that is cancelled cancels the job only where it runs here.
    """
    while True:
        job = await queue.get(id)
        on_change(job)
        if job.ended:
            return job
        if job.status == "pending":
            on_wait(job, await queue.paused())
        if not await somebody_takes(queue, job.type):
            if job.status == "running":
                await queue.recover()
            else:
                await _run_here(queue, id, on_change, interval)
                continue
        await asyncio.sleep(interval)


async def _run_here(
    queue: AsyncioJobQueue, id: str, on_change: Callable[[Job], None], interval: float
) -> None:
    here = asyncio.create_task(queue.run_here(id))
    try:
        while not (await asyncio.wait([here], timeout=interval))[0]:
            on_change(await queue.get(id))
    finally:
        here.cancel()
        await asyncio.wait([here])
    if here.result() is None:  # somebody else has it, or it is not due
        await asyncio.sleep(interval)
