"""The audited rows of one table: insert, update, delete, bulk edit, and what they announce.

Columns declare with :func:`~mustela.store.edited`, :func:`~mustela.store.observed` and
:func:`~mustela.store.derived` what the audit keeps of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Float,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    literal,
    select,
    update,
)

from mustela.store import audit
from mustela.store.bulk import BULK_LIMIT, BulkUpdate, audit_statement, audit_values
from mustela.store.dialect_sql import json_fields
from mustela.store.errors import BulkTooLarge, InvalidValue, NotFound
from mustela.store.kept_records import new_revision
from mustela.store.record import check_plain
from mustela.store.schema import revision_of, role
from mustela.store.statement import Statement
from mustela.store.unit import Count, Unit, changed, count, current, many, one, rows

_INTEGER, _TEXT, _MOST = (int,), (str,), 2**63 - 1


class Records:
    """One audited table. Its methods are units, for the operations of a repository.

    ``topic`` names the records in events, tokens and the audit. The table has a text column
    ``id``; if it has ``created_at`` and ``updated_at``, they are kept (integer microseconds), and
    so is the ``revision`` of :func:`mustela.store.schema.revision`.
    Subclass to compute derived columns (:meth:`derive`) or to keep other tables in step
    (:meth:`inserted`, :meth:`deleted`).
    """

    #: For a subclass whose inserted values come from a :class:`Record`, which has checked them.
    checked: ClassVar[bool] = False
    #: Where one row of the audit stands for many records, whose values it does not keep: an undo of
    #: the change that it belongs to passes it over.
    summed_up: ClassVar[bool] = False

    def __init__(self, table: Table, topic: str) -> None:
        self.table = table
        self.topic = topic
        self.columns: tuple[Column[Any], ...] = tuple(c for c in table.columns if c.name != "seq")
        self.names = tuple(column.name for column in self.columns)
        self.roles = {column.name: role(column) for column in self.columns}
        for column in self.columns:
            if isinstance(column.type, LargeBinary) and self.roles[column.name] != "derived":
                raise TypeError(f"{table.name}.{column.name}: bytes cannot be audited")
        revision = revision_of(table)
        self._revised = revision is not None
        self._allowed = {c.name: _plain_types(c) for c in self.columns if c is not revision}
        #: Names of columns that are unique together, the last of which holds text; without the id.
        self.unique = [
            names
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
            and (names := [column.name for column in constraint.columns]) != ["id"]
            and self._allowed[names[-1]] is _TEXT
        ]
        self._edited = [name for name in self.names if self.roles[name] == "edited"]
        self.defaults = {c.name: c.info.get("default") for c in self.columns if role(c) == "edited"}
        self._blank = {name: self.defaults.get(name) for name in self.names}
        #: All of a record that JSON can keep: derived bytes are made again.
        self._whole_names = [name for name, types in self._allowed.items() if types]
        self._created = "created_at" in self.names
        self._updated = "updated_at" in self.names
        self._insert = Statement(
            insert(table).values({name: bindparam(name) for name in self.names})
        )
        self._delete = Statement(delete(table).where(table.c.id == bindparam("id")))
        self._whole = Statement(select(*self.columns).where(table.c.id == bindparam("id")))
        self.select = lru_cache(maxsize=512)(self._make_select)
        self._update = lru_cache(maxsize=512)(self._make_update)

    # What a subclass may say.

    def derive(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Derived columns that follow from changed ones; called with what is written."""
        del values
        return {}

    def inserted(self, values: Mapping[str, Any]) -> Unit[None]:
        """After a record came to be, by insert or restore."""
        del values
        yield from ()

    def deleted(self, values: Mapping[str, Any]) -> Unit[None]:
        """After a record was deleted; ``values`` is all it was."""
        del values
        yield from ()

    # Units.

    def insert(self, values: Mapping[str, Any]) -> Unit[dict[str, Any]]:
        """Add a record, answer its columns; ``AlreadyExists`` where a unique value is taken."""
        context = yield from current()
        row = self._row(values, context.now)
        yield Count(self._insert, row)
        yield from audit.record(context, self.topic, row["id"], "insert", after=self._said(row))
        yield from self.inserted(row)
        yield from changed(self.topic, row["id"], delta=1)
        return row

    def insert_many(self, many_values: Sequence[Mapping[str, Any]]) -> Unit[None]:
        """Add records, all or none."""
        yield from self._insert_all(many_values, "insert")

    def _insert_all(
        self, many_values: Sequence[Mapping[str, Any]], action: audit.Action
    ) -> Unit[None]:
        context = yield from current()
        new = [self._row(values, context.now) for values in many_values]
        if not new:
            return
        yield from many(self._insert, new)
        yield from many(
            audit.ADD,
            [
                audit.row_of(context, self.topic, row["id"], action, None, self._said(row))
                for row in new
            ],
        )
        for row in new:
            yield from self.inserted(row)
        yield from changed(self.topic, new[0]["id"] if len(new) == 1 else None, delta=len(new))

    def update(self, id: str, fields: Mapping[str, Any]) -> Unit[dict[str, Any]]:
        """Write the named fields only, if they differ; answers what differed, as it was.

        ``NotFound`` where there is no such record, ``AlreadyExists`` where a unique value is
        taken; then nothing has changed.
        """
        self._check(fields)
        names = tuple(fields)
        found = yield from rows(self.select(names or ("id",)), id=id)
        if not found:
            raise NotFound(f"there is no {self.topic} record {id}")
        before = {
            name: old for name, old in zip(names, found[0], strict=False) if old != fields[name]
        }
        if before:
            yield from self._write(id, before, {name: fields[name] for name in before})
        return before

    def _write(self, id: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Unit[None]:
        context = yield from current()
        written = {**after, **self.derive(after)}
        written.update(self._stamps(context.now))
        yield from count(self._update(tuple(written)), record=id, **written)
        kept = [name for name in after if self.roles[name] != "derived"]
        if kept:
            yield from audit.record(
                context,
                self.topic,
                id,
                "update",
                {name: before[name] for name in kept},
                {name: after[name] for name in kept},
            )
        yield from changed(self.topic, id)

    def write_many(self, fields: Mapping[str, Mapping[str, Any]]) -> Unit[None]:
        """Write the same fields of several records, without audit: for units that write it."""
        context = yield from current()
        stamps = self._stamps(context.now)
        new = [
            {"record": id_, **values, **self.derive(values), **stamps}
            for id_, values in fields.items()
        ]
        if new:
            names = tuple(name for name in new[0] if name != "record")
            yield from many(self._update(names), new)

    def update_where(
        self,
        condition: ColumnElement[bool],
        parameters: Mapping[str, Any],
        fields: Mapping[str, Any],
        *,
        computed: Mapping[str, ColumnElement[Any]] | None = None,
        limit: int = BULK_LIMIT,
    ) -> Unit[int]:
        """Write the same fields to every record that matches: one change, one undo.

        ``computed`` fields get the value of an expression over the record, whose parameters stand
        in ``parameters``. Set-based; answers how many records changed. ``BulkTooLarge`` above
        ``limit``.
        """
        bulk = self._bulk(condition, fields, computed or {})
        size = yield from self._bulk_size(bulk, parameters, fields, limit)
        if not size:
            return 0
        context = yield from current()
        changes = {**parameters, **{f"new_{name}": value for name, value in fields.items()}}
        yield from count(bulk.add_audit, **changes, **audit_values(context, self.topic, "update"))
        derived = {**self.derive(fields), **self._stamps(context.now)}
        written = {f"derived_{name}": value for name, value in derived.items()}
        done = yield from count(bulk.write, **changes, **written)
        yield from changed(self.topic)
        return done

    def would_update(
        self,
        condition: ColumnElement[bool],
        parameters: Mapping[str, Any],
        fields: Mapping[str, Any],
        *,
        computed: Mapping[str, ColumnElement[Any]] | None = None,
        limit: int = BULK_LIMIT,
    ) -> Unit[int]:
        """How many records :meth:`update_where` would change; it refuses what that refuses."""
        bulk = self._bulk(condition, fields, computed or {})
        return (yield from self._bulk_size(bulk, parameters, fields, limit))

    def _bulk(
        self,
        condition: ColumnElement[bool],
        fields: Mapping[str, Any],
        computed: Mapping[str, ColumnElement[Any]],
    ) -> BulkUpdate:
        self._check(fields)
        if self.derive(dict.fromkeys(computed, "")):
            raise InvalidValue(f"others follow from {', '.join(computed)}; write them one by one")
        derived = (*self.derive(fields), *self._stamps(0))
        return BulkUpdate(self.table, condition, tuple(sorted(fields)), computed, derived)

    def _bulk_size(
        self,
        bulk: BulkUpdate,
        parameters: Mapping[str, Any],
        fields: Mapping[str, Any],
        limit: int,
    ) -> Unit[int]:
        new = {f"new_{name}": value for name, value in fields.items()}
        size = (yield from one(bulk.matching, int, **parameters, **new, most=limit + 1)) or 0
        if size > limit:
            raise BulkTooLarge(
                f"the change would touch more than {limit:,} records; narrow the selection"
            )
        return size

    def delete(self, id: str) -> Unit[dict[str, Any] | None]:
        """Remove a record; answers all it was, or ``None`` where there was none."""
        found = yield from rows(self._whole, id=id)
        if not found:
            return None
        values = dict(zip(self.names, found[0], strict=True))
        context = yield from current()
        yield from count(self._delete, id=id)
        yield from audit.record(
            context,
            self.topic,
            id,
            "delete",
            before={name: values[name] for name in self._whole_names},
        )
        yield from self.deleted(values)
        yield from changed(self.topic, id, delta=-1)
        return values

    def delete_where(
        self, condition: ColumnElement[bool], parameters: Mapping[str, Any]
    ) -> Unit[int]:
        """Remove every record that matches, as one change; answers how many.

        Set-based, and :meth:`deleted` is not called for each.
        """
        context = yield from current()
        whole = json_fields(*(p for n in self._whole_names for p in (literal(n), self.table.c[n])))
        yield from count(
            audit_statement(self.table, condition, whole),
            **parameters,
            **audit_values(context, self.topic, "delete"),
        )
        done = yield from count(Statement(delete(self.table).where(condition)), **parameters)
        if done:
            yield from changed(self.topic, delta=-done)
        return done

    def restore(self, values: Mapping[str, Any]) -> Unit[None]:
        """Bring a deleted record back as it was, with its id."""
        yield from self.restore_many([values])

    def restore_many(self, many_values: Sequence[Mapping[str, Any]]) -> Unit[None]:
        """Bring deleted records back as they were, with their ids."""
        yield from self._insert_all([self._from_audit(values) for values in many_values], "restore")

    # Statements and rows.

    def _from_audit(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What JSON has kept of a record, in the columns that there are by now."""
        return {
            name: float(value) if type(value) is int and float in self._allowed[name] else value
            for name, value in values.items()
            if name in self._allowed
        }

    def _check(self, values: Mapping[str, Any]) -> None:
        """Refuse what some engine would round, turn into NULL, or not take."""
        allowed = self._allowed
        for name, value in values.items():
            if name not in allowed:
                raise InvalidValue(f"{self.topic} records have no field {name!r}")
            types = allowed[name]
            if value is None or (
                type(value) is int and types is _INTEGER and -_MOST < value < _MOST
            ):
                continue  # most columns, without a call
            if types:
                check_plain(name, value, types)

    def _row(self, values: Mapping[str, Any], now: int) -> dict[str, Any]:
        if not self.checked:
            self._check(values)
        row = {**self._blank, **values}
        row.update(self.derive(values))
        if self._revised:
            row["revision"] = new_revision()
        if self._created and row["created_at"] is None:
            row["created_at"] = now
        if self._updated and row["updated_at"] is None:
            row["updated_at"] = now
        return row

    def _stamps(self, now: int) -> dict[str, int]:
        """What every change of a record writes besides."""
        stamps = {"updated_at": now} if self._updated else {}
        if self._revised:
            stamps["revision"] = new_revision()
        return stamps

    def _said(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What people had said of a new record, without what is there by default."""
        return {name: row[name] for name in self._edited if row[name] != self.defaults[name]}

    def _make_select(self, names: tuple[str, ...]) -> Statement:
        columns = [self.table.c[name] for name in names]
        return Statement(select(*columns).where(self.table.c.id == bindparam("id")))

    def _make_update(self, names: tuple[str, ...]) -> Statement:
        return Statement(
            update(self.table)
            .where(self.table.c.id == bindparam("record"))
            .values({name: bindparam(name) for name in names})
        )


def _plain_types(column: Column[Any]) -> tuple[type, ...]:
    """The types that every engine keeps as they are in a column; empty for bytes."""
    kind = column.type
    if isinstance(kind, Integer):
        return _INTEGER
    if isinstance(kind, Float):
        return (float, int)
    return () if isinstance(kind, LargeBinary) else _TEXT
