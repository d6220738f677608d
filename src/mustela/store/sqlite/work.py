"""A call on its way to a thread, and its answer on the way back to the event loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from mustela.store.operation import Call


class Work:
    """A unit that somebody awaits. Threads settle it; the loop delivers what is settled."""

    __slots__ = ("call", "error", "future", "taken", "value")

    def __init__(self, call: Call, future: asyncio.Future[Any]) -> None:
        self.call = call
        self.future = future
        self.taken = False
        self.value: Any = None
        self.error: BaseException | None = None

    def take(self) -> bool:
        """Claim it for running; False when its caller was cancelled before."""
        if not self.taken:
            self.taken = not self.future.cancelled()
        return self.taken


def deliver(finished: list[Work]) -> None:
    """On the loop: hand each result or error to whoever still waits for it."""
    for work in finished:
        future = work.future
        if not future.done():
            if work.error is None:
                future.set_result(work.value)
            else:
                future.set_exception(work.error)


class Mailbox:
    """The way back to the loop, which may be gone by then."""

    __slots__ = ("_loop",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def deliver(self, finished: list[Work]) -> None:
        if finished:
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                self._loop.call_soon_threadsafe(deliver, finished)
