"""Which calibration table belongs to which Measurement Set, and sources of known properties."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint

from mustela.radio.schema.metadata import radio_metadata
from mustela.store import INTEGER, REAL, TEXT, derived, observed

#: ``how``: ``recorded`` where a program or the table itself says so, ``validity`` where its times
#: hold those of the Measurement Set. ``applied``: 1 where its history says that it was applied.
ms_calibration = Table(
    "ms_calibration",
    radio_metadata,
    Column(
        "ms",
        INTEGER,
        ForeignKey("measurement_sets.seq", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column(
        "calibration",
        INTEGER,
        ForeignKey("calibration_tables.seq", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("how", TEXT, nullable=False),
    Column("applied", INTEGER, nullable=False),
    Column("job_id", TEXT),
    Column("created_at", INTEGER, nullable=False),
    CheckConstraint("how IN ('recorded', 'validity')", name="how"),
    Index("ix_ms_calibration_calibration", "calibration"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

#: Sources of catalogues that the operator loads. ``role`` is ``calibrator`` or ``astrometry``.
reference_sources = Table(
    "reference_sources",
    radio_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    observed("catalogue", TEXT, nullable=False),
    observed("role", TEXT, nullable=False),
    observed("name", TEXT, nullable=False),
    observed("ra_deg", REAL, nullable=False),
    observed("dec_deg", REAL, nullable=False),
    observed("flux_jy", REAL),
    observed("frequency_hz", REAL),
    derived("cell", INTEGER, nullable=False),
    derived("created_at", INTEGER, nullable=False),
    CheckConstraint("role IN ('calibrator', 'astrometry')", name="role"),
    UniqueConstraint("catalogue", "name"),
    Index("ix_reference_sources_cell", "cell"),
    sqlite_strict=True,
)
