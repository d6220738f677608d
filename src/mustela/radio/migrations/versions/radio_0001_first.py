"""Images, Measurement Sets, calibration tables, sources and their measurements.

The statements stand in files beside this one, one for each engine, parted by empty lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alembic import op

revision = "radio_0001"
down_revision = None
branch_labels = ("radio",)
depends_on = ("files_0001",)


def upgrade() -> None:
    """Create them."""
    for statement in _statements("sql"):
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for statement in _statements("drop.sql"):
        op.execute(statement)


def _statements(kind: str) -> Iterator[str]:
    dialect = op.get_bind().dialect.name
    text = Path(__file__).with_suffix(f".{dialect}.{kind}").read_text(encoding="utf-8")
    # A colon before a word would be a parameter.
    return (part.replace(":", r"\:") for part in text.strip().split("\n\n"))
