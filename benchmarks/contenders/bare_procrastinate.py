"""Procrastinate by itself: ``bare_procrastinate URL`` of an empty database.

Its own worker, as its documentation has it; rows of jobs that have succeeded are deleted.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import procrastinate
from procrastinate.manager import JobManager

from benchmarks.turns import serve
from mustela.commands.process import settle

AT_ONCE = 10
#: More than a round executes, and so many are added at once.
FILL, PAGE = 10_000, 1_000


class Counting(JobManager):
    """Tells of each job whose end is committed."""

    ended: asyncio.Semaphore

    async def finish_job(self, *args: Any, **kwargs: Any) -> None:
        await super().finish_job(*args, **kwargs)
        self.ended.release()


class Bench:
    """What is measured."""

    def __init__(self, app: procrastinate.App, manager: Counting) -> None:
        self.app, self.manager = app, manager
        manager.ended = asyncio.Semaphore(0)
        self.worker: asyncio.Task[None] | None = None

        @app.task(name="noop")
        async def no_op(n: int) -> None:
            pass

        self.no_op = no_op

    async def enqueue(self) -> object:
        return await self.no_op.defer_async(n=1)

    async def execute(self) -> None:
        if self.worker is None:
            self.worker = asyncio.create_task(
                self.app.run_worker_async(
                    concurrency=AT_ONCE,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                )
            )
        await self.manager.ended.acquire()

    async def hold(self) -> None:
        """Let nothing run, and wait until nothing does."""
        if self.worker is not None:
            self.worker.cancel()
            await asyncio.wait([self.worker])
            self.worker = None
        self.manager.ended = asyncio.Semaphore(0)

    async def fill(self) -> None:
        await self.hold()
        found = await self.app.connector.execute_query_one_async(
            "SELECT count(*) AS waiting FROM procrastinate_jobs WHERE status = 'todo'"
        )
        for _ in range((FILL - found["waiting"]) // PAGE):
            await self.no_op.batch_defer_async(*({"n": 1} for _ in range(PAGE)))


async def main(url: str) -> None:
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    settle()
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
    app.job_manager = manager = Counting(app.connector)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        bench = Bench(app, manager)
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
