"""The grade that holds: a person's, or else the computed one, whoever writes either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, bindparam, func, select, update

from mustela.store import Records, Statement, Unit, count, rows
from mustela.store.bulk import BULK_LIMIT
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.kept_records import new_revision
from mustela.store.record import encode_keys, encode_texts
from mustela.store.schema import TEXT


class Regraded(NamedTuple):
    """The grade that held of a row before, and the one that does now."""

    before: str | None
    after: str | None


class GradedRecords(Records):
    """Audited rows with the columns of a grade, in any table that has them.

    ``grade`` follows ``grade_given`` wherever that is written: by an update, a bulk edit, an undo
    of either, a restored record. :meth:`regraded` is for what depends on it in turn.
    """

    def __init__(self, table: Table, topic: str) -> None:
        super().__init__(table, topic)
        c = table.c
        holds = func.coalesce(c.grade_given, c.grade_computed)
        differs = c.grade.is_distinct_from(holds)
        self._settle = Statement(
            update(table)
            .values(
                grade=holds,
                **({"revision": bindparam("revision")} if self._revised else {}),
            )
            .where(in_json(c.id, bindparam("ids", type_=TEXT)), differs)
        )
        self._keys = Statement(
            select(c.seq, c.grade).where(in_json(c.id, bindparam("ids", type_=TEXT)))
        )
        self._grades = Statement(
            select(c.seq, c.grade).where(in_json_numbers(c.seq, bindparam("seqs", type_=TEXT)))
        )

    def regraded(self, changes: Mapping[int, Regraded]) -> Unit[None]:
        """After the grade that holds of these rows (``seq``) became another."""
        del changes
        yield from ()

    def derive(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        derived = super().derive(values)
        if "grade_given" not in values:
            return derived
        # Where only the given grade is written, and that is none, `_settled` finds the computed.
        given = values["grade_given"]
        return {**derived, "grade": values.get("grade_computed") if given is None else given}

    def update(self, id: str, fields: Mapping[str, Any]) -> Unit[dict[str, Any]]:
        if "grade_given" not in fields:
            return (yield from super().update(id, fields))
        before = yield from self._before([id])
        changed = yield from super().update(id, fields)
        if "grade_given" in changed:
            yield from self._settled([id], before)
        return changed

    def write_many(self, fields: Mapping[str, Mapping[str, Any]]) -> Unit[None]:
        ids = [id_ for id_, values in fields.items() if "grade_given" in values]
        before = yield from self._before(ids)
        yield from super().write_many(fields)
        yield from self._settled(ids, before)

    def update_where(
        self,
        condition: ColumnElement[bool],
        parameters: Mapping[str, Any],
        fields: Mapping[str, Any],
        *,
        computed: Mapping[str, ColumnElement[Any]] | None = None,
        limit: int = BULK_LIMIT,
    ) -> Unit[int]:
        ids: list[str] = []
        if "grade_given" in fields:
            c = self.table.c
            # What the condition finds afterwards may be other rows.
            found = yield from rows(
                Statement(select(c.id).where(condition).limit(bindparam("most"))),
                **parameters,
                most=limit + 1,
            )
            ids = [id_ for (id_,) in found]
        before = yield from self._before(ids)
        changed = yield from super().update_where(
            condition, parameters, fields, computed=computed, limit=limit
        )
        yield from self._settled(ids, before)
        return changed

    def _before(self, ids: Sequence[str]) -> Unit[dict[int, str | None]]:
        """The grades that hold before a change, by key."""
        if not ids:
            return {}
        return dict((yield from rows(self._keys, ids=encode_texts(ids))))

    def _settled(self, ids: Sequence[str], before: Mapping[int, str | None]) -> Unit[None]:
        if not ids:
            return
        stamp = {"revision": new_revision()} if self._revised else {}
        yield from count(self._settle, ids=encode_texts(ids), **stamp)
        seqs = encode_keys(before)
        after = yield from rows(self._grades, seqs=seqs)
        other = {seq: Regraded(before[seq], g) for seq, g in after if g != before[seq]}
        if other:
            yield from self.regraded(other)
