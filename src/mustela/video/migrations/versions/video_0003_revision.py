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
    """A revision of its own for each row that is there; 0 would mean that it is never kept."""
    op.add_column("videos", sa.Column("revision", INTEGER, nullable=False, server_default="0"))
    op.execute(FILL[op.get_bind().dialect.name])


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("videos", "revision")


FILL = {
    "sqlite": "UPDATE videos SET revision = random() & 9223372036854775807",
    "postgresql": (
        "UPDATE videos SET revision = CAST(floor(random() * 4611686018427387904) AS bigint)"
    ),
}
