"""Undo: taking back one audited change, or all that one unit changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, select

from mustela.store import audit
from mustela.store.audit import AuditEntry
from mustela.store.dialect_sql import in_json
from mustela.store.errors import NotFound, NotRevertible, RevertConflict
from mustela.store.operation import read, write
from mustela.store.record import encode_texts
from mustela.store.records import Records
from mustela.store.statement import Statement
from mustela.store.unit import Unit, all, changed, current, many, one, rows

Conflicts = dict[str, dict[str, dict[str, Any]]]


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


def revert(records: Mapping[str, Records], reference: int | str) -> Unit[str]:
    """See :meth:`AuditOperations.revert`."""
    entries = yield from _entries(reference)
    for entry in entries:
        if entry.topic not in records or entry.record_id is None:
            raise NotRevertible(f"a change of {entry.topic} cannot be reverted here")
    entries = _said(records, entries)
    conflicts: Conflicts = {}
    for (topic, action, _), group in groupby(entries, key=_kind):
        alike = list(group)
        together = _TOGETHER.get(action)
        if together and len({entry.record_id for entry in alike}) == len(alike) > 1:
            yield from together(records[topic], alike, conflicts)
        else:
            for entry in alike:
                yield from _UNDO[action](records[topic], entry, conflicts)
    if conflicts:
        raise RevertConflict(
            f"{len(conflicts)} record(s) changed since; nothing was reverted", conflicts
        )
    context = yield from current()
    return context.change_id


def _entries(reference: int | str) -> Unit[list[AuditEntry]]:
    """What to undo, newest first."""
    if isinstance(reference, int):
        found = yield from all(audit.BY_ID, audit.entry, id=reference)
    else:
        found = yield from all(audit.BY_CHANGE, audit.entry, change_id=reference)
    if not found:
        raise NotFound(f"the audit has no entry {reference}")
    return found


def _kind(entry: AuditEntry) -> tuple[str, str, tuple[str, ...]]:
    """Entries of one kind that follow each other can be undone together."""
    fields = tuple(sorted(entry.after or {})) if entry.action == "update" else ()
    return entry.topic, entry.action, fields


def _edited(records: Records, entry: AuditEntry) -> list[str]:
    return [name for name in entry.after or {} if records.roles.get(name) == "edited"]


def _said(records: Mapping[str, Records], entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """The entries without updates that hold only what programs observed: those stay."""
    said = [e for e in entries if e.action != "update" or _edited(records[e.topic], e)]
    if not said:
        raise NotRevertible(
            f"entry {entries[0].id} holds what a program observed; "
            "only what people say can be reverted"
        )
    return said


def _compare(
    entry: AuditEntry, names: Sequence[str], found: Mapping[str, Any], conflicts: Conflicts
) -> None:
    expected = entry.after or {}
    for name in names:
        if found[name] != expected[name]:
            conflicts.setdefault(str(entry.record_id), {}).setdefault(
                name, {"expected": expected[name], "found": found[name]}
            )


def _gone(entry: AuditEntry, conflicts: Conflicts) -> None:
    conflicts[str(entry.record_id)] = {"id": {"expected": entry.record_id, "found": None}}


def _undo_update(records: Records, entry: AuditEntry, conflicts: Conflicts) -> Unit[None]:
    id_ = str(entry.record_id)
    names = _edited(records, entry)
    found = yield from rows(records.select(tuple(names)), id=id_)
    if not found:
        _gone(entry, conflicts)
        return
    _compare(entry, names, dict(zip(names, found[0], strict=True)), conflicts)
    if id_ not in conflicts:
        before = entry.before or {}
        yield from records.update(id_, {name: before[name] for name in names})


def _undo_insert(records: Records, entry: AuditEntry, conflicts: Conflicts) -> Unit[None]:
    """The record goes again, unless people have said something of it since."""
    id_ = str(entry.record_id)
    said = {**records.defaults, **(entry.after or {})}
    names = tuple(said)
    found = yield from rows(records.select(names or ("id",)), id=id_)
    if not found:
        _gone(entry, conflicts)
        return
    present = dict(zip(names, found[0], strict=False))
    for name in names:
        if present[name] != said[name]:
            conflicts.setdefault(id_, {})[name] = {"expected": said[name], "found": present[name]}
    if id_ not in conflicts:
        yield from records.delete(id_)


def _undo_delete(records: Records, entry: AuditEntry, conflicts: Conflicts) -> Unit[None]:
    id_ = str(entry.record_id)
    taken = yield from one(records.select(("id",)), str, id=id_)
    if taken is not None:
        conflicts[id_] = {"id": {"expected": None, "found": id_}}
        return
    yield from records.restore(entry.before or {})


_UNDO: dict[str, Callable[[Records, AuditEntry, Conflicts], Unit[None]]] = {
    "insert": _undo_insert,
    "restore": _undo_insert,
    "update": _undo_update,
    "delete": _undo_delete,
}


def _undo_updates(records: Records, entries: list[AuditEntry], conflicts: Conflicts) -> Unit[None]:
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
        if entry.record_id not in found:
            _gone(entry, conflicts)
        else:
            _compare(entry, names, found[entry.record_id], conflicts)
    if conflicts:
        return
    context = yield from current()
    before = {str(entry.record_id): entry.before or {} for entry in entries}
    yield from records.write_many({id_: {n: old[n] for n in names} for id_, old in before.items()})
    yield from many(
        audit.ADD,
        [
            audit.row_of(
                context,
                records.topic,
                id_,
                "update",
                found[id_],
                {name: old[name] for name in names},
            )
            for id_, old in before.items()
        ],
    )
    yield from changed(records.topic)


def _undo_deletes(records: Records, entries: list[AuditEntry], conflicts: Conflicts) -> Unit[None]:
    """Many records come back at once."""
    table = records.table
    taken = yield from rows(
        Statement(select(table.c.id).where(in_json(table.c.id, bindparam("ids")))),
        ids=_ids_of(entries),
    )
    for (id_,) in taken:
        conflicts[id_] = {"id": {"expected": None, "found": id_}}
    if not taken:
        yield from records.restore_many([entry.before or {} for entry in entries])


def _ids_of(entries: Sequence[AuditEntry]) -> str:
    return encode_texts(str(entry.record_id) for entry in entries)


_TOGETHER: dict[str, Callable[[Records, list[AuditEntry], Conflicts], Unit[None]]] = {
    "update": _undo_updates,
    "delete": _undo_deletes,
}
