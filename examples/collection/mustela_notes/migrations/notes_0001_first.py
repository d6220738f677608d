"""Notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store import INTEGER, TEXT

revision = "notes_0001"
down_revision = None
branch_labels = ("notes",)
depends_on = ("files_0001",)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "notes",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("root_id", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("file_size", INTEGER),
        sa.Column("mtime_ns", INTEGER),
        sa.Column("fingerprint", TEXT),
        sa.Column("missing_since", INTEGER),
        sa.Column("heading", TEXT, nullable=False),
        sa.Column("remark", TEXT),
        sa.PrimaryKeyConstraint("seq", name="pk_notes"),
        sa.UniqueConstraint("id", name="uq_notes_id"),
        sa.UniqueConstraint("root_id", "path", name="uq_notes_root_id_path"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("notes")
