"""The table of notes and what can be done with it. Scans bring their own operations."""

from __future__ import annotations

import msgspec
from sqlalchemy import Column, MetaData, Table, UniqueConstraint, bindparam, select

from mustela.files.scanned import FileRecords, ScannedOperations
from mustela.files.scanned_target import AsyncScannedRepository, ScannedTarget
from mustela.store import (
    INTEGER,
    NAMING,
    TEXT,
    Branch,
    Statement,
    SyncRepository,
    Unit,
    all,
    edited,
    observed,
    read,
    total,
    write,
)
from mustela_notes.examine import Details

metadata = MetaData(naming_convention=NAMING)
notes = Table(
    "notes",
    metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    observed("root_id", TEXT, nullable=False),
    observed("path", TEXT, nullable=False),
    observed("file_size", INTEGER),
    observed("mtime_ns", INTEGER),
    observed("fingerprint", TEXT),
    observed("missing_since", INTEGER),
    observed("heading", TEXT, nullable=False),
    edited("remark", TEXT),
    UniqueConstraint("root_id", "path"),
    sqlite_strict=True,
)
BRANCH = Branch("notes", "mustela_notes.migrations", metadata)


class Note(msgspec.Struct, frozen=True):
    """A text file; ``path`` is below its root."""

    id: str
    path: str
    heading: str
    remark: str | None


_LIST = Statement(
    select(*(notes.c[name] for name in Note.__struct_fields__))
    .order_by(notes.c.path, notes.c.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


class NoteOperations(ScannedOperations):
    """What can be done with notes."""

    records = FileRecords(notes, "notes")

    @read
    def page(self, limit: int = 100, offset: int = 0) -> Unit[tuple[list[Note], int]]:
        """Notes by path, and how many there are."""
        found = yield from all(_LIST, Note, limit=limit, offset=offset)
        return found, (yield from total("notes"))

    @write
    def remark(self, id: str, remark: str | None) -> Unit[None]:
        """Say something about a note; ``NotFound`` where there is none."""
        yield from self.records.update(id, {"remark": remark})


class Notes(NoteOperations, SyncRepository):
    """For code that waits."""


class AsyncNotes(NoteOperations, AsyncScannedRepository):
    """For the server."""


def scan_target(notes: AsyncNotes) -> ScannedTarget:
    """What a scan needs to know: which files are notes, and who reads one."""
    return ScannedTarget(
        notes,
        extensions={"txt": "candidate", "md": "candidate"},
        examine="mustela_notes.examine:examine",
        details=Details,
    )
