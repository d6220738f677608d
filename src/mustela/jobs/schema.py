"""The tables of jobs: what was asked for, how far it is, how it ended, and what it said."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, Table, text

from mustela.store import INTEGER, REAL, TEXT
from mustela.store.schema import NAMING

jobs_metadata = MetaData(naming_convention=NAMING)

#: Times are integer microseconds since 1970 (UTC), limits and rates are in seconds, truth values
#: are 0 or 1, and ``payload``, ``inputs``, ``outputs``, ``result`` and ``error`` are JSON.
jobs = Table(
    "jobs",
    jobs_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("type", TEXT, nullable=False),
    Column("payload", TEXT, nullable=False),
    Column("status", TEXT, nullable=False),
    Column("priority", INTEGER, nullable=False),
    # When it may start (null: at once), whether somebody holds it back, and what follows from
    # both: only rows that are *ready* (1) stand in the index that a claim reads; those that are
    # due *later* (2) have one of their own; 0 is everything else.
    Column("run_at", INTEGER),
    Column("paused", INTEGER, nullable=False),
    Column("ready", INTEGER, nullable=False),
    # Executions so far, counted at the claim. A job whose process died runs again only when it is
    # repeatable and below the cap.
    Column("attempt", INTEGER, nullable=False),
    Column("max_attempts", INTEGER, nullable=False),
    Column("repeatable", INTEGER, nullable=False),
    # Who runs it, and which claim that was: it only rises, so that a lost owner writes nothing.
    Column("owner", TEXT),
    Column("claim_id", INTEGER, nullable=False),
    Column("cancel_requested_at", INTEGER),
    Column("uniqueness_key", TEXT),
    Column("time_limit", REAL),
    Column("stall_limit", REAL),
    Column("progress_done", INTEGER),
    Column("progress_total", INTEGER),
    Column("progress_rate", REAL),
    Column("progress_message", TEXT),
    Column("result", TEXT),
    Column("error", TEXT),
    # Executed elsewhere: reports in, is never claimed. The counter tells life without a clock.
    Column("external", INTEGER, nullable=False),
    Column("heartbeats", INTEGER, nullable=False),
    Column("inputs", TEXT),
    Column("outputs", TEXT),
    Column("parent", TEXT),
    Column("software_version", TEXT, nullable=False),
    Column("actor", TEXT, nullable=False),
    Column("request_id", TEXT),
    Column("created_at", INTEGER, nullable=False),
    Column("started_at", INTEGER),
    Column("heartbeat_at", INTEGER),
    Column("finished_at", INTEGER),
    Column("expires_at", INTEGER),
    CheckConstraint(
        "status IN ('pending', 'running', 'completed', 'failed', 'timeout', 'cancelled')",
        name="status",
    ),
    CheckConstraint("ready = 0 OR (status = 'pending' AND paused = 0)", name="ready"),
    sqlite_strict=True,
)

_READY = text("ready = 1")
_LATER = text("ready = 2")
_UNFINISHED = text("uniqueness_key IS NOT NULL AND status IN ('pending', 'running')")
_EXPIRES = text("expires_at IS NOT NULL")
_CHILD = text("parent IS NOT NULL")
_FINISHED = text("finished_at IS NOT NULL")

Index(
    "ix_jobs_ready",
    jobs.c.type,
    jobs.c.priority.desc(),
    jobs.c.seq,
    sqlite_where=_READY,
    postgresql_where=_READY,
)
Index("ix_jobs_later", jobs.c.run_at, sqlite_where=_LATER, postgresql_where=_LATER)
Index(
    "uq_jobs_unfinished",
    jobs.c.uniqueness_key,
    unique=True,
    sqlite_where=_UNFINISHED,
    postgresql_where=_UNFINISHED,
)
Index("ix_jobs_expires", jobs.c.expires_at, sqlite_where=_EXPIRES, postgresql_where=_EXPIRES)
Index("ix_jobs_parent", jobs.c.parent, sqlite_where=_CHILD, postgresql_where=_CHILD)
# Retention walks it from its old end.
Index(
    "ix_jobs_finished",
    jobs.c.finished_at,
    jobs.c.seq,
    sqlite_where=_FINISHED,
    postgresql_where=_FINISHED,
)
Index("ix_jobs_created_at", jobs.c.created_at, jobs.c.id)
Index("ix_jobs_type", jobs.c.type, jobs.c.created_at, jobs.c.id)
# Also finds what runs: recovery and cancellation ask for these few rows.
Index("ix_jobs_status", jobs.c.status, jobs.c.created_at, jobs.c.id)

#: What jobs said while they ran: the newest lines of each.
job_logs = Table(
    "job_logs",
    jobs_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("job_id", TEXT, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("at", INTEGER, nullable=False),
    Column("level", TEXT, nullable=False),
    Column("line", TEXT, nullable=False),
    Index("ix_job_logs_job_id", "job_id", "seq"),
    sqlite_strict=True,
)

#: What is held back: a type of jobs, or (``*``) all of them. Mostly empty, and read by each claim.
job_pauses = Table(
    "job_pauses",
    jobs_metadata,
    Column("type", TEXT, primary_key=True),
    Column("at", INTEGER, nullable=False),
    Column("actor", TEXT, nullable=False),
    sqlite_strict=True,
)

#: Jobs that come again and again. ``cron`` is in UTC, and ``next_at`` only rises: whoever moves it
#: beyond a tick makes that tick's job, in the same transaction.
job_schedules = Table(
    "job_schedules",
    jobs_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("name", TEXT, nullable=False, unique=True),
    Column("cron", TEXT, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("payload", TEXT, nullable=False),
    Column("priority", INTEGER, nullable=False),
    Column("catch_up", INTEGER, nullable=False),
    Column("overlap", INTEGER, nullable=False),
    Column("paused", INTEGER, nullable=False),
    Column("next_at", INTEGER, nullable=False),
    Column("last_at", INTEGER),
    Column("last_job_id", TEXT),
    Column("actor", TEXT, nullable=False),
    Column("created_at", INTEGER, nullable=False),
    Column("updated_at", INTEGER, nullable=False),
    sqlite_strict=True,
)

#: Who runs jobs, where processes of several machines share the database: each living one renews
#: its lease, which ends by the database's own clock. ``owner`` is that of the jobs, and is never
#: used again; ``takes`` is JSON. Not used in a file, whose processes the kernel tells apart, and
#: not copied with a catalog: a target that has such rows is in use.
job_workers = Table(
    "job_workers",
    jobs_metadata,
    Column("owner", TEXT, primary_key=True),
    Column("host", TEXT, nullable=False),
    Column("pid", INTEGER, nullable=False),
    Column("command", TEXT, nullable=False),
    Column("takes", TEXT, nullable=False),
    Column("slots", INTEGER, nullable=False),
    Column("started_at", INTEGER, nullable=False),
    Column("lease_until", INTEGER, nullable=False),
    info={"copied": False},
    sqlite_strict=True,
)
