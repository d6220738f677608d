"""What the grade of a source follows from, as sums, so that it follows every measurement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER, REAL

revision = "radio_0003"
down_revision = "radio_0002"
branch_labels = None
depends_on = None

_COUNTS = ("n_in_failed_images", "n_flagged", "n_de_ruiter")
_SUM = "sum_de_ruiter_squared"


def upgrade() -> None:
    """Sum up what is there. Grades stay as they are until something of their sources changes."""
    for name in _COUNTS:
        op.add_column("sources", sa.Column(name, INTEGER, nullable=False, server_default="0"))
    op.add_column("sources", sa.Column(_SUM, REAL, nullable=False, server_default="0"))
    op.execute(
        "UPDATE sources SET (n_in_failed_images, n_flagged, n_de_ruiter, sum_de_ruiter_squared) = "
        "(SELECT count(CASE WHEN images.grade = 'fail' THEN 1 END), "
        "count(CASE WHEN measurements.flags <> '[]' THEN 1 END), "
        "count(measurements.de_ruiter), "
        "coalesce(sum(measurements.de_ruiter * measurements.de_ruiter), 0.0) "
        "FROM measurements JOIN images ON images.seq = measurements.image "
        "WHERE measurements.source = sources.seq AND measurements.kind <> 'forced') "
        "WHERE EXISTS (SELECT 1 FROM measurements WHERE measurements.source = sources.seq "
        "AND measurements.kind <> 'forced')"
    )


def downgrade() -> None:
    """Drop the sums."""
    for name in (_SUM, *reversed(_COUNTS)):
        op.drop_column("sources", name)
