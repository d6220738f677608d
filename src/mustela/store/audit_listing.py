"""Looking through the audit: who changed what, since when, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from mustela.store.audit import AuditEntry, entry
from mustela.store.context import to_microseconds
from mustela.store.listing import COUNT_LIMIT, Cursor, Listing, Sort, bound
from mustela.store.operation import heavy_read
from mustela.store.schema import audit
from mustela.store.unit import Unit, all, one

c = audit.c
#: Each along an index: by time, which ``since`` is; of one record or change as it was written.
BY_TIME, AS_WRITTEN = Sort("at", descending=True), Sort("id", descending=True)
#: Filters that select little, whose index is the one to use ...
_FEW = frozenset({"record", "change_id"})
LISTING = Listing(
    select(*audit.columns),
    c.id,
    {"at": c.at, "id": c.id},
    {
        "record": lambda value: c.record_id == value,
        "change_id": lambda value: c.change_id == value,
        "since": lambda value: c.at >= value,
        "actor": lambda value: c.actor == value,
        "topic": lambda value: c.topic == value,
        # ... and the others beside them, said so that no index serves them.
        "since_of_few": lambda value: c.at + 0 >= value,
        "actor_of_few": lambda value: c.actor + "" == value,
        "topic_of_few": lambda value: c.topic + "" == value,
    },
)


def listed_by(given: Mapping[str, Any]) -> tuple[dict[str, Any], Sort]:
    """The filters of the listing that serve those given, and the order their index has."""
    if not _FEW & given.keys():
        return dict(given), BY_TIME
    return {
        name if name in _FEW else f"{name}_of_few": value for name, value in given.items()
    }, AS_WRITTEN


class AuditPage(msgspec.Struct):
    """Entries, newest first; ``total`` is counted to at most 10,000."""

    items: list[AuditEntry]
    total: int
    next: Cursor | None


class AuditListOperations:
    """Reads over the audit of all tables."""

    @heavy_read
    def entries(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        after: Cursor | None = None,
        since: int | None = None,
        actor: str | None = None,
        topic: str | None = None,
        record: str | None = None,
        change_id: str | None = None,
    ) -> Unit[AuditPage]:
        """A page; ``since`` is in microseconds since 1970, UTC."""
        given = {
            "since": since,
            "actor": actor,
            "topic": topic,
            "record": record,
            "change_id": change_id,
        }
        filters, sort = listed_by(
            {name: value for name, value in given.items() if value is not None}
        )
        names = tuple(filters)
        start: dict[str, Any] = {"offset": offset}
        if after is not None:
            start = {"after_value": after.value, "after_id": int(after.id)}
        page = LISTING.page(names, None, sort, None if after is None else "value")
        found = yield from all(page, entry, **bound(filters), **start, limit=limit + 1)
        counted = yield from one(
            LISTING.count(names, None), int, **bound(filters), most=COUNT_LIMIT + 1
        )
        items = found[:limit]
        more = None
        if len(found) > limit and items:
            more = Cursor(to_microseconds(items[-1].at), str(items[-1].id))
        return AuditPage(items, counted or 0, more)
