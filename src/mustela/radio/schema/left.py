"""What is kept of what was deleted, until that is undone. See also ``image_inputs_left``."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table

from mustela.radio.schema.metadata import radio_metadata
from mustela.radio.schema.sources import measurements
from mustela.store import INTEGER, REAL, TEXT

#: What follows from the image and the other measurements is said anew when they come back.
FOLLOWS = frozenset({"seq", "source", "image", "counts", "why_not"})

#: The measurements of deleted images: the columns of ``measurements``, with the image's id, and the
#: source's where it had one.
measurements_left = Table(
    "measurements_left",
    radio_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("image_id", TEXT, nullable=False),
    Column("source_id", TEXT),
    *(
        Column(column.name, column.type, nullable=column.nullable)
        for column in measurements.c
        if column.name not in FOLLOWS
    ),
    Index("ix_measurements_left_image_id", "image_id", "seq"),
    sqlite_strict=True,
)

#: Which calibration table belonged to which Measurement Set when one of the two was deleted.
ms_calibration_left = Table(
    "ms_calibration_left",
    radio_metadata,
    Column("ms_id", TEXT, primary_key=True),
    Column("calibration_id", TEXT, primary_key=True),
    Column("how", TEXT, nullable=False),
    Column("applied", INTEGER, nullable=False),
    Column("job_id", TEXT),
    Column("created_at", INTEGER, nullable=False),
    Index("ix_ms_calibration_left_calibration_id", "calibration_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

#: Sources that a person deleted, where they were then: associations make no other ones there while
#: ``active`` is 1. It is 0 once that is undone, until it is done again.
source_tombstones = Table(
    "source_tombstones",
    radio_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("source_id", TEXT, nullable=False, unique=True),
    Column("ra_deg", REAL, nullable=False),
    Column("dec_deg", REAL, nullable=False),
    Column("ra_error_arcsec", REAL),
    Column("dec_error_arcsec", REAL),
    Column("cell", INTEGER, nullable=False),
    Column("active", INTEGER, nullable=False),
    Column("at", INTEGER, nullable=False),
    Index("ix_source_tombstones_cell", "cell"),
    sqlite_strict=True,
)
