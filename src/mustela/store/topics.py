"""Revision tokens, totals and event rows: what a transaction announces when it commits."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from mustela.store.horizon import is_told
from mustela.store.schema import events, topics
from mustela.store.statement import Statement

#: How many events are kept for those who follow.
EVENT_WINDOW = 10_000


class Change(NamedTuple):
    """One announced change, waiting for its transaction's commit."""

    topic: str
    key: str | None
    delta: int
    change_id: str
    at: int


STATE = Statement(
    select(
        func.coalesce(func.sum(topics.c.revision), 0), func.coalesce(func.sum(topics.c.total), 0)
    ).where(topics.c.name == bindparam("topic"))
)
ADD_EVENT = Statement(
    insert(events).values(
        at=bindparam("at"),
        topic=bindparam("topic"),
        key=bindparam("key"),
        change_id=bindparam("change_id"),
    )
)
TRIM_EVENTS = Statement(
    delete(events).where(
        events.c.id
        <= select(func.max(events.c.id)).where(is_told(events.c.id)).scalar_subquery()
        - bindparam("window")
    )
)
#: For engines with one writer: a single row a topic.
_insert = upsert(topics).values(
    name=bindparam("topic"),
    shard=0,
    revision=bindparam("revisions"),
    total=bindparam("delta"),
)
MOVE_TOPIC = Statement(
    _insert.on_conflict_do_update(
        index_elements=["name", "shard"],
        set_={
            "revision": topics.c.revision + _insert.excluded.revision,
            "total": topics.c.total + _insert.excluded.total,
        },
    )
)


def pending(changes: list[Change], topic: str) -> int:
    """What changes not yet written add to a topic's total."""
    return sum(change.delta for change in changes if change.topic == topic)


def label(revision: int, changes: list[Change], topic: str) -> str:
    """The token of a topic: its committed revision, and what this transaction has changed.

    A transaction may be rolled back, and others may commit before it does; the next revision is
    not its own. So what it sees is labelled with its change id.
    """
    own = [change.change_id for change in changes if change.topic == topic]
    return f"{revision}+{own[-1]}.{len(own)}" if own else str(revision)


def summed(changes: list[Change]) -> list[dict[str, object]]:
    """One mapping a topic: its revisions and delta, in a fixed order (against deadlocks)."""
    revisions: dict[str, int] = {}
    deltas: dict[str, int] = {}
    for change in changes:
        revisions[change.topic] = revisions.get(change.topic, 0) + 1
        deltas[change.topic] = deltas.get(change.topic, 0) + change.delta
    return [
        {"topic": topic, "revisions": revisions[topic], "delta": deltas[topic]}
        for topic in sorted(revisions)
    ]


def event_rows(changes: list[Change]) -> list[dict[str, object]]:
    """The event rows of changes, oldest first; one for a change of many records made in parts."""
    rows: list[dict[str, object]] = []
    of_many: set[tuple[str, str]] = set()
    for c in changes:
        if c.key is None:
            if (c.topic, c.change_id) in of_many:
                continue
            of_many.add((c.topic, c.change_id))
        rows.append({"at": c.at, "topic": c.topic, "key": c.key, "change_id": c.change_id})
    return rows
