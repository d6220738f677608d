"""Calls that may hang for good, such as a look at a network drive whose server is gone.

Each runs in a daemon thread of its own: the pool of ``asyncio.to_thread`` would be used up by
those that hang, and would be waited for at the end.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class Aside:
    """Runs at most one call under each name: who asks while it hangs waits for the same one."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Future[Any]] = {}

    async def call(self, name: str, function: Callable[[], T]) -> T:
        """What ``function`` answers. A caller that gives up leaves the call to itself."""
        running = self._running.get(name)
        if running is None:
            running = self._running[name] = _start(name, function)
            running.add_done_callback(lambda _: self._running.pop(name, None))
        found: T = await asyncio.shield(running)
        return found


def _start(name: str, function: Callable[[], T]) -> asyncio.Future[T]:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    future.add_done_callback(_seen)

    def deliver(set_outcome: Callable[[Any], None], outcome: Any) -> None:
        if not future.done():
            set_outcome(outcome)

    def work() -> None:
        set_outcome: Callable[[Any], None]
        outcome: Any
        try:
            set_outcome, outcome = future.set_result, function()
        except Exception as error:  # noqa: BLE001  # the edge of a thread: it belongs to the caller
            set_outcome, outcome = future.set_exception, error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(deliver, set_outcome, outcome)

    threading.Thread(target=work, name=f"mustela-aside-{name}", daemon=True).start()
    return future


def _seen(future: asyncio.Future[Any]) -> None:
    """Who asked may have given up, and an error is nobody's then."""
    if not future.cancelled():
        future.exception()
