"""One client's share of the events: first what it has missed, then what comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from typing import NamedTuple

from mustela.http import event_messages
from mustela.http.event_messages import Message
from mustela.store.events import AsyncEventRepository

#: A client that has so many messages left to take is too slow, and is sent away.
BUFFER_MESSAGES = 2000
#: Events replayed at once.
PAGE = 500

logger = logging.getLogger(__name__)


class Replay(NamedTuple):
    """What a client has missed: the events after ``after`` up to ``upto``.

    ``after`` is an id as clients see it, ``None`` for a client that begins now; ``upto`` one of
    the database, to which ``base`` is added.
    """

    events: AsyncEventRepository
    base: int
    after: int | None
    upto: int

    async def messages(self, topics: Collection[str] | None) -> AsyncGenerator[list[Message], None]:
        """In pages; or the word that it cannot be told."""
        if self.after is None:
            return
        after = self.after - self.base
        if not 0 <= after <= self.upto:
            yield [event_messages.gap(self.base + self.upto, "another_database")]
            return
        chosen = None if topics is None else sorted(topics)
        while after < self.upto:
            tail = await self.events.after(after, PAGE, chosen)
            if not tail.window.reaches(after):
                yield [event_messages.gap(self.base + self.upto, "window_left")]
                return
            missed = [event for event in tail.events if event.id <= self.upto]
            if missed:
                yield [event_messages.change(event, self.base) for event in missed]
            if len(missed) < PAGE:
                return
            after = missed[-1].id


class Subscription:
    """Takes what it is handed, and gives it to one client as fast as that takes it."""

    def __init__(
        self,
        topics: Collection[str] | None,
        replay: Replay,
        *,
        buffer: int,
    ) -> None:
        self.topics = None if topics is None else frozenset(topics)
        self.dropped = False
        self._replay = replay
        self._position = replay.upto
        self._buffer = buffer
        self._waiting: list[Message] = []
        self._news = asyncio.Event()
        self._over = False
        self._heard = False  # of anything since the last beat
        self._beat = False
        #: Called once no more is told; the answer may stand still in front of a full connection.
        self.ended: Callable[[], object] | None = None

    def hand(self, messages: Sequence[Message], position: int) -> None:
        """New messages; everything up to ``position`` is among them, or not for this client."""
        if self._over:
            return
        self._position = position
        if len(self._waiting) + len(messages) > self._buffer:
            logger.info("a client follows the events too slowly, and is sent away")
            self.dropped = True
            self._waiting.clear()
            self.end()
        elif messages:
            self._waiting += messages
            self._heard = True
            self._news.set()

    def beat(self) -> None:
        """Time for a heartbeat, unless something else was told since the last."""
        self._beat, self._heard = not self._heard, False
        if self._beat:
            self._news.set()

    def end(self) -> None:
        """No more is told. What is waiting still is."""
        if self._over:
            return
        self._over = True
        self._news.set()
        if self.ended is not None:
            self.ended()

    async def messages(self) -> AsyncGenerator[list[Message], None]:
        """Messages as they come, several at once where several wait, until the end."""
        async for missed in self._replay.messages(self.topics):
            if self._over:
                return
            yield missed
        yield [event_messages.start(self._replay.base + self._replay.upto)]
        while True:
            if self._waiting:
                messages, self._waiting = self._waiting, []
                yield messages
            elif self._over:
                return
            elif self._beat:
                self._beat = False
                yield [event_messages.heartbeat(self._replay.base + self._position)]
            else:
                self._news.clear()
                await self._news.wait()
