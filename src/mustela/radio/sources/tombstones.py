"""Sources that a person deleted: associations make none in their place until that is undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Text, bindparam, delete, exists, update
from sqlalchemy.dialects.postgresql import insert

from mustela.radio.schema import measurements, source_tombstones
from mustela.store import Statement, Unit, count, current
from mustela.store.dialect_sql import in_json
from mustela.store.record import encode_texts

t = source_tombstones.c

_PLACE = ("ra_deg", "dec_deg", "ra_error_arcsec", "dec_error_arcsec", "cell")

#: Of a measurement in a statement: a person deleted the source that it was of.
LEFT_OUT = exists().where(t.source_id == measurements.c.former_source, t.active == 1)

_new = insert(source_tombstones).values(
    {column.name: bindparam(column.name) for column in t if column.name != "seq"}
)
_LAY = Statement(
    _new.on_conflict_do_update(
        index_elements=["source_id"],
        set_={name: _new.excluded[name] for name in (*_PLACE, "active", "at")},
    )
)
_AGAIN = Statement(update(source_tombstones).where(t.source_id == bindparam("id")).values(active=1))
_LIFT = Statement(
    update(source_tombstones)
    .where(in_json(t.source_id, bindparam("ids", type_=Text())))
    .values(active=0)
)
_REMOVE = Statement(
    delete(source_tombstones).where(in_json(t.source_id, bindparam("ids", type_=Text())))
)


def lay_tombstone(source: Mapping[str, Any]) -> Unit[None]:
    """A person has deleted this source: all that it was, by column."""
    context = yield from current()
    place = {name: source[name] for name in _PLACE}
    yield from count(_LAY, source_id=source["id"], **place, active=1, at=context.now)


def lay_tombstone_again(id: str) -> Unit[None]:
    """The undo of a deletion was undone itself; nothing where no person ever deleted it."""
    yield from count(_AGAIN, id=id)


def lift_tombstones(ids: str) -> Unit[None]:
    """These sources (a JSON array of ids) are back."""
    yield from count(_LIFT, ids=ids)


def remove_tombstones(ids: Iterable[str]) -> Unit[None]:
    """Somebody makes sources of these ids anew."""
    yield from count(_REMOVE, ids=encode_texts(ids))
