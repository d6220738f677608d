"""Jobs and their logs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER, REAL, TEXT

revision = "jobs_0001"
down_revision = None
branch_labels = ("jobs",)
depends_on = ("store_0001",)


def upgrade() -> None:
    """Create them."""
    create_jobs()
    create_indexes()
    op.create_table(
        "job_logs",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("job_id", TEXT, nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("level", TEXT, nullable=False),
        sa.Column("line", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_job_logs"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_logs_job_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_job_logs_job_id", "job_logs", ["job_id", "seq"])


def create_jobs() -> None:
    """What was asked for, how far it is, how it ended."""
    op.create_table(
        "jobs",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("priority", INTEGER, nullable=False),
        sa.Column("run_at", INTEGER),
        sa.Column("paused", INTEGER, nullable=False),
        sa.Column("ready", INTEGER, nullable=False),
        sa.Column("attempt", INTEGER, nullable=False),
        sa.Column("max_attempts", INTEGER, nullable=False),
        sa.Column("repeatable", INTEGER, nullable=False),
        sa.Column("owner", TEXT),
        sa.Column("claim_id", INTEGER, nullable=False),
        sa.Column("cancel_requested_at", INTEGER),
        sa.Column("uniqueness_key", TEXT),
        sa.Column("time_limit", REAL),
        sa.Column("stall_limit", REAL),
        sa.Column("progress_done", INTEGER),
        sa.Column("progress_total", INTEGER),
        sa.Column("progress_rate", REAL),
        sa.Column("progress_message", TEXT),
        sa.Column("result", TEXT),
        sa.Column("error", TEXT),
        sa.Column("external", INTEGER, nullable=False),
        sa.Column("heartbeats", INTEGER, nullable=False),
        sa.Column("inputs", TEXT),
        sa.Column("outputs", TEXT),
        sa.Column("parent", TEXT),
        sa.Column("software_version", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("request_id", TEXT),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("started_at", INTEGER),
        sa.Column("heartbeat_at", INTEGER),
        sa.Column("finished_at", INTEGER),
        sa.Column("expires_at", INTEGER),
        sa.PrimaryKeyConstraint("seq", name="pk_jobs"),
        sa.CheckConstraint(
            "status IN ('pending', 'running', 'completed', 'failed', 'timeout', 'cancelled')",
            name="ck_jobs_status",
        ),
        sa.CheckConstraint(
            "ready = 0 OR (status = 'pending' AND paused = 0)", name="ck_jobs_ready"
        ),
        sa.UniqueConstraint("id", name="uq_jobs_id"),
        sqlite_strict=True,
    )


def create_indexes() -> None:
    """Those of a claim, those of recovery, and those of lists."""
    partial("ix_jobs_ready", ["type", sa.text("priority DESC"), "seq"], "ready = 1")
    partial("ix_jobs_later", ["run_at"], "ready = 2")
    partial(
        "uq_jobs_unfinished",
        ["uniqueness_key"],
        "uniqueness_key IS NOT NULL AND status IN ('pending', 'running')",
        unique=True,
    )
    partial("ix_jobs_expires", ["expires_at"], "expires_at IS NOT NULL")
    partial("ix_jobs_parent", ["parent"], "parent IS NOT NULL")
    op.create_index("ix_jobs_created_at", "jobs", ["created_at", "id"])
    op.create_index("ix_jobs_type", "jobs", ["type", "created_at", "id"])
    op.create_index("ix_jobs_status", "jobs", ["status", "created_at", "id"])


def partial(
    name: str, columns: list[str | sa.TextClause], where: str, *, unique: bool = False
) -> None:
    """An index over the rows that fulfil a condition."""
    op.create_index(
        name,
        "jobs",
        columns,
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("job_logs")
    op.drop_table("jobs")
