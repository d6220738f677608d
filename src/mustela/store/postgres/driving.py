"""The two shells around the generators: one waits in a thread, one on an event loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TypeVar

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
    except psycopg.Error as error:
        raise raised(error, link) from error
    except KeyboardInterrupt:
        with suppress(psycopg.Error):
            link.connection.cancel_safe(timeout=_STOPPING)
        work.close()
        link.close()
        raise


async def drive_async(link: Link, work: Waits[T]) -> T:
    """Wait on the event loop. Cancelled, it stops the statement and hangs up."""
    try:
        return await wait_async(work, link.socket, interval=1.0)
    except psycopg.Error as error:
        raise raised(error, link) from error
    except asyncio.CancelledError:
        with suppress(psycopg.Error):
            await link.connection.cancel_safe(timeout=_STOPPING)
        work.close()
        link.close()
        raise
