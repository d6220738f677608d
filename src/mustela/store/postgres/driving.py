"""The two shells around the generators: one waits in a thread, one on an event loop."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg.waiting import wait, wait_async

from mustela.store.postgres.errors import raised
from mustela.store.postgres.link import Link, Waits

T = TypeVar("T")

#: Seconds between two looks for a signal, while a thread waits for the server.
_LOOK = 0.1
#: Seconds that the server has for stopping a statement that nobody waits for any more.
_STOPPING = 2.0


def drive(link: Link, work: Waits[T]) -> T:
    """Wait in this thread. Interrupted (Ctrl-C), it stops the statement and hangs up."""
    try:
        return wait(work, link.socket, interval=_LOOK)
    except BaseException as error:
        if _is_halfway(work):
            with suppress(psycopg.Error):
                link.connection.cancel_safe(timeout=_STOPPING)
            _hang_up(link, work)
        if isinstance(error, psycopg.Error):
            raise raised(error, link) from error
        raise


async def drive_async(link: Link, work: Waits[T]) -> T:
    """Wait on the event loop. Cancelled, it stops the statement and hangs up."""
    try:
        return await wait_async(work, link.socket, interval=1.0)
    except BaseException as error:
        if _is_halfway(work):
            try:
                with suppress(psycopg.Error):
                    await link.connection.cancel_safe(timeout=_STOPPING)
            finally:
                _hang_up(link, work)
        if isinstance(error, psycopg.Error):
            raise raised(error, link) from error
        raise


def _is_halfway(work: Any) -> bool:
    """Whether what was raised came from the waiting: then there may be answers left to read."""
    return work.gi_frame is not None


def _hang_up(link: Link, work: Waits[Any]) -> None:
    link.close()
    with suppress(psycopg.Error):
        work.close()
