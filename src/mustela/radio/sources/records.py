"""The audited rows of sources. One that was deleted has its measurements again when it is back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, func, select, update

from mustela.files.search_text import fold
from mustela.radio.grading.graded_records import GradedRecords
from mustela.radio.schema import images, measurements, sources
from mustela.radio.sources.statistics import TOPIC, recompute_soon
from mustela.radio.sources.tombstones import (
    lay_tombstone_again,
    lift_tombstones,
    remove_tombstones,
)
from mustela.store import Statement, Unit, count, one, rows
from mustela.store.dialect_sql import in_json
from mustela.store.record import encode_texts

m = measurements.c

_SEQ = Statement(select(sources.c.seq).where(sources.c.id == bindparam("id")))
_reason = select(func.coalesce(images.c.why_not, "not_associated")).where(images.c.seq == m.image)
_left: Mapping[str, Any] = {"source": None, "counts": 0, "why_not": _reason.scalar_subquery()}
_LEAVE = Statement(
    update(measurements)
    .where(m.source == bindparam("of_source"))
    .values(**_left, former_source=bindparam("former"))
)
_id = select(sources.c.id).where(sources.c.seq == m.source).scalar_subquery()
_ids = bindparam("ids", type_=Text())
_its_source = select(sources.c.seq).where(sources.c.id == m.former_source)
_REJOIN = Statement(
    update(measurements)
    .where(m.former_source.is_not(None), in_json(m.former_source, _ids))
    .values(source=_its_source.scalar_subquery(), former_source=None)
)
_SEQS = Statement(select(sources.c.seq).where(in_json(sources.c.id, _ids)))


_UNKNOWN_THEN: Mapping[str, Any] = {
    **dict.fromkeys(("n_in_failed_images", "n_flagged", "n_de_ruiter"), 0),
    "sum_de_ruiter_squared": 0.0,
}


class SourceRecords(GradedRecords):
    """The audited rows; what is searched follows from the name."""

    checked = True  # what is inserted was a record, or is made of one

    def derive(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        derived = super().derive(values)
        name = values.get("name")
        return derived if name is None else {**derived, "search_text": fold(name)}

    def insert(self, values: Mapping[str, Any]) -> Unit[dict[str, Any]]:
        row = yield from super().insert(values)
        yield from remove_tombstones([row["id"]])
        return row

    def insert_many(self, many_values: Sequence[Mapping[str, Any]]) -> Unit[None]:
        yield from super().insert_many(many_values)
        yield from remove_tombstones(str(values["id"]) for values in many_values)

    def delete(self, id: str) -> Unit[dict[str, Any] | None]:
        seq = yield from one(_SEQ, int, id=id)
        if seq is not None:
            yield from count(_LEAVE, of_source=seq, former=id)
            yield from lay_tombstone_again(id)
        return (yield from super().delete(id))

    def delete_where(
        self, condition: ColumnElement[bool], parameters: Mapping[str, Any]
    ) -> Unit[int]:
        chosen = select(sources.c.seq).where(condition)
        leave = update(measurements).where(m.source.in_(chosen)).values(**_left, former_source=_id)
        yield from count(Statement(leave), **parameters)
        return (yield from super().delete_where(condition, parameters))

    def _from_audit(self, values: Mapping[str, Any]) -> dict[str, Any]:
        # What was deleted before there were these figures; they are summed below.
        return {**_UNKNOWN_THEN, **super()._from_audit(values)}

    def restore_many(self, many_values: Sequence[Mapping[str, Any]]) -> Unit[None]:
        yield from super().restore_many(many_values)
        ids = encode_texts(str(values["id"]) for values in many_values)
        yield from count(_REJOIN, ids=ids)
        found = yield from rows(_SEQS, ids=ids)
        yield from recompute_soon(sorted(seq for (seq,) in found))
        yield from lift_tombstones(ids)


records = SourceRecords(sources, TOPIC)
