"""Measurement Sets and calibration tables."""

from __future__ import annotations

from sqlalchemy import Index, Table

from mustela.files.file_sums import FileSums
from mustela.files.tag_index import TagIndex
from mustela.radio.schema.items import (
    file_columns,
    grade_columns,
    identity_columns,
    item_indexes,
    retired_columns,
    said_columns,
)
from mustela.radio.schema.metadata import radio_metadata
from mustela.store import INTEGER, REAL, TEXT, derived, observed
from mustela.store.schema import revision
from mustela.store.text_search import TextIndex

#: ``field_names``, ``field_ra_deg``, ``field_dec_deg``, ``correlations``, ``data_columns``,
#: ``calibration_applied`` and ``flags`` are JSON arrays. ``format`` is ms, uvh5 or uvfits.
measurement_sets = Table(
    "measurement_sets",
    radio_metadata,
    *identity_columns(),
    observed("name", TEXT),
    observed("format", TEXT),
    observed("telescope", TEXT),
    observed("observer", TEXT),
    observed("project", TEXT),
    observed("field_names", TEXT, nullable=False),
    observed("field_ra_deg", TEXT, nullable=False),
    observed("field_dec_deg", TEXT, nullable=False),
    observed("n_fields", INTEGER),
    observed("ra_deg", REAL),
    observed("dec_deg", REAL),
    observed("n_spws", INTEGER),
    observed("n_channels", INTEGER),
    observed("frequency_min_hz", REAL),
    observed("frequency_max_hz", REAL),
    observed("correlations", TEXT, nullable=False),
    observed("n_antennas", INTEGER),
    observed("n_baselines", INTEGER),
    observed("n_rows", INTEGER),
    observed("integration_seconds", REAL),
    observed("duration_seconds", REAL),
    observed("start_mjd", REAL),
    observed("mid_mjd", REAL),
    observed("end_mjd", REAL),
    observed("data_columns", TEXT, nullable=False),
    observed("flagged_fraction", REAL),
    observed("stage", TEXT),
    observed("status", TEXT),
    observed("calibration_applied", TEXT, nullable=False),
    observed("flags", TEXT, nullable=False),
    derived("cell", INTEGER),
    *grade_columns(),
    *retired_columns(),
    *file_columns(),
    *said_columns(),
    revision(),
    *item_indexes("measurement_sets"),
    Index("ix_measurement_sets_cell", "cell"),
    sqlite_strict=True,
)

ms_tags = TagIndex(measurement_sets, "ms")
ms_text = TextIndex(measurement_sets)
ms_sums = FileSums(measurement_sets, "ms_sums")

#: ``type`` is the kind of the solutions (``K Jones``), ``start_mjd`` to ``end_mjd`` the times that
#: they are valid for, ``ms_name`` the Measurement Set that they say they were solved on.
calibration_tables = Table(
    "calibration_tables",
    radio_metadata,
    *identity_columns(),
    observed("name", TEXT),
    observed("type", TEXT),
    observed("telescope", TEXT),
    observed("field_names", TEXT, nullable=False),
    observed("ms_name", TEXT),
    observed("start_mjd", REAL),
    observed("mid_mjd", REAL),
    observed("end_mjd", REAL),
    observed("reference_antennas", TEXT, nullable=False),
    observed("n_antennas", INTEGER),
    observed("n_spws", INTEGER),
    observed("n_solutions", INTEGER),
    observed("frequency_min_hz", REAL),
    observed("frequency_max_hz", REAL),
    observed("flagged_fraction", REAL),
    observed("flags", TEXT, nullable=False),
    *grade_columns(),
    *retired_columns(),
    *file_columns(),
    *said_columns(),
    revision(),
    *item_indexes("calibration_tables"),
    Index("ix_calibration_tables_ms_name", "ms_name"),
    Index("ix_calibration_tables_end_mjd", "end_mjd"),
    sqlite_strict=True,
)

calibration_tags = TagIndex(calibration_tables, "calibration")
calibration_text = TextIndex(calibration_tables)
calibration_sums = FileSums(calibration_tables, "calibration_sums")
