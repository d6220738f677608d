"""Looking through the audit: who changed what, since when, newest first."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select

from mustela.store.audit import AuditEntry, entry
from mustela.store.listing import COUNT_LIMIT, Cursor, Listing, Sort, bound
from mustela.store.operation import heavy_read
from mustela.store.schema import audit
from mustela.store.unit import Unit, all, one

c = audit.c
NEWEST_FIRST = Sort("id", descending=True)
LISTING = Listing(
    select(*audit.columns),
    c.id,
    {"id": c.id},
    {
        "since": lambda value: c.at >= value,
        "actor": lambda value: c.actor == value,
        "topic": lambda value: c.topic == value,
        "record": lambda value: c.record_id == value,
        "change": lambda value: c.change_id == value,
    },
)


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
        change: str | None = None,
    ) -> Unit[AuditPage]:
        """A page; ``since`` is in microseconds since 1970, UTC."""
        given = {"since": since, "actor": actor, "topic": topic, "record": record, "change": change}
        filters = {name: value for name, value in given.items() if value is not None}
        names = tuple(filters)
        start: dict[str, Any] = {"offset": offset} if after is None else {"after_id": int(after.id)}
        page = LISTING.page(names, None, NEWEST_FIRST, None if after is None else "value")
        found = yield from all(page, entry, **bound(filters), **start, limit=limit + 1)
        counted = yield from one(
            LISTING.count(names, None), int, **bound(filters), most=COUNT_LIMIT + 1
        )
        items = found[:limit]
        more = Cursor(None, str(items[-1].id)) if len(found) > limit and items else None
        return AuditPage(items, counted or 0, more)
