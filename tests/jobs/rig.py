"""One suite for every dispatcher: how a test has it run jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from mustela.jobs import AsyncioJobQueue, InMemoryJobQueue, Job, JobContext

#: Seconds after which a test gives up waiting for what should have happened long ago.
PATIENCE = 20.0


async def until(condition: Callable[[], Any]) -> None:
    """Wait on a condition."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = condition()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.005)


class Rig:
    """A queue in its ``running`` context."""

    def __init__(self, queue: AsyncioJobQueue | InMemoryJobQueue) -> None:
        self.queue = queue
        self._drain: asyncio.Task[Any] | None = None

    def start(self) -> None:
        """Have it run what is due, where it does not by itself."""
        if isinstance(self.queue, InMemoryJobQueue) and (self._drain is None or self._drain.done()):
            self._drain = asyncio.create_task(self.queue.drain())

    async def over(self, id: str) -> Job:
        """The job when it is over."""
        self.start()
        job = await self.queue.wait(id, PATIENCE)
        assert job.ended, job
        if self._drain is not None:
            await self._drain
        return job

    async def run(self, type: str, parameters: Any = None, **options: Any) -> Job:
        """Submit a job and see it through."""
        return await self.over(await self.queue.submit(type, parameters, **options))


class Gate:
    """A handler that says it has begun, and waits to be let through."""

    def __init__(self, queue: Any, type: str = "gate", **options: Any) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.open = asyncio.Event()
        queue.register_handler(type, self, **options)

    async def __call__(self, job: JobContext) -> str:
        self.begun.append(job.id)
        await self.open.wait()
        self.ended.append(job.id)
        return "through"

    async def entered(self, number: int = 1) -> None:
        """Wait until so many have begun."""
        await until(lambda: len(self.begun) >= number)
