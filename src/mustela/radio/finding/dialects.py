"""Which columns each source finder writes, and in which units where its file does not say.

Sources: AegeanTools' ``ComponentSource``; PyBDSF, "Definition of output columns"; Selavy's
component catalogue as ASKAP's archive describes it. All three give position errors as angles on
the sky, cos(dec) already in: Aegean and PyBDSF measure great circles, Selavy gives arcseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

#: What a column holds: a flux density, a length on the sky, an angle, or words.
FLUX, LENGTH, ANGLE, WORDS = "flux", "length", "angle", "words"

#: The fields of ``Detection`` that columns fill, and what they hold.
FIELDS = MappingProxyType(
    {
        "name": WORDS,
        "island": WORDS,
        "component": WORDS,
        "ra_error_arcsec": LENGTH,
        "dec_error_arcsec": LENGTH,
        "peak_jy": FLUX,
        "peak_error_jy": FLUX,
        "integrated_jy": FLUX,
        "integrated_error_jy": FLUX,
        "local_rms_jy": FLUX,
        "background_jy": FLUX,
        "major_arcsec": LENGTH,
        "minor_arcsec": LENGTH,
        "pa_deg": ANGLE,
        "major_error_arcsec": LENGTH,
        "minor_error_arcsec": LENGTH,
        "pa_error_deg": ANGLE,
        "deconvolved_major_arcsec": LENGTH,
        "deconvolved_minor_arcsec": LENGTH,
        "deconvolved_pa_deg": ANGLE,
    }
)


@dataclass(frozen=True)
class Dialect:
    """A way of writing catalogues.

    ``known_by`` are sets of columns of which one must be there. ``columns`` gives for each field
    the names that it may have, best first. The units are those of columns for which the file
    gives none; ``None``: then the values are unknown.
    """

    name: str
    known_by: tuple[frozenset[str], ...]
    columns: dict[str, tuple[str, ...]]
    flux_unit: str | None
    length_unit: str | None
    error_unit: str | None


AEGEAN = Dialect(
    name="aegean",
    known_by=(
        frozenset({"island", "source", "local_rms", "int_flux"}),
        frozenset({"island", "source", "peak_flux", "err_peak_flux"}),
    ),
    columns={
        "island": ("island",),
        "component": ("source",),
        "ra_error_arcsec": ("err_ra",),
        "dec_error_arcsec": ("err_dec",),
        "peak_jy": ("peak_flux",),
        "peak_error_jy": ("err_peak_flux",),
        "integrated_jy": ("int_flux",),
        "integrated_error_jy": ("err_int_flux",),
        "local_rms_jy": ("local_rms",),
        "background_jy": ("background",),
        "major_arcsec": ("a",),
        "minor_arcsec": ("b",),
        "pa_deg": ("pa",),
        "major_error_arcsec": ("err_a",),
        "minor_error_arcsec": ("err_b",),
        "pa_error_deg": ("err_pa",),
    },
    flux_unit="Jy",
    length_unit="arcsec",
    error_unit="deg",
)

PYBDSF = Dialect(
    name="pybdsf",
    known_by=(
        frozenset({"total_flux", "peak_flux", "maj", "source_id"}),
        frozenset({"total_flux", "peak_flux", "maj", "isl_id"}),
        frozenset({"total_flux_gaussian", "peak_flux", "gaussian_id"}),
        frozenset({"total_flux_source", "peak_flux", "source_id"}),
    ),
    columns={
        "name": ("source_name", "gaussian_id", "gaus_id", "source_id"),
        "island": ("isl_id",),
        "component": ("gaussian_id", "gaus_id", "source_id"),
        "ra_error_arcsec": ("e_ra",),
        "dec_error_arcsec": ("e_dec",),
        "peak_jy": ("peak_flux",),
        "peak_error_jy": ("e_peak_flux",),
        "integrated_jy": ("total_flux", "total_flux_gaussian", "total_flux_source"),
        "integrated_error_jy": ("e_total_flux", "e_total_flux_gaussian", "e_total_flux_source"),
        "local_rms_jy": ("isl_rms", "noise"),
        "background_jy": ("isl_mean",),
        "major_arcsec": ("maj",),
        "minor_arcsec": ("min",),
        "pa_deg": ("pa",),
        "major_error_arcsec": ("e_maj",),
        "minor_error_arcsec": ("e_min",),
        "pa_error_deg": ("e_pa",),
        "deconvolved_major_arcsec": ("dc_maj",),
        "deconvolved_minor_arcsec": ("dc_min",),
        "deconvolved_pa_deg": ("dc_pa",),
    },
    flux_unit="Jy",
    length_unit="deg",
    error_unit="deg",
)

SELAVY = Dialect(
    name="selavy",
    known_by=(
        frozenset({"ra_deg_cont", "dec_deg_cont", "flux_peak"}),
        frozenset({"ra_hms_cont", "dec_dms_cont", "flux_peak"}),
        frozenset({"ra_deg_cont", "dec_deg_cont", "flux_int"}),
    ),
    columns={
        "name": ("component_name", "component_id"),
        "island": ("island_id",),
        "component": ("component_id",),
        "ra_error_arcsec": ("ra_err",),
        "dec_error_arcsec": ("dec_err",),
        "peak_jy": ("flux_peak",),
        "peak_error_jy": ("flux_peak_err",),
        "integrated_jy": ("flux_int",),
        "integrated_error_jy": ("flux_int_err",),
        "local_rms_jy": ("rms_image",),
        "background_jy": (),
        "major_arcsec": ("maj_axis",),
        "minor_arcsec": ("min_axis",),
        "pa_deg": ("pos_ang",),
        "major_error_arcsec": ("maj_axis_err",),
        "minor_error_arcsec": ("min_axis_err",),
        "pa_error_deg": ("pos_ang_err",),
        "deconvolved_major_arcsec": ("maj_axis_deconv",),
        "deconvolved_minor_arcsec": ("min_axis_deconv",),
        "deconvolved_pa_deg": ("pos_ang_deconv",),
    },
    flux_unit="mJy",
    length_unit="arcsec",
    error_unit="arcsec",
)

#: Any other table. Without units only its positions are known; names may end in the unit.
GENERIC = Dialect(
    name="generic",
    known_by=(),
    columns={
        "name": ("name", "id", "source_name", "source_id", "source"),
        "island": ("island", "island_id", "isl_id"),
        "component": ("component", "component_id"),
        "ra_error_arcsec": ("ra_err", "err_ra", "e_ra", "e_raj2000", "ra_error"),
        "dec_error_arcsec": ("dec_err", "err_dec", "e_dec", "e_dej2000", "dec_error"),
        "peak_jy": ("peak_flux", "flux_peak", "peak", "speak", "fpeak"),
        "peak_error_jy": ("err_peak_flux", "flux_peak_err", "e_peak_flux", "peak_error", "e_fpeak"),
        "integrated_jy": ("int_flux", "flux_int", "total_flux", "integrated", "sint", "fint"),
        "integrated_error_jy": (
            "err_int_flux",
            "flux_int_err",
            "e_total_flux",
            "integrated_error",
            "e_fint",
        ),
        "local_rms_jy": ("local_rms", "rms", "isl_rms", "rms_image", "noise"),
        "background_jy": ("background",),
        "major_arcsec": ("major", "maj", "maj_axis"),
        "minor_arcsec": ("minor", "min", "min_axis"),
        "pa_deg": ("pa", "pos_ang"),
        "major_error_arcsec": ("e_maj", "maj_axis_err", "major_error"),
        "minor_error_arcsec": ("e_min", "min_axis_err", "minor_error"),
        "pa_error_deg": ("e_pa", "pos_ang_err", "pa_error"),
        "deconvolved_major_arcsec": ("deconvolved_major", "dc_maj", "maj_axis_deconv"),
        "deconvolved_minor_arcsec": ("deconvolved_minor", "dc_min", "min_axis_deconv"),
        "deconvolved_pa_deg": ("deconvolved_pa", "dc_pa", "pos_ang_deconv"),
    },
    flux_unit=None,
    length_unit=None,
    error_unit=None,
)


def dialect_of(columns: tuple[str, ...]) -> Dialect:
    """The dialect that a table with such columns is in; ``GENERIC`` if none that is known."""
    there = set(columns)
    for dialect in (SELAVY, AEGEAN, PYBDSF):
        if any(known <= there for known in dialect.known_by):
            return dialect
    return GENERIC
