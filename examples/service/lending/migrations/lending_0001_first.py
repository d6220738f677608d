"""Instruments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store import INTEGER, TEXT

revision = "lending_0001"
down_revision = None
branch_labels = ("lending",)
depends_on = ("store_0001",)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "instruments",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("lent_to", TEXT),
        sa.Column("due", INTEGER),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("updated_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_instruments"),
        sa.UniqueConstraint("id", name="uq_instruments_id"),
        sa.UniqueConstraint("label", name="uq_instruments_label"),
        sqlite_strict=True,
    )
    op.create_index("ix_instruments_kind_label", "instruments", ["kind", "label"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("instruments")
