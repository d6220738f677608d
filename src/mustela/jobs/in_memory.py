"""The queue of tests: the same rows and the same rules, and nothing runs until it is told to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Self

from mustela.jobs.control import Clock
from mustela.jobs.core import QueueCore
from mustela.jobs.execution import Execution
from mustela.jobs.record import Job
from mustela.store import AsyncStore, from_microseconds, to_microseconds

OWNER = "in-memory"
START = to_microseconds(datetime.fromisoformat("2026-01-01T00:00:00Z"))


class ManualClock:
    """A clock that goes on only when it is told to. Calling it answers microseconds since 1970."""

    def __init__(self, now: int = START) -> None:
        self._now = now

    def __call__(self) -> int:
        return self._now

    @property
    def time(self) -> datetime:
        """What it shows, UTC."""
        return from_microseconds(self._now)

    def advance(self, seconds: float) -> None:
        """Let time pass; negative seconds set the clock back."""
        self._now += timedelta(seconds=seconds) // timedelta(microseconds=1)


class InMemoryJobQueue(QueueCore):
    """Runs a job when :meth:`run_next` or :meth:`drain` is called.

    ``store`` is mostly ``AsyncStore.memory(jobs_metadata)``. Time limits are real seconds; what
    is due is said by the ``clock``.
    """

    def __init__(self, store: AsyncStore, *, clock: Clock | None = None) -> None:
        self.clock = ManualClock() if clock is None else clock
        super().__init__(store, clock=self.clock)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Nothing runs by itself here either."""
        yield self

    async def run_next(self) -> Job | None:
        """Run the next job that is due, and answer it as it is then; ``None``: there is none.

        Ticks of schedules that have come by then make their jobs first.
        """
        await self.fire_due()
        wanted = self._registry.room(1, (one.job.type for one in self._active.values()))
        claim = await self.jobs.claim(OWNER, wanted, 1, at=self._clock())
        if not claim.jobs:
            return None
        execution = self._begin(claim.jobs[0])
        try:
            await self._run(execution)
        finally:
            del self._active[execution.job.id]
            self._tell(execution.job.id)
        return await self.get(execution.job.id)

    async def _run(self, execution: Execution) -> None:
        outcome = await execution.run()
        await self._write(execution, outcome, execution.context.take_report())

    async def drain(self) -> list[Job]:
        """Run what is due until nothing is, also what jobs submit; the jobs in their order."""
        ran: list[Job] = []
        while (job := await self.run_next()) is not None:
            ran.append(job)
        return ran
