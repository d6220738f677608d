"""Connections that are kept open and lent: for threads and for an event loop, side by side.

Nothing runs in the background. A connection is opened when somebody needs one and none is idle, so
a server that is away is known of at once, by who asks, and one that is back is used at once.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from mustela.store.errors import NoFreeConnection, StoreClosed
from mustela.store.postgres import steps
from mustela.store.postgres.errors import translate
from mustela.store.postgres.link import Link, Waits
from mustela.store.postgres.patience import PATIENCE, patience_beside

EXHAUSTED = (
    "every connection to the database is in use; try again, or allow more (database_pool_size)"
)


def waits(url: str) -> dict[str, Any]:
    """The time limits that the URL leaves open."""
    try:
        return patience_beside(conninfo_to_dict(url))
    except psycopg.Error as error:
        raise translate(error) from error


def connection_options(url: str) -> dict[str, Any]:
    """The URL's parameters, with a time limit for what may hang."""
    try:
        said = conninfo_to_dict(url)
    except psycopg.Error as error:
        raise translate(error) from error
    return {**PATIENCE, **said, "autocommit": True, "prepare_threshold": None}


def limited(link: Link, statement_limit: float | None) -> Waits[None]:
    """Set the time limits of every statement (seconds) and of silence on a new connection."""
    requests = [steps.silence_limit(steps.IDLE_LIMIT, local=False)]
    if statement_limit is not None:
        requests.append(steps.statement_limit(statement_limit, local=False))
    _, error = yield from link.answers(link.put(requests))
    if error is not None:
        raise error


class Pool:
    """At most ``size`` connections for many threads; ``timeout`` seconds are waited for one."""

    def __init__(
        self, url: str, *, size: int, timeout: float, statement_limit: float | None
    ) -> None:
        self._options = connection_options(url)
        self._size = size
        self._timeout = timeout
        self._limit = statement_limit
        self._free = threading.Condition()
        self._idle: deque[Link] = deque()
        self._open = 0
        self._closed = False

    def acquire(self) -> Link:
        """Borrow a connection. ``NoFreeConnection`` where all are in use, ``StoreUnavailable``."""
        link = self._idle_or_room()
        if link is not None:
            if link.is_usable():
                return link
            link.close()
        try:
            return self._connect()
        except BaseException as error:
            self._give_up()
            if isinstance(error, psycopg.Error):
                raise translate(error) from error
            raise

    def _idle_or_room(self) -> Link | None:
        until = time.monotonic() + self._timeout
        with self._free:
            while not self._closed:
                if self._idle:
                    return self._idle.pop()
                if self._open < self._size:
                    self._open += 1
                    return None
                if not self._free.wait(until - time.monotonic()) and self._is_full:
                    raise NoFreeConnection(EXHAUSTED)
            raise StoreClosed

    @property
    def _is_full(self) -> bool:
        return not self._idle and self._open >= self._size

    def _connect(self) -> Link:
        connection = psycopg.connect(**self._options)
        try:
            link = Link(connection)
            connection.wait(limited(link, self._limit))
        except BaseException:
            connection.close()
            raise
        return link

    def _give_up(self) -> None:
        with self._free:
            self._open -= 1
            self._free.notify()

    def release(self, link: Link) -> None:
        """Give it back; one that is broken makes room for another."""
        with self._free:
            if link.outdated:
                self._hang_up_idle()
            if link.lost or self._closed:
                link.close()
                self._open -= 1
            else:
                self._idle.append(link)
            self._free.notify()

    def _hang_up_idle(self) -> None:
        self._open -= len(self._idle)
        while self._idle:
            self._idle.pop().close()
        self._free.notify_all()

    def forget_dead(self) -> None:
        """After a connection was lost: let go of the idle ones that were lost with it."""
        with self._free:
            living = [link for link in self._idle if link.is_alive()]
            self._open -= len(self._idle) - len(living)
            self._idle = deque(living)
            self._free.notify_all()

    def close(self) -> None:
        """Hang up what is idle; what is lent is hung up when it comes back."""
        with self._free:
            self._closed = True
            self._hang_up_idle()


class AsyncPool:
    """The same for one event loop; who waits is served in turn."""

    def __init__(
        self, url: str, *, size: int, timeout: float, statement_limit: float | None
    ) -> None:
        self._options = connection_options(url)
        self._size = size
        self._timeout = timeout
        self._limit = statement_limit
        self._idle: deque[Link] = deque()
        #: Each gets a connection, or ``None`` for the room of one.
        self._waiting: deque[asyncio.Future[Link | None]] = deque()
        self._open = 0
        self._closed = False

    async def acquire(self) -> Link:
        """As :meth:`Pool.acquire`."""
        if self._closed:
            raise StoreClosed
        link: Link | None = None
        if self._idle:
            link = self._idle.pop()
        elif self._open < self._size:
            self._open += 1
        else:
            link = await self._turn()
        if link is not None:
            if link.is_usable():
                return link
            link.close()
        try:
            return await self._connect()
        except BaseException as error:
            self._room()
            if isinstance(error, psycopg.Error):
                raise translate(error) from error
            raise

    async def _turn(self) -> Link | None:
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[Link | None] = loop.create_future()
        self._waiting.append(mine)
        timer = loop.call_later(self._timeout, _refuse, mine)
        try:
            return await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled() and mine.exception() is None:
                self._hand(mine.result())
            raise
        finally:
            timer.cancel()

    def _hand(self, link: Link | None) -> None:
        """To who has waited longest, else to the shelf."""
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(link)
                return
        if link is None:
            self._open -= 1
        elif self._closed:
            self._open -= 1
            link.close()
        else:
            self._idle.append(link)

    def _room(self) -> None:
        self._hand(None)

    async def _connect(self) -> Link:
        connection = await psycopg.AsyncConnection.connect(**self._options)
        try:
            link = Link(connection)
            await connection.wait(limited(link, self._limit))
        except BaseException:
            await connection.close()
            raise
        return link

    def release(self, link: Link) -> None:
        """As :meth:`Pool.release`."""
        if link.outdated:
            self._hang_up_idle()
        if link.lost:
            link.close()
            self._room()
        else:
            self._hand(link)

    def _hang_up_idle(self) -> None:
        self._open -= len(self._idle)
        while self._idle:
            self._idle.pop().close()

    def forget_dead(self) -> None:
        """As :meth:`Pool.forget_dead`."""
        living = [link for link in self._idle if link.is_alive()]
        self._open -= len(self._idle) - len(living)
        self._idle = deque(living)

    async def close(self) -> None:
        """As :meth:`Pool.close`."""
        self._closed = True
        self._hang_up_idle()
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_exception(StoreClosed())


def _refuse(waiting: asyncio.Future[Link | None]) -> None:
    if not waiting.done():
        waiting.set_exception(NoFreeConnection(EXHAUSTED))
