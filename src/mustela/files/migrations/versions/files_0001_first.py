"""Roots, tombstones, failures, and scans in progress."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER, TEXT

revision = "files_0001"
down_revision = None
branch_labels = ("files",)
depends_on = ("store_0001",)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "roots",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("collections", TEXT, nullable=False),
        sa.Column("exclude", TEXT, nullable=False),
        sa.Column("recursive", INTEGER, nullable=False),
        sa.Column("identity", TEXT),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("updated_at", INTEGER, nullable=False),
        sa.Column("last_scan_at", INTEGER),
        sa.Column("last_scan", TEXT),
        sa.Column("problem", TEXT),
        sa.PrimaryKeyConstraint("seq", name="pk_roots"),
        sa.CheckConstraint("recursive IN (0, 1)", name="ck_roots_recursive"),
        sa.UniqueConstraint("id", name="uq_roots_id"),
        sa.UniqueConstraint("path", name="uq_roots_path"),
        sqlite_strict=True,
    )
    create_tombstones()
    create_failures()
    create_entries()


def create_tombstones() -> None:
    """Files that a person took out of a collection."""
    op.create_table(
        "tombstones",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("root_id", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("size", INTEGER),
        sa.Column("mtime_ns", INTEGER),
        sa.Column("fingerprint", TEXT),
        sa.Column("item_id", TEXT, nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_tombstones"),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_tombstones_path", "tombstones", ["root_id", "collection", "path"], unique=True
    )


def create_failures() -> None:
    """Files that could not be read."""
    op.create_table(
        "file_failures",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("root_id", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("stage", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("size", INTEGER),
        sa.Column("mtime_ns", INTEGER),
        sa.Column("attempts", INTEGER, nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_file_failures"),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_file_failures_path", "file_failures", ["root_id", "collection", "path"], unique=True
    )


def create_entries() -> None:
    """What a running scan has still to do."""
    op.create_table(
        "scan_entries",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("root_id", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("waiting", INTEGER, nullable=False),
        sa.Column("size", INTEGER, nullable=False),
        sa.Column("mtime_ns", INTEGER, nullable=False),
        sa.Column("fingerprint", TEXT),
        sa.Column("item_id", TEXT),
        sa.Column("item_size", INTEGER),
        sa.Column("item_fingerprint", TEXT),
        sa.Column("match_id", TEXT),
        sa.Column("leaving", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_scan_entries"),
        sa.CheckConstraint("kind IN ('new', 'changed', 'vanished')", name="ck_scan_entries_kind"),
        sqlite_strict=True,
    )
    op.create_index("ix_scan_entries_scan", "scan_entries", ["root_id", "collection", "seq"])
    for column in ("fingerprint", "item_id", "item_size", "item_fingerprint", "match_id"):
        op.create_index(
            f"ix_scan_entries_{column}",
            "scan_entries",
            ["root_id", "collection", column],
            sqlite_where=sa.text(f"{column} IS NOT NULL"),
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )


def downgrade() -> None:
    """Drop them."""
    for table in ("scan_entries", "file_failures", "tombstones", "roots"):
        op.drop_table(table)
