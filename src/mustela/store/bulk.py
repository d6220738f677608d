"""The statements of a change of many records at once: how many, the audit, the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    bindparam,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from mustela.store import audit
from mustela.store.context import Context
from mustela.store.dialect_sql import json_fields
from mustela.store.schema import audit as audit_table
from mustela.store.statement import Statement

#: How many records one bulk edit may touch.
BULK_LIMIT = 100_000


class BulkUpdate:
    """One edit of every record that matches a condition and would be another after it.

    ``names`` are columns that get the value of the parameter ``new_<name>``, ``computed`` those
    that get the value of an expression over the record, ``derived`` those that get the value of
    ``derived_<name>`` and are not compared or audited.
    """

    def __init__(
        self,
        table: Table,
        condition: ColumnElement[bool],
        names: Sequence[str],
        computed: Mapping[str, ColumnElement[Any]],
        derived: Sequence[str],
    ) -> None:
        new: dict[str, ColumnElement[Any]] = {
            name: cast(bindparam(f"new_{name}"), table.c[name].type) for name in names
        }
        new.update(computed)
        differs = condition & or_(
            *(table.c[name].is_distinct_from(value) for name, value in new.items())
        )
        inner = select(table.c.id).where(differs).limit(bindparam("most")).subquery()
        #: How many records would change, counted to ``most``.
        self.matching = Statement(select(func.count(inner.c.id)))
        before = json_fields(*(part for name in new for part in (literal(name), table.c[name])))
        after = json_fields(*(part for name in new for part in (literal(name), new[name])))
        self.add_audit = audit_statement(table, differs, before, after)
        written = {**new, **{name: bindparam(f"derived_{name}") for name in derived}}
        self.write = Statement(update(table).where(differs).values(written))


#: What the audit rows of one change share.
_SHARED = ("at", "actor", "request_id", "change_id", "topic", "action")


def audit_statement(
    table: Table,
    condition: ColumnElement[bool],
    before: ColumnElement[Any],
    after: ColumnElement[Any] | None = None,
) -> Statement:
    """One audit row for each record that matches, with the values of :func:`audit_values`."""
    shared = [
        bindparam(f"audit_{name}", type_=audit_table.c[name].type).label(name) for name in _SHARED
    ]
    own = {"record_id": table.c.id, "before": before}
    if after is not None:
        own["after"] = after
    found = select(*shared, *own.values()).where(condition)
    return Statement(insert(audit_table).from_select([*_SHARED, *own], found))


def audit_values(context: Context, topic: str, action: audit.Action) -> dict[str, Any]:
    """What the audit rows of one set-based change share."""
    row = audit.row_of(context, topic, None, action, None, None)
    return {f"audit_{name}": row[name] for name in _SHARED}
