"""Mustela's own queue: ``mustela_queue DATABASE``, which is made."""

from __future__ import annotations

import asyncio
import sys

from benchmarks.job_rows import TYPE, AsyncRows
from benchmarks.turns import serve
from mustela.commands.process import settle
from mustela.jobs import AsyncioJobQueue, JobContext, jobs_metadata
from mustela.store import AsyncStore

#: More than a round executes.
FILL = 40_000
AT_ONCE = 10


class CountingQueue(AsyncioJobQueue):
    """Tells of each job whose end is committed."""

    ended: asyncio.Semaphore

    def _tell(self, id: str) -> None:
        super()._tell(id)
        self.ended.release()


class Bench:
    """What is measured."""

    def __init__(self, store: AsyncStore) -> None:
        self.rows = AsyncRows(store)
        self.queue = CountingQueue(store, concurrency=AT_ONCE)
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
        waiting = await self.queue.jobs.count_jobs(status="pending", most=FILL)
        await self.rows.add(FILL - waiting)


async def main(database: str) -> None:
    settle()  # as the server does
    async with AsyncStore.open(database, create=[jobs_metadata]) as store:
        bench = Bench(store)
        async with bench.queue.running():
            await serve(
                {
                    "enqueue": bench.enqueue,
                    "execute": bench.execute,
                    "hold": bench.hold,
                    "fill": bench.fill,
                }
            )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
