"""The audited rows of sources. One that was deleted has its measurements again when it is back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Text, bindparam, func, select, update

from mustela.files.search_text import fold
from mustela.radio.schema import images, measurements, sources
from mustela.radio.sources.statistics import TOPIC, recompute
from mustela.store import Records, Statement, Unit, count, one, rows
from mustela.store.dialect_sql import in_json
from mustela.store.record import encode_texts

m = measurements.c

_SEQ = Statement(select(sources.c.seq).where(sources.c.id == bindparam("id")))
_reason = select(func.coalesce(images.c.why_not, "not_associated")).where(images.c.seq == m.image)
_LEAVE = Statement(
    update(measurements)
    .where(m.source == bindparam("of_source"))
    .values(
        source=None,
        former_source=bindparam("former"),
        counts=0,
        why_not=_reason.scalar_subquery(),
    )
)
_ids = bindparam("ids", type_=Text())
_its_source = select(sources.c.seq).where(sources.c.id == m.former_source)
_REJOIN = Statement(
    update(measurements)
    .where(m.former_source.is_not(None), in_json(m.former_source, _ids))
    .values(source=_its_source.scalar_subquery(), former_source=None)
)
_SEQS = Statement(select(sources.c.seq).where(in_json(sources.c.id, _ids)))


class SourceRecords(Records):
    """The audited rows; what is searched follows from the name."""

    checked = True  # what is inserted was a record, or is made of one

    def derive(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        name = values.get("name")
        return {} if name is None else {"search_text": fold(name)}

    def delete(self, id: str) -> Unit[dict[str, Any] | None]:
        seq = yield from one(_SEQ, int, id=id)
        if seq is not None:
            yield from count(_LEAVE, of_source=seq, former=id)
        return (yield from super().delete(id))

    def delete_where(
        self, condition: ColumnElement[bool], parameters: Mapping[str, Any]
    ) -> NoReturn:
        raise NotImplementedError("sources are deleted one by one, or by `delete_many`")

    def restore_many(self, many_values: Sequence[Mapping[str, Any]]) -> Unit[None]:
        yield from super().restore_many(many_values)
        ids = encode_texts(str(values["id"]) for values in many_values)
        yield from count(_REJOIN, ids=ids)
        found = yield from rows(_SEQS, ids=ids)
        yield from recompute(sorted(seq for (seq,) in found))


records = SourceRecords(sources, TOPIC)
