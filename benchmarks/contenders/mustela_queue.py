"""Mustela's own queue: ``mustela_queue DATABASE``, which is made."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from benchmarks.job_rows import TYPE, AsyncRows
from benchmarks.turns import serve
from mustela.commands.process import settle
from mustela.jobs import AsyncioJobQueue, JobContext, jobs_metadata
from mustela.store import AsyncStore

FILL = 40_000
AT_ONCE = 10


class Counting:
    """A queue that tells of each job whose end is committed."""

    ended: asyncio.Semaphore

    def _tell(self, id: str) -> None:
        super()._tell(id)
        self.ended.release()


class CountingQueue(Counting, AsyncioJobQueue):
    """The embedded one."""


class Bench:
    """What is measured, on a queue that counts; ``fill`` is more than a round executes."""

    def __init__(self, store: AsyncStore, queue: Any, fill: int = FILL) -> None:
        self.rows = AsyncRows(store)
        self.filled = fill
        self.queue = queue
        self.queue.ended = asyncio.Semaphore(0)
        self.queue.register_handler(TYPE, self.no_op)
        self.held = False

    async def no_op(self, job: JobContext) -> None:
        pass

    async def enqueue(self) -> object:
        return await self.queue.submit(TYPE, {"n": 1})

    async def execute(self) -> None:
        if self.held:
            self.held = False
            await self.queue.resume()
        await self.queue.ended.acquire()

    async def hold(self) -> None:
        """Let nothing run, and wait until nothing does."""
        await self.queue.pause()
        while self.queue._active:  # noqa: ASYNC110  # a benchmark may look
            await asyncio.sleep(0.001)
        self.queue.ended = asyncio.Semaphore(0)
        self.held = True

    async def fill(self) -> None:
        await self.hold()
        waiting = await self.queue.jobs.count_jobs(status="pending", most=self.filled)
        await self.rows.add(self.filled - waiting)


async def answer(bench: Bench) -> None:
    """Do what the coordinator asks for."""
    async with bench.queue.running():
        await serve(
            {
                "enqueue": bench.enqueue,
                "execute": bench.execute,
                "hold": bench.hold,
                "fill": bench.fill,
            }
        )


async def main(database: str) -> None:
    settle()  # as the server does
    async with AsyncStore.open(database, create=[jobs_metadata]) as store:
        await answer(Bench(store, CountingQueue(store, concurrency=AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
