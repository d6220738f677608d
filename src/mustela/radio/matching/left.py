"""Which calibration tables belonged to which Measurement Sets, while one of them is deleted: it is
said again when that is undone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Text, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from mustela.radio.schema import (
    calibration_tables,
    measurement_sets,
    ms_calibration,
    ms_calibration_left,
)
from mustela.store import Records, Statement, Unit, changed, count
from mustela.store.audit import Action
from mustela.store.dialect_sql import in_json
from mustela.store.record import encode_texts

m, t, x, left = measurement_sets.c, calibration_tables.c, ms_calibration.c, ms_calibration_left.c

_SAID = ("how", "applied", "job_id", "created_at")

_ids = bindparam("ids", type_=Text())
_there = (left.ms_id.in_(select(m.id)), left.calibration_id.in_(select(t.id)))


class _Side:
    """The statements of one of the two tables."""

    def __init__(self, column: Literal["ms_id", "calibration_id"]) -> None:
        of_these = in_json(left[column], _ids)
        self.rejoin = Statement(
            insert(ms_calibration)
            .from_select(
                ["ms", "calibration", *_SAID],
                select(m.seq, t.seq, *(left[name] for name in _SAID))
                .select_from(
                    ms_calibration_left.join(measurement_sets, m.id == left.ms_id).join(
                        calibration_tables, t.id == left.calibration_id
                    )
                )
                .where(of_these),
            )
            .on_conflict_do_nothing()
        )
        self.rejoined = Statement(delete(ms_calibration_left).where(of_these, *_there))
        self.disown = Statement(delete(ms_calibration_left).where(of_these))


#: Topics of the two.
_OTHER_SIDE = {"ms": "cal", "cal": "ms"}
_SIDES = {"measurement_sets": _Side("ms_id"), "calibration_tables": _Side("calibration_id")}


class MatchedRecords(Records):
    """Audited rows that have matches: they go with a record, and come back with it.

    What is recorded is said again; what was found by the times of both is there until the next
    search finds otherwise.
    """

    @property
    def _side(self) -> _Side:
        return _SIDES[self.table.name]

    def insert(self, values: Mapping[str, Any]) -> Unit[dict[str, Any]]:
        row = yield from super().insert(values)
        yield from self._disown([row["id"]])
        return row

    def _insert_all(self, many_values: Sequence[Mapping[str, Any]], action: Action) -> Unit[None]:
        yield from super()._insert_all(many_values, action)
        ids = [str(values["id"]) for values in many_values]
        if action == "restore":
            rejoined = yield from count(self._side.rejoin, ids=encode_texts(ids))
            yield from count(self._side.rejoined, ids=encode_texts(ids))
            yield from self._tell(rejoined)
        else:
            yield from self._disown(ids)

    def delete(self, id: str) -> Unit[dict[str, Any] | None]:
        leaving = _leaving(self.table.c.id == bindparam("left_id"))
        yield from self._tell((yield from count(leaving, left_id=id)))
        return (yield from super().delete(id))

    def delete_where(
        self, condition: ColumnElement[bool], parameters: Mapping[str, Any]
    ) -> Unit[int]:
        yield from self._tell((yield from count(_leaving(condition), **parameters)))
        return (yield from super().delete_where(condition, parameters))

    def _tell(self, matches: int) -> Unit[None]:
        """What is said of the records on the other side is other than before."""
        if matches:
            yield from changed(_OTHER_SIDE[self.topic])

    def _disown(self, ids: Collection[str]) -> Unit[None]:
        """New records have these ids: nothing was said of them."""
        yield from count(self._side.disown, ids=encode_texts(ids))


def _leaving(condition: ColumnElement[bool]) -> Statement:
    """Keep the matches of the records that satisfy a condition."""
    leave = insert(ms_calibration_left).from_select(
        ["ms_id", "calibration_id", *_SAID],
        select(m.id, t.id, *(x[name] for name in _SAID))
        .select_from(
            ms_calibration.join(measurement_sets, m.seq == x.ms).join(
                calibration_tables, t.seq == x.calibration
            )
        )
        .where(condition),
    )
    return Statement(
        leave.on_conflict_do_update(
            index_elements=["ms_id", "calibration_id"],
            set_={name: leave.excluded[name] for name in _SAID},
        )
    )
