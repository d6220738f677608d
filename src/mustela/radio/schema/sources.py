"""Sources, their measurements, and the sums over them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint

from mustela.files.tag_index import TagIndex
from mustela.radio.schema.items import grade_columns, said_columns
from mustela.radio.schema.metadata import radio_metadata
from mustela.store import INTEGER, REAL, TEXT, derived, edited, observed

#: Positions are weighted means. ``sum_x``, ``sum_y``, ``sum_z``: unit vectors of the detections
#: weighted by ``1/σ²``; ``weight_ra``, ``weight_dec``: their weights. ``cell``: HEALPix nested,
#: order 29.
sources = Table(
    "sources",
    radio_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    edited("name", TEXT, nullable=False),
    observed("ra_deg", REAL, nullable=False),
    observed("dec_deg", REAL, nullable=False),
    derived("ra_error_arcsec", REAL),
    derived("dec_error_arcsec", REAL),
    derived("cell", INTEGER, nullable=False),
    derived("sum_x", REAL, nullable=False),
    derived("sum_y", REAL, nullable=False),
    derived("sum_z", REAL, nullable=False),
    derived("weight_ra", REAL, nullable=False),
    derived("weight_dec", REAL, nullable=False),
    derived("n_detections", INTEGER, nullable=False),
    derived("n_measurements", INTEGER, nullable=False),
    derived("first_mjd", REAL),
    derived("last_mjd", REAL),
    *grade_columns(),
    *said_columns(),
    Index("ix_sources_cell", "cell"),
    Index("ix_sources_created_at", "created_at", "id"),
    Index("ix_sources_name", "name", "id"),
    Index("ix_sources_job_id", "job_id"),
    sqlite_strict=True,
)

source_tags = TagIndex(sources, "source")

#: One row for each flux density measured in an image. ``source`` is null until it is associated.
#: ``counts``: 1 where it is an epoch of its source, else ``why_not`` says why.
measurements = Table(
    "measurements",
    radio_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("source", INTEGER, ForeignKey("sources.seq", ondelete="SET NULL")),
    Column("image", INTEGER, ForeignKey("images.seq", ondelete="CASCADE"), nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("name", TEXT),
    Column("island", TEXT),
    Column("component", TEXT),
    Column("ra_deg", REAL, nullable=False),
    Column("dec_deg", REAL, nullable=False),
    Column("ra_error_arcsec", REAL),
    Column("dec_error_arcsec", REAL),
    Column("peak_jy", REAL),
    Column("peak_error_jy", REAL),
    Column("integrated_jy", REAL),
    Column("integrated_error_jy", REAL),
    Column("local_rms_jy", REAL),
    Column("background_jy", REAL),
    Column("major_arcsec", REAL),
    Column("minor_arcsec", REAL),
    Column("pa_deg", REAL),
    Column("major_error_arcsec", REAL),
    Column("minor_error_arcsec", REAL),
    Column("pa_error_deg", REAL),
    Column("deconvolved_major_arcsec", REAL),
    Column("deconvolved_minor_arcsec", REAL),
    Column("deconvolved_pa_deg", REAL),
    Column("flags", TEXT, nullable=False),
    Column("de_ruiter", REAL),
    Column("separation_arcsec", REAL),
    Column("band", TEXT, nullable=False),
    Column("stokes", TEXT, nullable=False),
    Column("frequency_hz", REAL),
    Column("mid_mjd", REAL),
    Column("counts", INTEGER, nullable=False),
    Column("why_not", TEXT),
    Column("job_id", TEXT),
    Column("created_at", INTEGER, nullable=False),
    CheckConstraint("kind IN ('detected', 'imported', 'forced')", name="kind"),
    Index("ix_measurements_source", "source", "mid_mjd", "id"),
    Index("ix_measurements_image", "image", "kind"),
    Index("ix_measurements_job_id", "job_id"),
    sqlite_strict=True,
)


def _sums(flux: str) -> list[Column[float]]:
    """The running sums of one flux density: see ``mustela.radio.variability``."""
    return [
        Column(f"{flux}_n", INTEGER, nullable=False),
        *(
            Column(f"{flux}_{name}", REAL)
            for name in (
                "mean_jy",
                "m2",
                "weight",
                "weighted_mean_jy",
                "weighted_m2",
                "minimum_jy",
                "maximum_jy",
                "v",
                "eta",
                "vs",
                "m",
                "vs_first_mjd",
                "vs_second_mjd",
            )
        ),
    ]


#: One row for each source, band and Stokes parameter. ``is_main``: the row that lists of sources
#: show (most epochs).
source_statistics = Table(
    "source_statistics",
    radio_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("source", INTEGER, ForeignKey("sources.seq", ondelete="CASCADE"), nullable=False),
    Column("band", TEXT, nullable=False),
    Column("stokes", TEXT, nullable=False),
    Column("is_main", INTEGER, nullable=False),
    Column("n_epochs", INTEGER, nullable=False),
    Column("n_detections", INTEGER, nullable=False),
    Column("n_forced", INTEGER, nullable=False),
    Column("first_mjd", REAL),
    Column("last_mjd", REAL),
    *_sums("peak"),
    *_sums("integrated"),
    UniqueConstraint("source", "band", "stokes"),
    Index("ix_source_statistics_n_epochs", "is_main", "n_epochs"),
    Index("ix_source_statistics_peak_eta", "is_main", "peak_eta"),
    Index("ix_source_statistics_peak_v", "is_main", "peak_v"),
    Index("ix_source_statistics_peak_mean", "is_main", "peak_mean_jy"),
    sqlite_strict=True,
)
