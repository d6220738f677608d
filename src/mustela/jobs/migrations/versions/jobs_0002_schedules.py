"""Schedules, what is held back, and the index of retention."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER, TEXT

revision = "jobs_0002"
down_revision = "jobs_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    finished = sa.text("finished_at IS NOT NULL")
    op.create_index(
        "ix_jobs_finished",
        "jobs",
        ["finished_at", "seq"],
        sqlite_where=finished,
        postgresql_where=finished,
    )
    op.create_table(
        "job_pauses",
        sa.Column("type", TEXT, nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("type", name="pk_job_pauses"),
        sqlite_strict=True,
    )
    op.create_table(
        "job_schedules",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("cron", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("priority", INTEGER, nullable=False),
        sa.Column("catch_up", INTEGER, nullable=False),
        sa.Column("overlap", INTEGER, nullable=False),
        sa.Column("paused", INTEGER, nullable=False),
        sa.Column("next_at", INTEGER, nullable=False),
        sa.Column("last_at", INTEGER),
        sa.Column("last_job_id", TEXT),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("updated_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_job_schedules"),
        sa.UniqueConstraint("name", name="uq_job_schedules_name"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("job_schedules")
    op.drop_table("job_pauses")
    op.drop_index("ix_jobs_finished", "jobs")
