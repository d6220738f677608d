"""How a scan reads and writes the records of files: in batches, and never what people say.

For every collection whose table has the columns ``seq``, ``id``, ``root_id``, ``path``,
``file_size``, ``mtime_ns``, ``fingerprint`` and ``missing_since``, and ``job_id`` if it likes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

import msgspec
from sqlalchemy import Table, bindparam, func, select

from mustela.files.errors import ScanFailed
from mustela.files.scan_target import (
    ElsewhereRow,
    Found,
    KnownRow,
    MissingRow,
    Move,
    Observed,
)
from mustela.files.schema import roots
from mustela.files.tombstones import clear_tombstone, write_tombstone
from mustela.store import (
    Records,
    Statement,
    Unit,
    audit,
    changed,
    current,
    heavy_read,
    many,
    one,
    rows,
    write,
)
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.errors import NotRevertible
from mustela.store.record import encode_keys, encode_texts

#: A path that no file has: path text never holds a lone backslash.
_ASIDE = "\\moving/"

Rows = dict[str, Mapping[str, Any]]


class FileRecords(Records):
    """The audited rows of files; a deleted file is remembered, so that scans leave it out.

    The topic is the name of the collection.
    """

    def inserted(self, values: Mapping[str, Any]) -> Unit[None]:
        yield from clear_tombstone(self.topic, values["root_id"], values["path"])

    def restore_many(self, many_values: Sequence[Mapping[str, Any]]) -> Unit[None]:
        for root_id in {values["root_id"] for values in many_values} - {""}:
            if (yield from one(_ROOT, str, root=root_id)) is None:
                raise NotRevertible("the record's root has been removed; undo that first")
        yield from super().restore_many(many_values)

    def deleted(self, values: Mapping[str, Any]) -> Unit[None]:
        yield from write_tombstone(
            self.topic,
            values["root_id"],
            values["path"],
            values["id"],
            size=values["file_size"],
            mtime_ns=values["mtime_ns"],
            fingerprint=values["fingerprint"],
        )


class ScannedOperations:
    """The part of a repository that scans use: see :class:`~mustela.files.scan_target.ScanTarget`.

    A subclass names its ``records``, and may say what becomes of an examined file.
    """

    records: ClassVar[FileRecords]
    #: Columns of a new record where the file says nothing of them.
    blank: ClassVar[Mapping[str, Any]] = {}
    #: Programs say things of the items, too: where the file is silent (``None``), that stays.
    silence_keeps: ClassVar[bool] = False

    # What a subclass may say.

    def columns_of(self, details: Any) -> dict[str, Any]:
        """Columns from what ``examine`` answered of a file: a struct, or its fields by name."""
        found: dict[str, Any] = msgspec.to_builtins(details)
        return found

    def columns_at(self, path: str, details: Any) -> dict[str, Any]:
        """The same of the file at a path (path text below its root), where its name says more."""
        del path
        return self.columns_of(details)

    def content_changed(self) -> Mapping[str, Any]:
        """Columns that a new fingerprint resets, where the file says nothing else: it is another
        one."""
        return {}

    # What a scan asks.

    @heavy_read
    def known(self, root_id: str, after: str, upto: str | None, limit: int) -> Unit[list[KnownRow]]:
        """A page of the root's records by path, as the scan compares them."""
        statements = _statements(self.records.table)
        values = {"root_id": root_id, "after": after, "limit": limit}
        if upto is None:
            found: list[Any] = yield from rows(statements.known, **values)
        else:
            found = yield from rows(statements.known_upto, **values, upto=upto)
        return found

    @heavy_read
    def missing(self, sizes: Sequence[int]) -> Unit[list[MissingRow]]:
        """Missing records of any root with one of these sizes."""
        found: list[Any] = yield from rows(
            _statements(self.records.table).missing,
            sizes=encode_keys(map(int, sizes)),
        )
        return found

    @heavy_read
    def elsewhere(self, root_id: str, sizes: Sequence[int], limit: int) -> Unit[list[ElsewhereRow]]:
        """Records of other roots that have one of these sizes and are not missing; the newest."""
        found: list[Any] = yield from rows(
            _statements(self.records.table).elsewhere,
            root_id=root_id,
            sizes=encode_keys(map(int, sizes)),
            limit=limit,
        )
        return found

    @write
    def store_found(
        self, root_id: str, found: Sequence[Found], job_id: str | None = None
    ) -> Unit[int]:
        """Make records of examined files; a path that has one by now is observed instead.

        ``ScanFailed`` where the root is gone: nobody could find records without their root.
        """
        context = yield from current()
        yield from _expect_root(root_id)
        present = yield from self._by_path(root_id, [file.path for file in found])
        made_by = {"job_id": job_id} if "job_id" in self.records.names else {}
        new = [
            {
                **self.blank,
                **self.columns_at(file.path, file.details),
                "id": context.new_id(),
                "root_id": root_id,
                "path": file.path,
                "file_size": file.size,
                "mtime_ns": file.mtime_ns,
                **made_by,
            }
            for file in found
            if file.path not in present
        ]
        yield from self.records.insert_many(new)
        yield from self._observe(
            [
                Observed(str(present[f.path]["id"]), f.path, f.size, f.mtime_ns, f.details)
                for f in found
                if f.path in present
            ],
            {str(row["id"]): row for row in present.values()},
        )
        return len(new)

    @write
    def observe_files(
        self, root_id: str, observed: Sequence[Observed], job_id: str | None = None
    ) -> Unit[None]:
        """Write what was read of files; they are there, so they are not missing."""
        del root_id, job_id
        present = yield from self._by_id([file.id for file in observed])
        yield from self._observe([file for file in observed if file.id in present], present)

    @write
    def relocate(self, moves: Sequence[Move], job_id: str | None = None) -> Unit[None]:
        """New paths for records, all at once, so that files may have swapped their names."""
        del job_id
        for root_id in {move.root_id for move in moves}:
            yield from _expect_root(root_id)
        present = yield from self._by_id([move.id for move in moves])
        kept = [move for move in moves if move.id in present]
        yield from self.records.write_many({move.id: {"path": _ASIDE + move.id} for move in kept})
        yield from self._give_way(kept, present)
        yield from self._write(
            {
                move.id: {
                    "root_id": move.root_id,
                    "path": move.path,
                    "file_size": move.size,
                    "mtime_ns": move.mtime_ns,
                    "missing_since": None,
                }
                for move in kept
            },
            present,
        )

    @write
    def mark_missing(self, ids: Sequence[str], at: int) -> Unit[None]:
        """The scan did not find these files; ``at`` in microseconds since 1970, UTC."""
        present = yield from self._by_id(ids)
        yield from self._write(
            {
                id: {"missing_since": at}
                for id, row in present.items()
                if row["missing_since"] is None
            },
            present,
        )

    @write
    def mark_returned(self, ids: Sequence[str]) -> Unit[None]:
        """The files are there again, as they were."""
        present = yield from self._by_id(ids)
        yield from self._write(
            {
                id: {"missing_since": None}
                for id, row in present.items()
                if row["missing_since"] is not None
            },
            present,
        )

    @write
    def leave_root(self, root_id: str) -> Unit[int]:
        """Take the records of a root out of the catalog, as one change that can be undone."""
        return (
            yield from self.records.delete_where(
                self.records.table.c.root_id == bindparam("left_root"), {"left_root": root_id}
            )
        )

    # Parts of them.

    def _give_way(self, moves: Sequence[Move], present: Rows) -> Unit[None]:
        """Missing records, at whose paths others come to be, take the places that these leave.

        Call while the moving ones are aside. Where a collection has several tables, its scans know
        one record of each path, and others stand behind it.
        """
        coming = {(move.root_id, move.path): present[move.id] for move in moves}
        for root_id in {move.root_id for move in moves}:
            paths = [move.path for move in moves if move.root_id == root_id]
            occupants = yield from self._by_path(root_id, paths)
            new = {}
            for path, row in occupants.items():
                place = (root_id, path)
                while place in coming:  # it ends: nobody moves from the place of who stays
                    left = coming[place]
                    place = (left["root_id"], left["path"])
                new[row["id"]] = {"root_id": place[0], "path": place[1]}
            yield from self._write(new, {row["id"]: row for row in occupants.values()})

    def _by_path(self, root_id: str, paths: Sequence[str]) -> Unit[Rows]:
        statement = _statements(self.records.table).by_paths
        found = yield from rows(statement, root_id=root_id, paths=encode_texts(paths))
        return {row["path"]: row for row in self._named(found)}

    def _by_id(self, ids: Sequence[str]) -> Unit[Rows]:
        statement = _statements(self.records.table).by_ids
        found = yield from rows(statement, ids=encode_texts(ids))
        return {row["id"]: row for row in self._named(found)}

    def _named(self, found: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        return [dict(zip(self.records.names, row, strict=True)) for row in found]

    def _observe(self, observed: Sequence[Observed], present: Rows) -> Unit[None]:
        new = {}
        for file in observed:
            new[file.id] = {
                **self._said(file, present[file.id]),
                "file_size": file.size,
                "mtime_ns": file.mtime_ns,
                "missing_since": None,
            }
        yield from self._write(new, present)

    def _said(self, file: Observed, row: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of a record whose file was read again; the same names for every file."""
        said = self.columns_at(file.path, file.details)
        reset = self.content_changed()
        kept = {name: row[name] for name in (*reset, *(said if self.silence_keeps else ()))}
        if said.get("fingerprint") != row["fingerprint"]:
            kept.update(reset)
        if self.silence_keeps:
            said = {name: value for name, value in said.items() if value is not None}
        return {**kept, **said}

    def _write(self, new: Mapping[str, Mapping[str, Any]], present: Rows) -> Unit[None]:
        """Write fields of several records where they differ, with one audit row each."""
        records = self.records
        context = yield from current()
        written: dict[tuple[str, ...], dict[str, Mapping[str, Any]]] = {}
        entries = []
        for id, values in new.items():
            row = present[id]
            differing = [name for name, value in values.items() if value != row[name]]
            if not differing:
                continue
            # The same columns for all, so that the statement is one: what did not change is kept.
            written.setdefault(tuple(values), {})[id] = values
            kept = [name for name in differing if records.roles[name] != "derived"]
            before = {name: row[name] for name in kept}
            after = {name: values[name] for name in kept}
            entries.append(audit.row_of(context, records.topic, id, "update", before, after))
        if not entries:
            return
        for group in written.values():
            yield from records.write_many(group)
        yield from many(audit.ADD, entries)
        yield from changed(records.topic, entries[0]["record_id"] if len(entries) == 1 else None)


_ROOT = Statement(select(roots.c.id).where(roots.c.id == bindparam("root")))


def _expect_root(root_id: str) -> Unit[None]:
    if (yield from one(_ROOT, str, root=root_id)) is None:
        raise ScanFailed("the root was removed while it was scanned")


class _Statements:
    """What is asked of one table."""

    def __init__(self, table: Table) -> None:
        c = table.c
        columns = [column for column in c if column.name != "seq"]
        size, mtime = func.coalesce(c.file_size, -1), func.coalesce(c.mtime_ns, -1)
        known = (
            select(c.path, size, mtime, c.id, c.fingerprint, c.missing_since)
            .where(c.root_id == bindparam("root_id"), c.path > bindparam("after"))
            .order_by(c.path)
            .limit(bindparam("limit"))
        )
        self.known = Statement(known)
        self.known_upto = Statement(known.where(c.path <= bindparam("upto")))
        self.missing = Statement(
            select(c.id, c.path, size, c.fingerprint).where(
                c.missing_since.is_not(None), in_json_numbers(c.file_size, bindparam("sizes"))
            )
        )
        self.elsewhere = Statement(
            select(c.id, c.root_id, c.path)
            .where(
                c.root_id != bindparam("root_id"),
                c.root_id != "",
                c.missing_since.is_(None),
                in_json_numbers(c.file_size, bindparam("sizes")),
            )
            .order_by(c.seq.desc())
            .limit(bindparam("limit"))
        )
        self.by_paths = Statement(
            select(*columns).where(
                c.root_id == bindparam("root_id"), in_json(c.path, bindparam("paths"))
            )
        )
        self.by_ids = Statement(select(*columns).where(in_json(c.id, bindparam("ids"))))


@cache
def _statements(table: Table) -> _Statements:
    return _Statements(table)
