"""The store's own tables: facts about the database, topics, events, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER, TEXT

revision = "store_0001"
down_revision = None
branch_labels = ("store",)
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "meta",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
        sqlite_strict=True,
    )
    op.create_table(
        "topics",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("shard", INTEGER, nullable=False, autoincrement=False),
        sa.Column("revision", INTEGER, nullable=False),
        sa.Column("total", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("name", "shard", name="pk_topics"),
        sqlite_strict=True,
    )
    op.create_table(
        "events",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("topic", TEXT, nullable=False),
        sa.Column("key", TEXT),
        sa.Column("change_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_strict=True,
    )
    create_audit()


def create_audit() -> None:
    """Who changed what."""
    op.create_table(
        "audit",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("request_id", TEXT),
        sa.Column("change_id", TEXT, nullable=False),
        sa.Column("topic", TEXT, nullable=False),
        sa.Column("record_id", TEXT),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("before", TEXT),
        sa.Column("after", TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_topic_record_id", "audit", ["topic", "record_id", "id"])
    op.create_index("ix_audit_change_id", "audit", ["change_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("audit", "events", "topics", "meta"):
        op.drop_table(table)
