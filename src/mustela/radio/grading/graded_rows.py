"""Rows of one table to be graded: read in parts, graded, and written where that changes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Table, bindparam, func, select, update

from mustela.radio.grading.graded_records import GradedRecords, Regraded
from mustela.radio.grading.reason import Graded
from mustela.store import TEXT, Statement, Unit, changed, current, many, rows
from mustela.store.dialect_sql import in_json
from mustela.store.errors import InvalidValue
from mustela.store.kept_records import new_revision
from mustela.store.record import decode_texts, encode_texts
from mustela.store.schema import revision_of

F = TypeVar("F", bound=msgspec.Struct)

#: Rows that one unit grades, and how many of a walk where nobody says: others wait for it.
MOST_ROWS = 500
PART = 100
#: What stands before the facts in a row.
_BEFORE = 6


class ToGrade(msgspec.Struct, Generic[F]):
    """A row, its facts, and the columns that were asked for besides."""

    seq: int
    id: str
    given: str | None
    computed: str | None
    reasons: str
    graded_at: int | None
    facts: F
    besides: tuple[Any, ...]


class GradedPart(msgspec.Struct, frozen=True):
    """How many rows were looked at, how many were given another grade or other reasons.

    ``next`` is where to go on; ``None`` after the last.
    """

    looked_at: int
    changed: int
    next: int | None = None


class GradedRows(Generic[F]):
    """Statements over one table: its facts, and its grades.

    The fields of ``facts`` that the table has as columns are read (``flags`` is JSON), and the
    columns ``besides``. ``records`` hear of grades that changed.
    """

    def __init__(
        self,
        table: Table,
        topic: str,
        facts: type[F],
        *,
        besides: Sequence[str] = (),
        records: GradedRecords | None = None,
    ) -> None:
        c = table.c
        self._topic = topic
        self._facts = facts
        self._records = records
        self._names = [name for name in facts.__struct_fields__ if name in c]
        base = select(
            c.seq,
            c.id,
            c.grade_given,
            c.grade_computed,
            c.grade_reasons,
            c.graded_at,
            *(c[name] for name in (*self._names, *besides)),
        )
        self._by_id = Statement(
            base.where(in_json(c.id, bindparam("ids", type_=TEXT))).order_by(c.seq)
        )
        self._after = Statement(
            base.where(c.seq > bindparam("after")).order_by(c.seq).limit(bindparam("limit"))
        )
        self._revised = revision_of(table) is not None
        computed = bindparam("computed", type_=TEXT)
        self._write = Statement(
            update(table)
            .where(c.seq == bindparam("row"))
            .values(
                grade_computed=computed,
                grade=func.coalesce(c.grade_given, computed),
                grade_reasons=bindparam("reasons"),
                graded_at=bindparam("now"),
                **({"revision": bindparam("revision")} if self._revised else {}),
            )
        )

    def of_ids(self, ids: Sequence[str]) -> Unit[list[ToGrade[F]]]:
        """The rows of these ids; ids of none are passed over."""
        if len(ids) > MOST_ROWS:
            raise InvalidValue(f"grade at most {MOST_ROWS} at once, not {len(ids)}")
        return list(map(self._row, (yield from rows(self._by_id, ids=encode_texts(ids)))))

    def after(self, seq: int, limit: int) -> Unit[list[ToGrade[F]]]:
        """The rows after a key, in order."""
        if not 0 < limit <= MOST_ROWS:
            raise InvalidValue(f"grade between 1 and {MOST_ROWS} at once, not {limit}")
        return list(map(self._row, (yield from rows(self._after, after=seq, limit=limit))))

    def write(
        self, found: Sequence[ToGrade[F]], grade: Callable[[ToGrade[F]], Graded]
    ) -> Unit[GradedPart]:
        """Grade rows, and write what differs. Not audited: grades follow from other things.

        ``graded_at`` is when a row got the grade and the reasons that it has.
        """
        context = yield from current()
        new: list[dict[str, Any]] = []
        regraded: dict[int, Regraded] = {}
        ids: list[str] = []
        for row in found:
            result = grade(row)
            reasons = encode_texts(result.texts)
            same = (result.grade, reasons) == (row.computed, row.reasons)
            if same and row.graded_at is not None:
                continue
            ids.append(row.id)
            new.append(
                {
                    "row": row.seq,
                    "computed": result.grade,
                    "reasons": reasons,
                    "now": context.now,
                    **({"revision": new_revision()} if self._revised else {}),
                }
            )
            if row.given is None and result.grade != row.computed:
                regraded[row.seq] = Regraded(row.computed, result.grade)
        if new:
            yield from many(self._write, new)
            yield from changed(self._topic, ids[0] if len(ids) == 1 else None)
        if regraded and self._records is not None:
            yield from self._records.regraded(regraded)
        return GradedPart(len(found), len(new))

    def _row(self, columns: tuple[Any, ...]) -> ToGrade[F]:
        end = _BEFORE + len(self._names)
        values: dict[str, Any] = dict(zip(self._names, columns[_BEFORE:end], strict=True))
        if "flags" in values:
            values["flags"] = decode_texts(values["flags"])
        seq, id_, given, computed, reasons, graded_at = columns[:_BEFORE]
        facts = self._facts(**values)
        return ToGrade(seq, id_, given, computed, reasons, graded_at, facts, columns[end:])


def with_next(part: GradedPart, found: Sequence[ToGrade[Any]], limit: int) -> GradedPart:
    """A part of a walk through the table; a short one is the last."""
    if len(found) < limit:
        return part
    return msgspec.structs.replace(part, next=found[-1].seq)
