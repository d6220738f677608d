"""The tables of files: roots, what people took out of the catalog, and scans in progress."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, text

from mustela.store import INTEGER, TEXT, derived, edited, observed
from mustela.store.schema import NAMING

files_metadata = MetaData(naming_convention=NAMING)

#: Paths are path text, sizes bytes, times of files nanoseconds and other times microseconds since
#: 1970 (UTC), truth values 0 or 1; ``collections``, ``exclude`` and ``last_scan`` are JSON.
roots = Table(
    "roots",
    files_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    edited("path", TEXT, nullable=False, unique=True),
    edited("name", TEXT, nullable=False),
    edited("collections", TEXT, nullable=False),
    edited("exclude", TEXT, nullable=False),
    edited("recursive", INTEGER, nullable=False),
    # What tells the directory from another one that stands in its place (an unplugged drive).
    observed("identity", TEXT),
    derived("created_at", INTEGER, nullable=False),
    derived("updated_at", INTEGER, nullable=False),
    derived("last_scan_at", INTEGER),
    derived("last_scan", TEXT),
    derived("problem", TEXT),
    # Null until a server has tried.
    derived("watched", INTEGER),
    derived("watch_note", TEXT),
    CheckConstraint("recursive IN (0, 1)", name="recursive"),
    sqlite_strict=True,
)

#: Files that a person took out of a collection: a scan leaves them out while they are the same.
tombstones = Table(
    "tombstones",
    files_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("root_id", TEXT, nullable=False),
    Column("collection", TEXT, nullable=False),
    Column("path", TEXT, nullable=False),
    Column("size", INTEGER),
    Column("mtime_ns", INTEGER),
    Column("fingerprint", TEXT),
    Column("item_id", TEXT, nullable=False),
    Column("at", INTEGER, nullable=False),
    Index("uq_tombstones_path", "root_id", "collection", "path", unique=True),
    sqlite_strict=True,
)

#: Files that could not be read: tried again when size or time changes, or when a person asks.
#: Directories too; their ``path`` ends with a slash. Files that were read and are nothing of the
#: collection's stand here too, at the stage ``not_an_item``.
file_failures = Table(
    "file_failures",
    files_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("root_id", TEXT, nullable=False),
    Column("collection", TEXT, nullable=False),
    Column("path", TEXT, nullable=False),
    Column("stage", TEXT, nullable=False),
    Column("message", TEXT, nullable=False),
    Column("size", INTEGER),
    Column("mtime_ns", INTEGER),
    Column("attempts", INTEGER, nullable=False),
    Column("at", INTEGER, nullable=False),
    Index("uq_file_failures_path", "root_id", "collection", "path", unique=True),
    sqlite_strict=True,
)

#: What a running scan has still to do, so that its memory need not hold it; a scan begins by
#: emptying it of its own rows. ``path``, ``size``, ``mtime_ns``, ``fingerprint``: the file that is
#: there now. ``item_*``: the record that is at this path, as it was. ``match_id``: the record
#: whose file this is, found by fingerprint. ``leaving``: the record at this path goes elsewhere.
scan_entries = Table(
    "scan_entries",
    files_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("root_id", TEXT, nullable=False),
    Column("collection", TEXT, nullable=False),
    Column("path", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("waiting", INTEGER, nullable=False),
    Column("size", INTEGER, nullable=False),
    Column("mtime_ns", INTEGER, nullable=False),
    Column("fingerprint", TEXT),
    Column("item_id", TEXT),
    Column("item_size", INTEGER),
    Column("item_fingerprint", TEXT),
    Column("match_id", TEXT),
    Column("leaving", INTEGER, nullable=False),
    CheckConstraint("kind IN ('new', 'changed', 'vanished')", name="kind"),
    sqlite_strict=True,
)


def _partial(name: str, column: str) -> None:
    """Most entries of a first scan stand in none of these indexes."""
    where = text(f"{column} IS NOT NULL")
    Index(
        name,
        scan_entries.c.root_id,
        scan_entries.c.collection,
        scan_entries.c[column],
        sqlite_where=where,
        postgresql_where=where,
    )


Index("ix_scan_entries_scan", scan_entries.c.root_id, scan_entries.c.collection, scan_entries.c.seq)
for _column in ("fingerprint", "item_id", "item_size", "item_fingerprint", "match_id"):
    _partial(f"ix_scan_entries_{_column}", _column)

#: A scan that several workers share: so many of its entries (``after < seq <= upto``) are read by
#: one attempt of a job, its holder, at a time. ``scan`` names the scan, of which each begins anew.
#: The counts are of files that are settled, and change in the transaction that removes their
#: entries: so they are exact, whoever is killed.
scan_portions = Table(
    "scan_portions",
    files_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("root_id", TEXT, nullable=False),
    Column("collection", TEXT, nullable=False),
    Column("scan", TEXT, nullable=False),
    Column("after", INTEGER, nullable=False),
    Column("upto", INTEGER, nullable=False),
    Column("files", INTEGER, nullable=False),
    Column("job_id", TEXT),
    Column("claim_id", INTEGER),
    Column("done", INTEGER, nullable=False),
    Column("examined", INTEGER, nullable=False),
    Column("catalogued", INTEGER, nullable=False),
    Column("failed", INTEGER, nullable=False),
    Column("not_media", INTEGER, nullable=False),
    Column("missing", INTEGER, nullable=False),
    CheckConstraint("done IN (0, 1)", name="done"),
    Index("ix_scan_portions_scan", "scan", "done", "seq"),
    sqlite_strict=True,
)

#: Whose turn it is to scan a root for a collection: one attempt of a job, while that job runs.
scan_turns = Table(
    "scan_turns",
    files_metadata,
    Column("name", TEXT, primary_key=True),
    Column("job_id", TEXT),
    Column("claim_id", INTEGER),
    sqlite_strict=True,
)
