"""Whether changes below a root are noticed as they happen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER, TEXT

revision = "files_0002"
down_revision = "files_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Until a server has tried, nobody knows."""
    op.add_column("roots", sa.Column("watched", INTEGER))
    op.add_column("roots", sa.Column("watch_note", TEXT))


def downgrade() -> None:
    """A server that is older does not watch."""
    op.drop_column("roots", "watch_note")
    op.drop_column("roots", "watched")
