"""Handlers that are plain functions: each runs in a thread of its own."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mustela.jobs.context import JobContext


def is_coroutine_function(handler: Callable[..., Any]) -> bool:
    """Whether calling ``handler`` blocks nobody."""
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(
        getattr(handler, "__call__", None)  # noqa: B004  # it is looked at, not only for
    )


async def run_in_thread(handler: Callable[[JobContext], Any], context: JobContext) -> Any:
    """What ``handler`` returns or raises.

    A thread cannot be ended from outside: who is cancelled here goes on waiting, and the handler
    learns of it from ``context.cancelled`` or ``context.check()``. Only when the queue has given
    up on it (``context.abandoned``) it is left to itself.
    """
    loop = asyncio.get_running_loop()
    returned: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
    variables = contextvars.copy_context()

    def work() -> None:
        value, raised = None, None
        try:
            value = variables.run(handler, context)
        except Exception as error:  # noqa: BLE001  # the edge of a worker: it is raised below
            raised = error
        except BaseException as error:  # noqa: BLE001  # raised on the loop it would end the server
            raised = RuntimeError(f"{type(error).__name__}: {error}")
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, value, raised)

    def settle(value: Any, raised: BaseException | None) -> None:
        if not returned.done():
            returned.set_result((value, raised))

    # Not of a pool, which would make a job wait for others; and it holds up no exit.
    threading.Thread(target=work, name=f"job {context.id}", daemon=True).start()
    while not returned.done():
        try:
            await asyncio.wait([returned])
        except asyncio.CancelledError:
            if context.abandoned:
                raise
    value, raised = returned.result()
    if raised is not None:
        raise raised
    return await value if inspect.isawaitable(value) else value
