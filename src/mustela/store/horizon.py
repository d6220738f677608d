"""How far the events can be told: up to an id below which none will appear any more.

Ids are drawn from a counter, and a transaction that has drawn one may commit after others that drew
later ones. Whoever had read those would pass it over. SQLite has one writer, and its ids become
visible in their order. On PostgreSQL an event is told only when every transaction that may hold a
smaller id has ended, which its row shows by the number of the transaction that wrote it:

1. A transaction gets its own number (with its first write) *before* it draws the ids of its events.
2. It writes their rows in a subtransaction, which gets a number of its own, the row's ``xmin``,
   *after* it has drawn them. Numbers are given in order, by one counter for all.
3. So whoever drew a smaller id has a smaller number than that ``xmin``. Once no transaction with a
   smaller number runs, all smaller ids are there for everybody to see, or were rolled back.

The largest id of which this is true is the horizon; events up to it are told, in the order of their
ids. A statement sees the horizon of its own snapshot. An event so waits for the oldest transaction
that writes, anywhere on that server, and is never passed over.

``xmin`` has the lower 32 bits of a number. A row counts as not yet told only where these lie among
the numbers that may be running; those are few. Since nothing but ``xmin`` is needed, a dump or a
copy that is loaded elsewhere has numbers of where it is.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class is_told(GenericFunction[bool]):  # noqa: N801  # used like a function
    """``is_told(events.id)``: no smaller id than this one will appear any more."""

    type = Boolean()
    inherit_cache = True
    name = "mustela_is_told"


@compiles(is_told, "sqlite")
def _sqlite_is_told(element: Any, compiler: Any, **kw: Any) -> str:
    """One writer: what can be seen can be told."""
    del element, compiler, kw
    return "1"


#: Walks from the newest event down to the first that every running transaction is younger than.
_HORIZON = (
    "(SELECT told.id FROM events AS told, (SELECT "
    "CAST(CAST(pg_snapshot_xmin(now_is) AS TEXT) AS BIGINT) AS oldest, "
    "CAST(CAST(pg_snapshot_xmax(now_is) AS TEXT) AS BIGINT) AS next "
    "FROM pg_current_snapshot() AS now_is) AS running "
    "WHERE ((CAST(CAST(told.xmin AS TEXT) AS BIGINT) - running.oldest) & 4294967295) "
    ">= running.next - running.oldest ORDER BY told.id DESC LIMIT 1)"
)


@compiles(is_told, "postgresql")
def _postgres_is_told(element: Any, compiler: Any, **kw: Any) -> str:
    return f"{compiler.process(element.clauses, **kw)} <= {_HORIZON}"
