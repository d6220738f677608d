"""Audit rows: who changed what, in the transaction that changed it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import bindparam, insert, select

from mustela.store.context import Context, from_microseconds
from mustela.store.schema import audit
from mustela.store.statement import Statement
from mustela.store.unit import Count, Unit, all

Action: TypeAlias = Literal["insert", "update", "delete", "restore"]

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(dict[str, Any])


class AuditEntry(msgspec.Struct, frozen=True):
    """One audited change of one record.

    ``before`` and ``after`` hold the changed fields of an update; a delete has the whole record
    in ``before``; an insert has in ``after`` what people had said by then.
    """

    id: int
    at: datetime
    actor: str
    request_id: str | None
    change_id: str
    topic: str
    record_id: str | None
    action: Action
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def encode(fields: Mapping[str, Any] | None) -> str | None:
    """Fields as a JSON object, keys in order."""
    if not fields:
        return None if fields is None else "{}"
    return _encoder.encode(fields).decode()


def decode(text: str | None) -> dict[str, Any] | None:
    """The fields of a JSON object."""
    return None if text is None else _decoder.decode(text)


def entry(*row: Any) -> AuditEntry:
    """An entry from the columns of the table, in order."""
    id_, at, actor, request_id, change_id, topic, record_id, action, before, after = row
    return AuditEntry(
        id_,
        from_microseconds(at),
        actor,
        request_id,
        change_id,
        topic,
        record_id,
        action,
        decode(before),
        decode(after),
    )


COLUMNS = tuple(column for column in audit.columns if column.name != "id")
ADD = Statement(insert(audit).values({column.name: bindparam(column.name) for column in COLUMNS}))
_rows = select(*audit.columns)
_newest = _rows.order_by(audit.c.id.desc())
OF_RECORD = Statement(
    _newest.where(
        audit.c.topic == bindparam("topic"),
        audit.c.record_id == bindparam("record_id"),
        audit.c.id < bindparam("before"),
    ).limit(bindparam("limit"))
)
BY_ID = Statement(_rows.where(audit.c.id == bindparam("id")))
OF_CHANGE = Statement(
    _newest.where(
        audit.c.change_id == bindparam("change_id"), audit.c.id < bindparam("before")
    ).limit(bindparam("limit"))
)

#: Larger than any audit id.
NO_ID = 2**63 - 1


def row_of(
    context: Context,
    topic: str,
    record_id: str | None,
    action: Action,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The parameters of one audit row."""
    return {
        "at": context.now,
        "actor": context.actor,
        "request_id": context.request_id,
        "change_id": context.change_id,
        "topic": topic,
        "record_id": record_id,
        "action": action,
        "before": encode(before),
        "after": encode(after),
    }


def record(
    context: Context,
    topic: str,
    record_id: str | None,
    action: Action,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Unit[None]:
    """Write one audit row."""
    yield Count(ADD, row_of(context, topic, record_id, action, before, after))


def history(topic: str, record_id: str, limit: int, before: int | None) -> Unit[list[AuditEntry]]:
    """The newest entries of a record, those older than audit id ``before`` if it is given."""
    return (
        yield from all(
            OF_RECORD,
            entry,
            topic=topic,
            record_id=record_id,
            limit=limit,
            before=NO_ID if before is None else before,
        )
    )
