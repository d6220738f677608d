"""Images."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table

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

#: ``footprint`` (right ascension and declination of each corner in turn), ``wcs``, ``imaging``
#: and ``flags`` are JSON. ``cell`` is the HEALPix cell (nested, order 29) of the centre, ``reach``
#: the class of the footprint's radius: see ``mustela.radio.images.reach``.
images = Table(
    "images",
    radio_metadata,
    *identity_columns(),
    observed("hdu", INTEGER),
    observed("telescope", TEXT),
    observed("instrument", TEXT),
    observed("observer", TEXT),
    observed("field", TEXT),
    observed("ra_deg", REAL),
    observed("dec_deg", REAL),
    observed("radius_deg", REAL),
    observed("footprint", TEXT),
    observed("projection", TEXT),
    observed("wcs", TEXT),
    observed("width_px", INTEGER),
    observed("height_px", INTEGER),
    observed("n_planes", INTEGER),
    observed("pixel_scale_arcsec", REAL),
    observed("frequency_hz", REAL),
    observed("bandwidth_hz", REAL),
    observed("n_channels", INTEGER),
    observed("stokes", TEXT),
    observed("beam_major_arcsec", REAL),
    observed("beam_minor_arcsec", REAL),
    observed("beam_pa_deg", REAL),
    observed("units", TEXT),
    observed("start_mjd", REAL),
    observed("mid_mjd", REAL),
    observed("end_mjd", REAL),
    observed("integration_seconds", REAL),
    observed("kind", TEXT),
    observed("pbcor", INTEGER),
    observed("imaging", TEXT),
    observed("noise_jy", REAL),
    observed("peak_jy", REAL),
    observed("min_jy", REAL),
    observed("dynamic_range", REAL),
    observed("blank_fraction", REAL),
    observed("flags", TEXT, nullable=False),
    # What programs say of it.
    observed("ms_id", TEXT),
    observed("calibration_id", TEXT),
    observed("parent_id", TEXT),
    observed("version_of", TEXT),
    observed("version", INTEGER),
    observed("theoretical_noise_jy", REAL),
    # What follows.
    derived("n_sources", INTEGER),
    derived("is_current", INTEGER, nullable=False),
    derived("counts", INTEGER, nullable=False),
    derived("why_not", TEXT),
    derived("cell", INTEGER),
    derived("reach", INTEGER),
    *grade_columns(),
    *retired_columns(),
    *file_columns(),
    derived("thumbnail_path", TEXT),
    *said_columns(),
    revision(),
    *item_indexes("images"),
    Index("ix_images_reach_cell", "reach", "cell"),
    Index("ix_images_field", "field", "mid_mjd", "id"),
    Index("ix_images_noise_jy", "noise_jy", "id"),
    Index("ix_images_grade", "grade", "created_at", "id"),
    Index("ix_images_ms_id", "ms_id"),
    Index("ix_images_calibration_id", "calibration_id"),
    Index("ix_images_parent_id", "parent_id"),
    Index("ix_images_version_of", "version_of", "version"),
    sqlite_strict=True,
)

#: Which images went into an image: ``role`` is ``mosaic`` where their data is in it whole.
image_inputs = Table(
    "image_inputs",
    radio_metadata,
    Column(
        "image",
        INTEGER,
        ForeignKey("images.seq", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column(
        "input",
        INTEGER,
        ForeignKey("images.seq", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("role", TEXT, nullable=False),
    Index("ix_image_inputs_input", "input"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

image_tags = TagIndex(images, "image")
image_text = TextIndex(images)
image_sums = FileSums(images, "image_sums")
