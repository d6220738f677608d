"""What is kept of deleted records until that is undone, sources that wait for their sums, and
reference catalogues by name.

The statements stand in files beside this one, one for each engine, parted by empty lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alembic import op

revision = "radio_0002"
down_revision = "radio_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables. Each catalogue that is loaded is the one of its name."""
    for statement in _statements():
        op.execute(statement)
    op.execute(
        "INSERT INTO reference_catalogues (label, name, role, n_sources, current) "
        "SELECT catalogue, catalogue, min(role), count(*), 1 FROM reference_sources "
        "GROUP BY catalogue"
    )


def downgrade() -> None:
    """Drop them. What was kept of deleted records goes; sources that waited stay as they are.

    Catalogues have their names again; those that were being loaded go.
    """
    of = "SELECT label FROM reference_catalogues WHERE current ="
    op.execute(f"DELETE FROM reference_sources WHERE catalogue IN ({of} 0)")
    op.execute(
        "UPDATE reference_sources SET catalogue = (SELECT name FROM reference_catalogues "
        f"WHERE label = reference_sources.catalogue) WHERE catalogue IN ({of} 1)"
    )
    for table in (
        "reference_catalogues",
        "stale_sources",
        "source_tombstones",
        "ms_calibration_left",
        "measurements_left",
    ):
        op.drop_table(table)


def _statements() -> Iterator[str]:
    dialect = op.get_bind().dialect.name
    text = Path(__file__).with_suffix(f".{dialect}.sql").read_text(encoding="utf-8")
    return iter(text.strip().split("\n\n"))
