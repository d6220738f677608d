"""One suite for every dispatcher: how a test has it run jobs.

Another dispatcher is a rig (how it is made to run what is due) and a line in ``DISPATCHERS``, or in
``ON_POSTGRES`` where it needs a database of that kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from mustela.jobs import (
    AsyncioJobQueue,
    InMemoryJobQueue,
    Job,
    JobContext,
    JobQueue,
    ManualClock,
    jobs_metadata,
)
from mustela.store import AsyncStore

#: Seconds after which a test gives up waiting for what should have happened long ago.
PATIENCE = 20.0


async def until(condition: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Wait on a condition."""
    async with asyncio.timeout(patience):
        while True:
            found = condition()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.005)


class Rig:
    """A queue in its ``running`` context, on a clock that stands still until it is told."""

    def __init__(self, queue: Any, store: AsyncStore, clock: ManualClock) -> None:
        self.queue: JobQueue = queue
        self.core: Any = queue  # its insides
        self.store = store
        self.clock = clock

    def start(self) -> None:
        """Have it run what is due, where it does not by itself."""

    async def settle(self) -> None:
        """Let it do all that it can do without waiting for anything."""
        raise NotImplementedError

    def advance(self, seconds: float) -> None:
        """Let time pass, or (negative) set the clock back."""
        self.clock.advance(seconds)

    def interrupt(self, id: str) -> None:
        """The time of a running job is over."""
        self.core._active[id].interrupt("timeout")

    async def over(self, id: str) -> Job:
        """The job when it is over."""
        self.start()
        job = await self.queue.wait(id, PATIENCE)
        assert job.ended, job
        return job

    async def run(self, type: str, parameters: Any = None, **options: Any) -> Job:
        """Submit a job and see it through."""
        return await self.over(await self.queue.submit(type, parameters, **options))


class EmbeddedRig(Rig):
    """It takes jobs by itself, and notices at once that the clock was set."""

    async def settle(self) -> None:
        await self.core.fire_due()
        await self.core._claim()
        await until(lambda: not self.core._active)

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self.core.wake()
        self.core._ticker.look_again()


class InMemoryRig(Rig):
    """It runs jobs when it is told to."""

    _drain: asyncio.Task[Any] | None = None

    def start(self) -> None:
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self.core.drain())

    async def settle(self) -> None:
        await self.core.drain()

    async def over(self, id: str) -> Job:
        job = await super().over(id)
        if self._drain is not None:
            await self._drain
        return job


@asynccontextmanager
async def embedded(data_dir: Path) -> AsyncIterator[Rig]:
    clock = ManualClock()
    async with AsyncStore.memory(jobs_metadata) as store:
        queue = AsyncioJobQueue(store, data_dir=data_dir, drain=1.0, clock=clock)
        _register(queue)
        async with queue.running():
            yield EmbeddedRig(queue, store, clock)


@asynccontextmanager
async def in_memory(data_dir: Path) -> AsyncIterator[Rig]:
    clock = ManualClock()
    async with AsyncStore.memory(jobs_metadata) as store:
        queue = InMemoryJobQueue(store, clock=clock)
        async with queue.running():
            yield InMemoryRig(queue, store, clock)


@asynccontextmanager
async def procrastinate(data_dir: Path, url: str) -> AsyncIterator[Rig]:
    from mustela.jobs.procrastinate import ProcrastinateJobQueue  # noqa: PLC0415  # an extra

    clock = ManualClock()
    async with AsyncStore.open(url) as store:
        queue = ProcrastinateJobQueue(store, url, data_dir=data_dir, drain=1.0, clock=clock)
        _register(queue)
        async with queue.running():
            yield EmbeddedRig(queue, store, clock)


def _register(queue: JobQueue) -> None:
    """A queue takes the types that it knows when it begins."""

    async def nothing(job: JobContext) -> None:
        pass

    queue.register_handler("nothing", nothing)


DISPATCHERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Rig]]] = {
    "embedded": embedded,
    "in_memory": in_memory,
}
#: These are given the URL of a database that has all tables.
ON_POSTGRES: dict[str, Callable[[Path, str], AbstractAsyncContextManager[Rig]]] = {
    "procrastinate": procrastinate,
}


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
