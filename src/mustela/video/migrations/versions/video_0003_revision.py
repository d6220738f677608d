"""Which write made a row what it is, so that its encoded record can be kept in memory."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER

revision = "video_0003"
down_revision = "video_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rows that are there get the time of their last change, which every write has moved.

    So going down and up again gives each the same, unless it has changed meanwhile.
    """
    op.add_column("videos", sa.Column("revision", INTEGER, nullable=False, server_default="0"))
    op.execute("UPDATE videos SET revision = updated_at WHERE updated_at > 0")


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("videos", "revision")
