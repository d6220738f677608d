"""Loops that go on whatever goes wrong in them, and tasks that know nothing of who began them."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from typing import Any

logger = logging.getLogger(__name__)

#: Seconds between two tries of what fails again and again: at first, and at most.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
STUMBLED = "the job queue stumbled"


class Pauses:
    """How long to wait before the next try: longer each time, with jitter."""

    def __init__(self) -> None:
        self._next = FIRST_PAUSE

    def next(self) -> float:
        """Seconds."""
        pause = self._next * random.uniform(0.5, 1.0)
        self._next = min(2 * self._next, LONGEST_PAUSE)
        return pause

    def reset(self) -> None:
        """It worked."""
        self._next = FIRST_PAUSE


class Supervisor:
    """The loops of one period of work, from its start until :meth:`stop`."""

    def __init__(self) -> None:
        self._problems: dict[str, str] = {}
        self._stop = asyncio.Event()
        # Whoever begins a task may be inside of a transaction, or act for somebody.
        self._outside = contextvars.copy_context()

    @property
    def stopping(self) -> bool:
        """Whether it is over."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Let the loops end after their present step."""
        self._stop.set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task in the context that this supervisor was made in."""
        return asyncio.create_task(work, context=self._outside.copy())

    def repeat(self, step: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Do ``step`` again and again; where it fails, say so and wait a while."""
        return self.spawn(self._repeat(step))

    async def _repeat(self, step: Callable[[], Awaitable[None]]) -> None:
        pauses = Pauses()
        stumbled = False
        while not self.stopping:
            try:
                await step()
            except Exception as error:  # noqa: BLE001  # the edge of a worker: it goes on
                stumbled = True
                self.complain(STUMBLED, error)
                await self.pause(pauses.next())
            else:
                pauses.reset()
                if stumbled:
                    stumbled = False
                    self.well(STUMBLED)

    def complain(self, what: str, error: BaseException) -> None:
        """Remember that something fails; it is logged when it is new."""
        if what not in self._problems:
            logger.error("%s, and is tried again", what, exc_info=error)
        self._problems[what] = str(error)

    def well(self, what: str) -> None:
        """It does not fail any more."""
        self._problems.pop(what, None)

    @property
    def problem(self) -> str | None:
        """Something that fails just now."""
        return next((f"{what}: {error}" for what, error in self._problems.items()), None)

    async def until_stopped(self) -> None:
        """Wait for the end."""
        await self._stop.wait()

    async def pause(self, seconds: float) -> None:
        """Sleep, but not beyond the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()


async def until_done(tasks: Collection[asyncio.Task[Any]], seconds: float) -> None:
    """Wait for tasks, but no longer than this; whatever becomes of them."""
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)


def when_done(tasks: Collection[asyncio.Task[None]], act: Callable[[], None]) -> None:
    """``act`` when the last of these has ended; at once where there is none."""
    left = set(tasks)
    if not left:
        act()

    def ended(task: asyncio.Task[None]) -> None:
        left.discard(task)
        if not left:
            act()

    for task in list(left):
        task.add_done_callback(ended)
