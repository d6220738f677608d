"""Who runs jobs: leases, for processes of several machines that share a database server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER, TEXT

revision = "jobs_0003"
down_revision = "jobs_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "job_workers",
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("pid", INTEGER, nullable=False),
        sa.Column("command", TEXT, nullable=False),
        sa.Column("takes", TEXT, nullable=False),
        sa.Column("slots", INTEGER, nullable=False),
        sa.Column("started_at", INTEGER, nullable=False),
        sa.Column("lease_until", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_job_workers"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop it. Leases are of no use to processes that are stopped meanwhile."""
    op.drop_table("job_workers")
