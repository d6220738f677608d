"""The events of the database for everybody who follows them, read once in each server process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

from mustela.http.conditional import AsyncLabels
from mustela.http.event_messages import Message, Reason, base_of, change, gap
from mustela.http.event_subscription import BUFFER_MESSAGES, Replay, Subscription
from mustela.store import AsyncStore
from mustela.store.errors import StoreError
from mustela.store.events import AsyncEventRepository, Event

#: Seconds between two looks whether another process has written anything.
LOOK_SECONDS = 0.1
#: The same where a look is a question to the server (PostgreSQL).
ASK_SECONDS = 0.5
#: While changes come without end they are told so many seconds apart, together.
PAUSE_SECONDS = 0.05
#: Seconds between two words on a stream that has nothing to say.
HEARTBEAT_SECONDS = 15.0
#: Events read at once.
BATCH = 500
#: Seconds until the next try where the database cannot be read.
RETRY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class EventFeed:
    """Reads each new event once and hands it to the subscriptions of this process.

    Commits by this process wake it, those of others are noticed within ``look`` seconds. While
    nobody follows it does nothing. Use it on the store's event loop.
    """

    def __init__(
        self,
        store: AsyncStore,
        *,
        heartbeat: float = HEARTBEAT_SECONDS,
        look: float = LOOK_SECONDS,
        buffer: int = BUFFER_MESSAGES,
    ) -> None:
        self._store = store
        self._events = AsyncEventRepository(store)
        self._labels = AsyncLabels(store)
        self._heartbeat = heartbeat
        self._look_seconds = look
        self._buffer = buffer
        self._subscriptions: set[Subscription] = set()
        self._somebody = asyncio.Event()
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._seen: object | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heart: asyncio.TimerHandle
        self._position = 0  #: everything up to this id has been handed out
        self._base: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        """How many follow."""
        return len(self._subscriptions)

    def _beat(self) -> None:
        """One timer for all who follow: those of two hundred would be in the way of the loop's
        others at each request."""
        for subscription in self._subscriptions:
            subscription.beat()
        self._heart = asyncio.get_running_loop().call_later(self._heartbeat, self._beat)

    @property
    def stopped(self) -> bool:
        """Whether answers that have no end are to end now."""
        return self._loop is None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Events are handed out inside of this context; at its end every stream ends."""
        self._loop = asyncio.get_running_loop()
        unlisten = self._store.on_commit(self._wake.set)
        task = asyncio.create_task(self._run())
        self._beat()
        try:
            yield
        finally:
            self.stop()
            self._heart.cancel()
            unlisten()
            task.cancel()
            await asyncio.wait([task])

    def stop(self) -> None:
        """End every stream; who subscribes later is sent away at once."""
        self._loop = None
        for subscription in self._subscriptions:
            subscription.end()

    def stop_soon(self) -> None:
        """The same from a signal's handler, or from another thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: nobody follows any more
                self._loop.call_soon_threadsafe(self.stop)

    @asynccontextmanager
    async def subscribed(
        self, topics: Collection[str] | None = None, last_id: str | None = None
    ) -> AsyncIterator[Subscription]:
        """Follow the events of these topics, or of all, from now on, or after ``last_id``.

        ``last_id`` is what a client heard last, in its own words.
        """
        async with self._turn:
            if self._base is None:
                self._base = base_of(await self._labels.database_id())
            if self._subscriptions:  # what the client has heard elsewhere is not behind us
                await self._catch_up()
            else:
                self._position = (await self._events.window()).newest
            subscription = Subscription(
                topics,
                Replay(self._events, self._base, _number(last_id), self._position),
                buffer=self._buffer,
            )
            self._subscriptions.add(subscription)
        if self._loop is None:
            subscription.end()
        self._somebody.set()
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            if not self._subscriptions:
                self._wake.set()  # to go to sleep

    async def _run(self) -> None:
        failing = False
        while True:
            await self._somebody.wait()
            try:
                told = await self._look()
            except StoreError as error:
                if not failing:
                    logger.warning("events cannot be read, and are tried again: %s", error)
                failing = True
                await asyncio.sleep(RETRY_SECONDS)
                continue
            failing = False
            if told:
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                await self._wait()

    async def _wait(self) -> None:
        """Until this process has written, or another one."""
        if not self._subscriptions:
            self._somebody.clear()
            return
        self._tick()
        try:
            await self._wake.wait()
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _tick(self) -> None:
        """Look by a timer: to wake a task for each look would cost many times as much."""
        loop = asyncio.get_running_loop()
        state = self._store.state()
        if state is None:
            self._timer = loop.call_later(ASK_SECONDS, self._wake.set)
        elif state != self._seen:
            self._wake.set()
        else:
            self._timer = loop.call_later(self._look_seconds, self._tick)

    async def _look(self) -> bool:
        """Hand out what is new; whether there was anything."""
        self._wake.clear()
        state = self._store.state()
        if not self._subscriptions or (state is not None and state == self._seen):
            return False
        async with self._turn:
            told = await self._catch_up()
        self._seen = state
        return told

    async def _catch_up(self) -> bool:
        told = False
        while True:
            tail = await self._events.after(self._position, BATCH)
            reason: Reason | None = None
            if not tail.window.reaches(self._position):
                reason = "window_left"
            elif tail.window.lies_before(self._position):
                reason = "another_database"
            if reason is not None:
                self._position = tail.window.newest
                self._hand_out([(None, gap((self._base or 0) + self._position, reason))])
                return True
            if not tail.events:
                return told
            told = True
            self._position = tail.events[-1].id
            self._hand_out([(event, change(event, self._base or 0)) for event in tail.events])
            if len(tail.events) < BATCH:
                return True

    def _hand_out(self, messages: list[tuple[Event | None, Message]]) -> None:
        """To everybody what he follows; it is put together once for those who follow the same."""
        chosen: dict[frozenset[str] | None, list[Message]] = {}
        for subscription in self._subscriptions:
            topics = subscription.topics
            if topics not in chosen:
                chosen[topics] = [
                    message
                    for event, message in messages
                    if topics is None or event is None or event.topic in topics
                ]
            subscription.hand(chosen[topics], self._position)


def _number(last_id: str | None) -> int | None:
    """A client's last id as a number; one that is none is of no database of ours."""
    if last_id is None:
        return None
    text = last_id.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else -1
