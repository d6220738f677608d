"""Waiting for the ticks of schedules."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from mustela.jobs.control import QueueControl

#: No sleep is longer (seconds): a wall clock that was set forward is noticed by then, and so is
#: a tick whose process has died.
LONGEST_SLEEP = 60.0


class Ticker:
    """Has a queue make the jobs of its schedules, at the time of their ticks."""

    def __init__(self, queue: QueueControl) -> None:
        self._queue = queue
        self._again = asyncio.Event()
        self._due = float("inf")

    def look_again(self) -> None:
        """Schedules have changed."""
        self._again.set()

    def heard_of(self, next_at: int | None) -> None:
        """Somebody has seen when the next tick comes: it may be sooner than what was known."""
        if next_at is not None and next_at < self._due:
            self._again.set()

    async def step(self) -> None:
        """Make what is due, then sleep until the next tick."""
        self._again.clear()
        queue = self._queue
        due = await queue.schedules.next_at(queue.types)
        while due is not None and due <= queue.now():
            await queue.fire_due()
            due = await queue.schedules.next_at(queue.types)
        self._due = float("inf") if due is None else due
        sleep = LONGEST_SLEEP
        if due is not None:
            sleep = min(max(0.0, (due - queue.now()) / 1_000_000), LONGEST_SLEEP)
        with suppress(TimeoutError):
            async with asyncio.timeout(sleep):
                await self._again.wait()
