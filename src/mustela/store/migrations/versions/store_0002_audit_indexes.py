"""Indexes by which the audit is looked through without reading all of it."""

from __future__ import annotations

from alembic import op

revision = "store_0002"
down_revision = "store_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """By record, by change, by time; by actor and by topic, newest first."""
    op.drop_index("ix_audit_topic_record_id", "audit")
    op.drop_index("ix_audit_change_id", "audit")
    op.create_index("ix_audit_record_id_topic_id", "audit", ["record_id", "topic", "id"])
    op.create_index("ix_audit_change_id_id", "audit", ["change_id", "id"])
    op.create_index("ix_audit_at_id", "audit", ["at", "id"])
    op.create_index("ix_audit_actor_at_id", "audit", ["actor", "at", "id"])
    op.create_index("ix_audit_topic_at_id", "audit", ["topic", "at", "id"])


def downgrade() -> None:
    """The two that were there before."""
    for name in ("record_id_topic_id", "change_id_id", "at_id", "actor_at_id", "topic_at_id"):
        op.drop_index(f"ix_audit_{name}", "audit")
    op.create_index("ix_audit_topic_record_id", "audit", ["topic", "record_id", "id"])
    op.create_index("ix_audit_change_id", "audit", ["change_id"])
