"""Sources, their measurements, and the sums over them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint, text

from mustela.files.tag_index import TagIndex
from mustela.radio.schema.items import grade_columns, said_columns
from mustela.radio.schema.metadata import radio_metadata
from mustela.store import INTEGER, REAL, TEXT, derived, edited

#: Of a row of statistics, what a list of sources shows and sorts by, for each flux density.
SHOWN = (
    "mean_jy",
    "weighted_mean_jy",
    "minimum_jy",
    "maximum_jy",
    "v",
    "eta",
    "vs",
    "m",
)
FLUXES = ("peak", "integrated")


def _shown() -> list[Column[float]]:
    return [derived(f"{flux}_{name}", REAL) for flux in FLUXES for name in SHOWN]


def _graded_by() -> list[Column[Any]]:
    """Of the source's detections, what its grade follows from: see ``SourceFacts``."""
    counts = ("n_in_failed_images", "n_flagged", "n_de_ruiter")
    return [
        *(derived(name, INTEGER, nullable=False, server_default="0") for name in counts),
        derived("sum_de_ruiter_squared", REAL, nullable=False, server_default="0"),
    ]


#: Positions are weighted means, or what was said when the source was made (``said_ra_deg`` and so
#: on). ``sum_n`` detections have weights, ``sum_x``, ``sum_y``, ``sum_z`` are their weighted unit
#: vectors, ``weight_ra``, ``weight_dec`` the weights: see ``mustela.radio.sky.position_sums``.
#: ``cell``: HEALPix nested, order 29. ``made_by`` is ``association`` or ``caller``. From ``band``
#: on: a copy of the source's main row of statistics, so that lists sort along indexes.
sources = Table(
    "sources",
    radio_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    edited("name", TEXT, nullable=False),
    derived("search_text", TEXT, nullable=False),
    derived("made_by", TEXT, nullable=False),
    derived("ra_deg", REAL, nullable=False),
    derived("dec_deg", REAL, nullable=False),
    derived("ra_error_arcsec", REAL),
    derived("dec_error_arcsec", REAL),
    derived("said_ra_deg", REAL, nullable=False),
    derived("said_dec_deg", REAL, nullable=False),
    derived("said_ra_error_arcsec", REAL),
    derived("said_dec_error_arcsec", REAL),
    derived("cell", INTEGER, nullable=False),
    derived("sum_n", INTEGER, nullable=False),
    derived("sum_x", REAL, nullable=False),
    derived("sum_y", REAL, nullable=False),
    derived("sum_z", REAL, nullable=False),
    derived("weight_ra", REAL, nullable=False),
    derived("weight_dec", REAL, nullable=False),
    derived("n_detections", INTEGER, nullable=False),
    derived("n_measurements", INTEGER, nullable=False),
    derived("first_mjd", REAL),
    derived("last_mjd", REAL),
    derived("band", TEXT),
    derived("stokes", TEXT),
    derived("n_epochs", INTEGER, nullable=False),
    derived("n_forced", INTEGER, nullable=False),
    *_shown(),
    *grade_columns(),
    *said_columns(),
    *_graded_by(),
    CheckConstraint("made_by IN ('association', 'caller')", name="made_by"),
    Index("ix_sources_cell", "cell"),
    Index("ix_sources_created_at", "created_at", "id"),
    Index("ix_sources_name", "name", "id"),
    Index("ix_sources_job_id", "job_id"),
    Index("ix_sources_n_epochs", "n_epochs", "id"),
    Index("ix_sources_peak_mean_jy", "peak_mean_jy", "id"),
    Index("ix_sources_peak_v", "peak_v", "id"),
    Index("ix_sources_peak_eta", "peak_eta", "id"),
    sqlite_strict=True,
)

source_tags = TagIndex(sources, "source")

#: One row for each flux density measured in an image. ``source`` is null until it is associated,
#: and where the source was deleted: ``former_source`` is its id then, so that it can come back.
#: ``systematic_arcsec`` is added to the position errors in quadrature. ``band``, ``stokes``,
#: ``frequency_hz`` and ``mid_mjd`` are the image's. ``counts``: 1 where it is an epoch of its
#: source, else ``why_not`` says why.
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
    Column("systematic_arcsec", REAL),
    Column("former_source", TEXT),
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
    Index("ix_measurements_image", "image", "source", "kind"),
    Index(
        "ix_measurements_former_source",
        "former_source",
        sqlite_where=text("former_source IS NOT NULL"),
        postgresql_where=text("former_source IS NOT NULL"),
    ),
    Index("ix_measurements_job_id", "job_id"),
    sqlite_strict=True,
)


#: The running sums of one flux density, as ``mustela.radio.variability.sums`` has them.
SUMS = (
    "mean_jy",
    "mean_rest_jy",
    "m2",
    "weight",
    "weighted_mean_jy",
    "weighted_mean_rest_jy",
    "weighted_m2",
    "minimum_jy",
    "minimum_mjd",
    "minimum_key",
    "maximum_jy",
    "maximum_mjd",
    "maximum_key",
    "smallest_error_jy",
    "pair_vs",
    "pair_m",
    "brighter_jy",
    "brighter_error_jy",
    "brighter_mjd",
    "brighter_key",
    "fainter_jy",
    "fainter_error_jy",
    "fainter_mjd",
    "fainter_key",
)


def _sums(flux: str) -> list[Column[Any]]:
    return [
        Column(f"{flux}_n", INTEGER, nullable=False),
        *(
            Column(f"{flux}_{name}", TEXT)
            if name.endswith("_key")
            else Column(f"{flux}_{name}", REAL)
            for name in SUMS
        ),
        Column(f"{flux}_v", REAL),
        Column(f"{flux}_eta", REAL),
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
    Index("ix_source_statistics_band", "band", "stokes", "n_epochs"),
    sqlite_strict=True,
)

#: Sources whose figures do not follow from their measurements yet: they wait to be summed anew. See
#: ``mustela.radio.sources.stale``.
stale_sources = Table(
    "stale_sources",
    radio_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column(
        "source",
        INTEGER,
        ForeignKey("sources.seq", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("marked_at", INTEGER, nullable=False),
    sqlite_strict=True,
)
