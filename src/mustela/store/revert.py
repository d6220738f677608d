"""Undo: taking back one audited change, or all that one unit changed.

A change of many records is taken back in parts, newest first, all in one unit: what is held in
memory does not grow with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby, islice
from typing import Any, TypeAlias

from sqlalchemy import bindparam, select

from mustela.store import audit
from mustela.store.audit import AuditEntry
from mustela.store.dialect_sql import in_json
from mustela.store.errors import FieldConflict, NotFound, NotRevertible, RevertConflict
from mustela.store.operation import read, write
from mustela.store.record import encode_texts
from mustela.store.records import Records
from mustela.store.statement import Statement
from mustela.store.unit import Unit, all, changed, current, many, one, rows

#: Entries that are undone together.
_PART = 1000
#: Records in conflict that one refusal lists.
_MOST_LISTED = 100


class AuditOperations:
    """History and undo over the records of one or several tables."""

    def __init__(self, *args: Any, records: Sequence[Records] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._records = {one.topic: one for one in records}

    @read
    def history_of(
        self, topic: str, id: str, limit: int = 100, before: int | None = None
    ) -> Unit[list[AuditEntry]]:
        """What happened to a record, newest first; ``before`` pages on (an audit id)."""
        return (yield from audit.history(topic, id, limit, before))

    @write
    def revert(self, reference: int | str) -> Unit[str]:
        """Take back an audit entry (its integer id) or a whole change (its change id).

        Every field must still have the value that the change gave it, else
        :class:`~mustela.store.errors.RevertConflict` and nothing changes. Answers the change id
        of the undo, which can be reverted itself.
        """
        return (yield from revert(self._records, reference))


class _Conflicts:
    """What stands in the way of an undo, by record."""

    def __init__(self) -> None:
        self.records: dict[str, list[FieldConflict]] = {}

    @property
    def enough(self) -> bool:
        """More would not be listed."""
        return len(self.records) >= _MOST_LISTED

    def add(self, record: str, field: str, expected: Any, found: Any) -> None:
        conflict = FieldConflict(record, field, expected, found)
        self.records.setdefault(record, []).append(conflict)

    def gone(self, entry: AuditEntry) -> None:
        """The record is not there any more."""
        id_ = str(entry.record_id)
        self.add(id_, "id", id_, None)

    def there(self, id: str) -> None:
        """The record is there again."""
        self.add(id, "id", None, id)

    def compare(
        self, id: str, names: Sequence[str], expected: Mapping[str, Any], found: Mapping[str, Any]
    ) -> None:
        for name in names:
            if found[name] != expected[name]:
                self.add(id, name, expected[name], found[name])

    def without(self, entries: Sequence[AuditEntry]) -> list[AuditEntry]:
        """The entries of records that are in no conflict."""
        return [entry for entry in entries if entry.record_id not in self.records]

    def error(self) -> RevertConflict:
        count = f"at least {len(self.records)}" if self.enough else str(len(self.records))
        listed = islice(self.records.values(), _MOST_LISTED)
        return RevertConflict(
            f"{count} record(s) changed since; nothing was reverted",
            [conflict for fields in listed for conflict in fields],
        )


def revert(records: Mapping[str, Records], reference: int | str) -> Unit[str]:
    """See :meth:`AuditOperations.revert`."""
    conflicts = _Conflicts()
    first: AuditEntry | None = None
    said = False
    before = audit.NO_ID
    while not conflicts.enough:
        entries = yield from _entries(reference, before)
        if not entries:
            break
        first, before = first or entries[0], entries[-1].id
        for entry in entries:
            if entry.topic not in records or entry.record_id is None:
                raise NotRevertible(f"a change of {entry.topic} cannot be reverted here")
        entries = _said(records, entries)
        said = said or bool(entries)
        yield from _undo(records, entries, conflicts)
    if first is None:
        raise NotFound(f"the audit has no entry {reference}")
    if not said:
        raise NotRevertible(
            f"entry {first.id} holds what a program observed; only what people say can be reverted"
        )
    if conflicts.records:
        raise conflicts.error()
    context = yield from current()
    return context.change_id


def _entries(reference: int | str, before: int) -> Unit[list[AuditEntry]]:
    """What to undo, newest first: the next part."""
    if isinstance(reference, str):
        return (
            yield from all(
                audit.OF_CHANGE, audit.entry, change_id=reference, before=before, limit=_PART
            )
        )
    if reference >= before:
        return []  # the one entry has been had
    return (yield from all(audit.BY_ID, audit.entry, id=reference))


def _undo(
    records: Mapping[str, Records], entries: Sequence[AuditEntry], conflicts: _Conflicts
) -> Unit[None]:
    """Undo what is in no conflict. Where something is, all of it is rolled back in the end."""
    for (topic, action, _), group in groupby(entries, key=_kind):
        alike = conflicts.without(list(group))
        together = _TOGETHER.get(action)
        if together and len({entry.record_id for entry in alike}) == len(alike) > 1:
            yield from together(records[topic], alike, conflicts)
        else:
            for entry in alike:
                if entry.record_id not in conflicts.records:
                    yield from _UNDO[action](records[topic], entry, conflicts)


def _kind(entry: AuditEntry) -> tuple[str, str, tuple[str, ...]]:
    """Entries of one kind that follow each other can be undone together."""
    fields = tuple(sorted(entry.after or {})) if entry.action == "update" else ()
    return entry.topic, entry.action, fields


def _edited(records: Records, entry: AuditEntry) -> list[str]:
    return [name for name in entry.after or {} if records.roles.get(name) == "edited"]


def _said(records: Mapping[str, Records], entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """The entries without those that hold only what programs observed, or sums: those stay."""
    return [
        e
        for e in entries
        if not records[e.topic].summed_up and (e.action != "update" or _edited(records[e.topic], e))
    ]


def _undo_update(records: Records, entry: AuditEntry, conflicts: _Conflicts) -> Unit[None]:
    id_ = str(entry.record_id)
    names = _edited(records, entry)
    found = yield from rows(records.select(tuple(names)), id=id_)
    if not found:
        conflicts.gone(entry)
        return
    conflicts.compare(id_, names, entry.after or {}, dict(zip(names, found[0], strict=True)))
    if id_ not in conflicts.records:
        before = entry.before or {}
        yield from records.update(id_, {name: before[name] for name in names})


def _undo_insert(records: Records, entry: AuditEntry, conflicts: _Conflicts) -> Unit[None]:
    """The record goes again, unless people have said something of it since."""
    id_ = str(entry.record_id)
    said = {**records.defaults, **(entry.after or {})}
    names = tuple(said)
    found = yield from rows(records.select(names or ("id",)), id=id_)
    if not found:
        conflicts.gone(entry)
        return
    conflicts.compare(id_, names, said, dict(zip(names, found[0], strict=False)))
    if id_ not in conflicts.records:
        yield from records.delete(id_)


def _undo_delete(records: Records, entry: AuditEntry, conflicts: _Conflicts) -> Unit[None]:
    id_ = str(entry.record_id)
    taken = yield from one(records.select(("id",)), str, id=id_)
    if taken is not None:
        conflicts.there(id_)
        return
    yield from _find_taken(records, [entry], conflicts)
    if id_ not in conflicts.records:
        yield from records.restore(entry.before or {})


_Undo: TypeAlias = Callable[[Records, AuditEntry, _Conflicts], Unit[None]]
_UNDO: dict[str, _Undo] = {
    "insert": _undo_insert,
    "restore": _undo_insert,
    "update": _undo_update,
    "delete": _undo_delete,
}


def _undo_updates(
    records: Records, entries: Sequence[AuditEntry], conflicts: _Conflicts
) -> Unit[None]:
    """Many records at once: one read, one write and one audit statement, run for all of them."""
    names = _edited(records, entries[0])
    table = records.table
    present = yield from rows(
        Statement(
            select(table.c.id, *(table.c[name] for name in names)).where(
                in_json(table.c.id, bindparam("ids"))
            )
        ),
        ids=_ids_of(entries),
    )
    found = {row[0]: dict(zip(names, row[1:], strict=True)) for row in present}
    for entry in entries:
        id_ = str(entry.record_id)
        if id_ not in found:
            conflicts.gone(entry)
        else:
            conflicts.compare(id_, names, entry.after or {}, found[id_])
    context = yield from current()
    before = {
        str(entry.record_id): {name: (entry.before or {})[name] for name in names}
        for entry in conflicts.without(entries)
    }
    yield from records.write_many(before)
    yield from many(
        audit.ADD,
        [
            audit.row_of(context, records.topic, id_, "update", found[id_], old)
            for id_, old in before.items()
        ],
    )
    yield from changed(records.topic)


def _undo_deletes(
    records: Records, entries: Sequence[AuditEntry], conflicts: _Conflicts
) -> Unit[None]:
    """Many records come back at once."""
    table = records.table
    taken = yield from rows(
        Statement(select(table.c.id).where(in_json(table.c.id, bindparam("ids")))),
        ids=_ids_of(entries),
    )
    for (id_,) in taken:
        conflicts.there(id_)
    yield from _find_taken(records, conflicts.without(entries), conflicts)
    yield from records.restore_many([entry.before or {} for entry in conflicts.without(entries)])


def _find_taken(
    records: Records, entries: Sequence[AuditEntry], conflicts: _Conflicts
) -> Unit[None]:
    """Unique values of deleted records that another one has by now, such as a path."""
    for *shared, last in records.unique:
        wanted: dict[tuple[Any, ...], dict[Any, str]] = {}
        for entry in entries:
            before = entry.before or {}
            values = tuple(before.get(name) for name in (*shared, last))
            if None not in values:
                wanted.setdefault(values[:-1], {})[values[-1]] = str(entry.record_id)
        column = records.table.c[last]
        same = [records.table.c[name] == bindparam(f"same_{name}") for name in shared]
        statement = Statement(select(column).where(*same, in_json(column, bindparam("values"))))
        for values, owners in wanted.items():
            parameters = {f"same_{name}": v for name, v in zip(shared, values, strict=True)}
            taken = yield from rows(statement, **parameters, values=encode_texts(owners))
            for (value,) in taken:
                conflicts.add(owners[value], last, None, value)


def _ids_of(entries: Sequence[AuditEntry]) -> str:
    return encode_texts(str(entry.record_id) for entry in entries)


_TOGETHER: dict[str, Callable[[Records, Sequence[AuditEntry], _Conflicts], Unit[None]]] = {
    "update": _undo_updates,
    "delete": _undo_deletes,
}
