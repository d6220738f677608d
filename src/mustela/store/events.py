"""Reading the events: what changed, in order, for those who follow.

Events are written in the transaction that makes the change and trimmed to a bounded window (see
:mod:`mustela.store.topics`); any process reads those of all. Who reads after an id misses nothing:
an event is seen only once none with a smaller id can follow (:mod:`mustela.store.horizon`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select

from mustela.store.context import from_microseconds
from mustela.store.dialect_sql import in_json
from mustela.store.horizon import is_told
from mustela.store.operation import AsyncRepository, SyncRepository, read
from mustela.store.schema import events
from mustela.store.statement import Statement
from mustela.store.unit import Unit, all, one


class Event(msgspec.Struct, frozen=True, gc=False):
    """A change that has been committed.

    ``id`` only rises. ``key`` is the record's id, ``None`` where many records changed at once.
    ``change_id`` is that of the audit: one for all that a unit did.
    """

    id: int
    topic: str
    key: str | None
    change_id: str
    at: datetime


class Window(NamedTuple):
    """The ids of the oldest and of the newest event that can be told; 0 where there is none."""

    oldest: int
    newest: int

    def reaches(self, id: int) -> bool:
        """Whether everything that came after an event is still there.

        It may say no where ids that were rolled back lie between: then nothing was missed.
        """
        return self.oldest <= id + 1

    def lies_before(self, id: int) -> bool:
        """Whether an event that was told is none of these: the database has lost what it had said.

        So a server that takes another's place without the last of its transactions, or a restore.
        """
        return self.newest < id


class Tail(NamedTuple):
    """The window, and events from it, oldest first: read in one snapshot."""

    window: Window
    events: list[Event]


_c = events.c
_WINDOW = Statement(
    select(func.coalesce(func.min(_c.id), 0), func.coalesce(func.max(_c.id), 0)).where(
        is_told(_c.id)
    )
)
_after = (
    select(_c.id, _c.topic, _c.key, _c.change_id, _c.at)
    .where(_c.id > bindparam("after"), is_told(_c.id))
    .order_by(_c.id)
    .limit(bindparam("limit"))
)
_AFTER = Statement(_after)
_AFTER_OF = Statement(_after.where(in_json(_c.topic, bindparam("topics"))))


def _event(id: int, topic: str, key: str | None, change_id: str, at: int) -> Event:
    return Event(id, topic, key, change_id, from_microseconds(at))


class EventOperations:
    """Events as they are kept."""

    @read
    def window(self) -> Unit[Window]:
        """Which events are kept."""
        return (yield from one(_WINDOW, Window)) or Window(0, 0)

    @read
    def after(self, id: int, limit: int, topics: Sequence[str] | None = None) -> Unit[Tail]:
        """The first ``limit`` events after an id, of these topics or of all."""
        window = yield from self.window.unit()
        if topics is None:
            found = yield from all(_AFTER, _event, after=id, limit=limit)
        else:
            names = msgspec.json.encode(sorted(topics)).decode()
            found = yield from all(_AFTER_OF, _event, after=id, limit=limit, topics=names)
        return Tail(window, found)


class EventRepository(EventOperations, SyncRepository):
    """Events, for code that waits."""


class AsyncEventRepository(EventOperations, AsyncRepository):
    """Events, for an event loop."""
