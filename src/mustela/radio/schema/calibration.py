"""Which calibration table belongs to which Measurement Set, and sources of known properties."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint, text

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

#: Sources of catalogues that the operator loads. ``role`` is ``calibrator`` or ``astrometry``,
#: ``catalogue`` the label of a row in ``reference_catalogues``.
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

#: Each catalogue under the name that people give it. A new one in its place is loaded under a label
#: of its own; then that is ``current``, and the sources of the old one go.
reference_catalogues = Table(
    "reference_catalogues",
    radio_metadata,
    Column("label", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("role", TEXT, nullable=False),
    Column("n_sources", INTEGER, nullable=False),
    Column("current", INTEGER, nullable=False),
    CheckConstraint("role IN ('calibrator', 'astrometry')", name="role"),
    Index(
        "uq_reference_catalogues_name",
        "name",
        unique=True,
        sqlite_where=text("current = 1"),
        postgresql_where=text("current = 1"),
    ),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
