"""Portions of a scan that several workers share, and whose turn it is to scan a root."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER, TEXT

revision = "files_0003"
down_revision = "files_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No scan is shared yet."""
    op.create_table(
        "scan_portions",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("root_id", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("scan", TEXT, nullable=False),
        sa.Column("after", INTEGER, nullable=False),
        sa.Column("upto", INTEGER, nullable=False),
        sa.Column("files", INTEGER, nullable=False),
        sa.Column("job_id", TEXT),
        sa.Column("claim_id", INTEGER),
        sa.Column("done", INTEGER, nullable=False),
        sa.Column("examined", INTEGER, nullable=False),
        sa.Column("catalogued", INTEGER, nullable=False),
        sa.Column("failed", INTEGER, nullable=False),
        sa.Column("not_media", INTEGER, nullable=False),
        sa.Column("missing", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_scan_portions"),
        sa.CheckConstraint("done IN (0, 1)", name="ck_scan_portions_done"),
        sqlite_strict=True,
    )
    op.create_index("ix_scan_portions_scan", "scan_portions", ["scan", "done", "seq"])
    op.create_table(
        "scan_turns",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("job_id", TEXT),
        sa.Column("claim_id", INTEGER),
        sa.PrimaryKeyConstraint("name", name="pk_scan_turns"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """What was shared is scanned again."""
    op.drop_table("scan_turns")
    op.drop_table("scan_portions")
