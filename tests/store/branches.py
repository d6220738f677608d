"""Small branches of migrations, written to a directory by the tests that need them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, Table, text

from mustela.store.branch import Branch
from mustela.store.ddl import trigger, virtual_table
from mustela.store.schema import INTEGER, NAMING, TEXT

HEADER = '''"""A revision."""
import sqlalchemy as sa
from alembic import op
from mustela.store.schema import INTEGER, TEXT
from mustela.store.migrations.rebuild import triggers_set_aside

revision = {revision!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends!r}
{extra}

def upgrade():
{up}


def downgrade():
{back}
'''


@dataclass(frozen=True)
class ToyBranch(Branch):
    """A branch whose revisions are in a directory that no package holds."""

    directory: Path

    @property
    def versions(self) -> Path:
        """The directory."""
        return self.directory


def toy_branch(directory: Path, name: str, metadata: MetaData | None = None) -> ToyBranch:
    """A branch without revisions."""
    directory = directory / name
    directory.mkdir(parents=True, exist_ok=True)
    return ToyBranch(name, "", MetaData() if metadata is None else metadata, directory)


def write(
    branch: ToyBranch,
    number: int,
    up: str,
    back: str,
    *,
    depends: tuple[str, ...] | None = None,
    extra: str = "",
) -> str:
    """Write the branch's revision of this number; it follows the one before it."""
    revision = f"{branch.name}_{number:04}"
    source = HEADER.format(
        revision=revision,
        down=f"{branch.name}_{number - 1:04}" if number > 1 else None,
        labels=(branch.name,) if number == 1 else None,
        depends=depends,
        extra=extra,
        up=indent(up.strip(), "    "),
        back=indent(back.strip(), "    "),
    )
    (branch.versions / f"{revision}.py").write_text(source)
    return revision


CREATE_NOTES = """
op.create_table(
    "notes",
    sa.Column("seq", INTEGER, nullable=False),
    sa.Column("id", TEXT, nullable=False),
    sa.Column("kind", TEXT, nullable=False),
    sa.Column("body", TEXT),
    sa.PrimaryKeyConstraint("seq", name="pk_notes"),
    sa.UniqueConstraint("id", name="uq_notes_id"),
    sa.CheckConstraint("kind IN ('plain', 'it''s')", name="ck_notes_kind"),
    sqlite_strict=True,
)
"""
DROP_NOTES = 'op.drop_table("notes")'


def notes_metadata() -> MetaData:
    """The schema that ``CREATE_NOTES`` makes."""
    metadata = MetaData(naming_convention=NAMING)
    Table(
        "notes",
        metadata,
        Column("seq", INTEGER, primary_key=True),
        Column("id", TEXT, nullable=False, unique=True),
        Column("kind", TEXT, nullable=False),
        Column("body", TEXT),
        CheckConstraint("kind IN ('plain', 'it''s')", name="kind"),
        sqlite_strict=True,
    )
    return metadata


def notes_branch(directory: Path) -> ToyBranch:
    """A branch at its first revision, whose metadata agrees with it."""
    branch = toy_branch(directory, "notes", notes_metadata())
    write(branch, 1, CREATE_NOTES, DROP_NOTES, depends=("store_0001",))
    return branch


FTS = "CREATE VIRTUAL TABLE notes_fts USING fts5(body, content='', contentless_delete=1)"
FTS_TRIGGER = (
    "CREATE TRIGGER notes_fts_insert AFTER INSERT ON notes WHEN new.body LIKE '%%' || 'x%' BEGIN"
    " INSERT INTO notes_fts (rowid, body) VALUES (new.seq, new.body); END"
)


def searched_notes(directory: Path) -> ToyBranch:
    """Two more revisions: links with a partial index, then on SQLite a search index."""
    metadata = notes_metadata()
    links = Table(
        "links",
        metadata,
        Column("seq", INTEGER, primary_key=True),
        Column("note_id", TEXT, ForeignKey("notes.id", ondelete="CASCADE"), nullable=False),
        Column("broken", INTEGER, nullable=False, server_default="0"),
        sqlite_strict=True,
    )
    broken = text("broken = 1")
    Index("ix_links_broken", links.c.note_id, sqlite_where=broken, postgresql_where=broken)
    virtual_table(metadata, "notes_fts", FTS)
    trigger(metadata, "notes_fts_insert", FTS_TRIGGER)
    branch = toy_branch(directory, "notes", metadata)
    write(branch, 1, CREATE_NOTES, DROP_NOTES, depends=("store_0001",))
    write(branch, 2, CREATE_LINKS, 'op.drop_table("links")')
    write(branch, 3, f"on_sqlite({FTS!r}, {FTS_TRIGGER!r})", DROP_SEARCH, extra=ON_SQLITE)
    return branch


CREATE_LINKS = """
op.create_table(
    "links",
    sa.Column("seq", INTEGER, nullable=False),
    sa.Column("note_id", TEXT, nullable=False),
    sa.Column("broken", INTEGER, nullable=False, server_default="0"),
    sa.PrimaryKeyConstraint("seq", name="pk_links"),
    sa.ForeignKeyConstraint(
        ["note_id"], ["notes.id"], name="fk_links_note_id", ondelete="CASCADE"
    ),
    sqlite_strict=True,
)
op.create_index(
    "ix_links_broken", "links", ["note_id"],
    sqlite_where=sa.text("broken = 1"), postgresql_where=sa.text("broken = 1"),
)
"""
DROP_SEARCH = 'on_sqlite("DROP TRIGGER notes_fts_insert", "DROP TABLE notes_fts")'
ON_SQLITE = """
def on_sqlite(*statements):
    if op.get_bind().dialect.name == "sqlite":
        for statement in statements:
            op.get_bind().exec_driver_sql(statement)
"""
