"""Items of a collection as a repository keeps them: written once for every table of items.

For tables with the columns that scans use (see :mod:`~mustela.files.scanned`) and ``filename``,
``search_text``, ``tags``, ``created_at`` and ``updated_at``, whose record has ``path`` and
``modified_at`` besides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from mustela.files.file_stats import FileStatistics, FileStats
from mustela.files.file_sums import FileSums
from mustela.files.item_id import check_id
from mustela.files.placement import place
from mustela.files.scanned import FileRecords, ScannedOperations
from mustela.files.schema import roots
from mustela.files.search_text import fold, words
from mustela.files.tag_index import kept_tags
from mustela.store import Statement, Unit, current, heavy_read, one, read, write
from mustela.store.audit import AuditEntry, history
from mustela.store.errors import InvalidValue, NotFound
from mustela.store.listing import Search
from mustela.store.pages import Pages
from mustela.store.record import Record
from mustela.store.revert import revert
from mustela.store.text_search import TextIndex

R = TypeVar("R", bound=Record)


class ItemRecords(FileRecords):
    """The audited rows of items: the name and what is searched follow from the path."""

    checked = True  # what is inserted was a record

    def derive(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        path = values.get("path")
        if path is None:
            return {}
        return {"filename": path.rpartition("/")[2], "search_text": fold(path)}


def item_base(record: type[Record], records: FileRecords) -> Select[Any]:
    """The columns of a record in order, with the root's path before the item's."""
    c = records.table.c
    computed: Mapping[str, ColumnElement[Any]] = {
        "path": func.coalesce(roots.c.path + "/" + c.path, c.path),
        "root_id": func.nullif(c.root_id, ""),
        "modified_at": c.mtime_ns // 1000,
    }
    return select(
        *(
            computed[name].label(name) if name in computed else c[name].label(name)
            for name in record.fields
        )
    ).select_from(records.table.outerjoin(roots, roots.c.id == c.root_id))


def searching(index: TextIndex) -> Callable[[str], tuple[Search | None, dict[str, Any]]]:
    """The clause for the words of a query over an index of folded text."""

    def search(query: str) -> tuple[Search | None, dict[str, Any]]:
        clause, parameters = index.condition(words(query))
        if clause is None:
            return None, {}
        return Search((len(parameters), "words_match" in parameters), clause), parameters

    return search


class Catalogue(Generic[R]):
    """One table of items: its record, its audited rows, and the statements that read one.

    ``reserved`` are words of routes, which no id may be. ``kept`` are fields that nobody can set,
    besides those that follow from the path; a new record has their defaults.
    """

    def __init__(
        self,
        record: type[R],
        records: FileRecords,
        sums: FileSums,
        *,
        reserved: Collection[str] = (),
        kept: Collection[str] = (),
    ) -> None:
        self.record = record
        self.records = records
        self.base = item_base(record, records)
        self.statistics = FileStatistics(records.table, sums)
        self._reserved = frozenset(reserved)
        self._reset = record().columns({n: getattr(record(), n) for n in kept})
        self._kept = frozenset(kept) | {
            "id",
            "filename",
            "root_id",
            "created_at",
            "updated_at",
        }
        c = records.table.c
        self.by_id = Statement(self.base.where(c.id == bindparam("id")))
        self.at = Statement(
            self.base.where(c.root_id == bindparam("root_id"), c.path == bindparam("path"))
        )
        self.observed = frozenset(
            column.name for column in c if column.info.get("role") == "observed"
        )
        self._arrays = [
            name
            for name in record.fields
            if record.json_kind(name) == "json" and not c[name].nullable
        ]
        #: Columns of a new record where the file says nothing of them.
        self.blank: Mapping[str, Any] = dict.fromkeys(self._arrays, "[]")

    def new_row(self, item: R) -> Unit[dict[str, Any]]:
        """The columns of a new record; an empty id is made."""
        context = yield from current()
        row = {**item.row(), **self._reset}
        row["id"] = check_id(row["id"], self._reserved) if row["id"] else context.new_id()
        row["root_id"], row["path"] = yield from place(row["path"], row["root_id"])
        row["tags"] = kept_tags(item.tags)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  # every item has some
        modified = row.pop("modified_at")
        if row["mtime_ns"] is None and modified is not None:
            row["mtime_ns"] = _nanoseconds(modified)
        return row

    def columns(self, fields: Mapping[str, Any]) -> Unit[dict[str, Any]]:
        """Fields as columns; ``InvalidValue`` for those that cannot be set."""
        refused = fields.keys() & self._kept
        if refused:
            raise InvalidValue(f"{', '.join(sorted(refused))} cannot be set")
        row = self.record.columns(fields)
        if "path" in row:
            row["root_id"], row["path"] = yield from place(row["path"])
        if "tags" in row:
            row["tags"] = kept_tags(fields["tags"] or ())
        if "modified_at" in row:
            modified = row.pop("modified_at")
            row["mtime_ns"] = None if modified is None else _nanoseconds(modified)
        for name in self._arrays:
            if name in row and row[name] is None:
                row[name] = "[]"
        return row

    def get(self, id: str) -> Unit[R | None]:
        """The record of this id."""
        return (yield from one(self.by_id, self.record.from_row, id=id))

    def existing(self, id: str) -> Unit[R]:
        """The record of this id, or ``NotFound``."""
        found = yield from self.get(id)
        if found is None:
            raise NotFound(f"there is no {self.record.__name__} {id}")
        return found


class CataloguedOperations(ScannedOperations, Generic[R]):
    """What can be done with the items of one table. A subclass names its
    ``catalogue`` and ``pages``.
    """

    catalogue: ClassVar[Catalogue[Any]]
    pages: ClassVar[Pages[Any]]

    @write
    def add(self, item: R) -> Unit[R]:
        """Add an item; an empty ``id`` is made.

        ``AlreadyExists`` where its id or path is taken. A path below a root belongs to the root.
        """
        row = yield from self.catalogue.new_row(item)
        yield from self.catalogue.records.insert(row)
        added: R = yield from self.catalogue.existing(row["id"])
        return added

    @write
    def add_many(self, items: Sequence[R]) -> Unit[int]:
        """Add items, all or none; answers how many."""
        new: list[dict[str, Any]] = []
        for item in items:
            new.append((yield from self.catalogue.new_row(item)))  # noqa: PERF401  # a unit each
        yield from self.catalogue.records.insert_many(new)
        return len(new)

    @read
    def get(self, id: str) -> Unit[R | None]:
        """The item of this id."""
        found: R | None = yield from self.catalogue.get(id)
        return found

    @read
    def get_by_path(self, path: str) -> Unit[R | None]:
        """The item of this absolute path (path text)."""
        root_id, below = yield from place(path)
        statement, record = self.catalogue.at, self.catalogue.record
        found: R | None = yield from one(statement, record.from_row, root_id=root_id, path=below)
        return found

    @read
    def find(self, key: str) -> Unit[R | None]:
        """The item of this id, or of this absolute path (path text, which begins with a slash)."""
        if key.startswith("/"):
            return (yield from self.get_by_path.unit(key))
        return (yield from self.get.unit(key))

    @heavy_read
    def search(self, query: str, limit: int = 100, offset: int = 0) -> Unit[list[R]]:
        """Items in whose path below the root (or file name) every word of ``query`` occurs.

        Case and Unicode form do not matter, and a word may begin anywhere. An empty query finds
        everything.
        """
        found: list[R] = yield from self.pages.listed(limit, offset, "-created_at", query, {})
        return found

    @write
    def update(self, /, id: str, **fields: Any) -> Unit[R]:
        """Write the named fields only; answers the item as it is then.

        ``NotFound`` for an unknown id, ``AlreadyExists`` for a path that is taken, ``InvalidValue``
        for a field that cannot be set; then nothing has changed.
        """
        yield from self.catalogue.records.update(id, (yield from self.catalogue.columns(fields)))
        updated: R = yield from self.catalogue.existing(id)
        return updated

    @write
    def observe(self, /, id: str, **fields: Any) -> Unit[None]:
        """What a scan read of a file; it cannot name what people say."""
        stranger = fields.keys() - self.catalogue.observed - {"modified_at", "thumbnail_path"}
        if stranger:
            raise InvalidValue(f"a scan does not write {', '.join(sorted(stranger))}")
        yield from self.catalogue.records.update(id, (yield from self.catalogue.columns(fields)))

    @write
    def delete(self, id: str) -> Unit[bool]:
        """Take an item out of the catalog; scans leave it out. False where there is none."""
        return (yield from self.catalogue.records.delete(id)) is not None

    @read
    def history(
        self, id: str, limit: int = 100, *, before: int | None = None
    ) -> Unit[list[AuditEntry]]:
        """What happened to an item, newest first; ``before`` (an audit id) pages on."""
        return (yield from history(self.catalogue.records.topic, id, limit, before))

    @write
    def revert(self, reference: int | str) -> Unit[str]:
        """Undo an audit entry (integer id) or a change (change id); answers the undo's change id.

        ``RevertConflict`` names the fields that have changed since; then nothing is undone.
        """
        records = self.catalogue.records
        return (yield from revert({records.topic: records}, reference))

    @heavy_read
    def stats(self) -> Unit[FileStats]:
        """Sums by status and what was added lately; the cost does not grow with the catalog."""
        return (yield from self.catalogue.statistics.read((yield from current()).now))


def _nanoseconds(microseconds: int) -> int:
    if abs(microseconds) >= 2**63 // 1000:
        raise InvalidValue("modified_at must lie between the years 1678 and 2262")
    return microseconds * 1000
