"""What is known of a source, and of one measurement of it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from mustela.store.record import Record


class Source(Record):
    """A source of the radio sky, with the statistics of one band and Stokes parameter.

    ``ra_deg`` and ``dec_deg`` (degrees, ICRS) are the weighted mean of its detections, with errors
    in arcseconds on the sky, or else where it was said to be. ``made_by``: ``association``, or the
    ``caller`` who added it. ``n_detections`` and ``n_measurements`` count all that is associated,
    ``first_mjd`` and ``last_mjd`` are the first and last time it was detected (MJD, UTC). The
    other figures are of ``band`` and ``stokes`` (unless asked otherwise those with most epochs):
    ``n_epochs`` and, of peak and integrated flux densities (Jy), the mean, V, η, extremes and the
    two epochs with the largest |Vs|; see :mod:`mustela.radio.variability`. ``stale``: an image in
    which it was measured has been graded, replaced, retired or deleted, and position and figures
    are still those of before; they follow in a moment.
    """

    __slots__ = ()

    hidden: ClassVar[tuple[str, ...]] = ("cell",)

    id: str = ""
    name: str = ""
    made_by: str = "caller"
    ra_deg: float = 0.0
    dec_deg: float = 0.0
    ra_error_arcsec: float | None = None
    dec_error_arcsec: float | None = None
    cell: int | None = None
    n_detections: int = 0
    n_measurements: int = 0
    first_mjd: float | None = None
    last_mjd: float | None = None
    band: str | None = None
    stokes: str | None = None
    n_epochs: int = 0
    n_forced: int = 0
    peak_mean_jy: float | None = None
    peak_weighted_mean_jy: float | None = None
    peak_minimum_jy: float | None = None
    peak_maximum_jy: float | None = None
    peak_v: float | None = None
    peak_eta: float | None = None
    peak_vs: float | None = None
    peak_m: float | None = None
    integrated_mean_jy: float | None = None
    integrated_weighted_mean_jy: float | None = None
    integrated_minimum_jy: float | None = None
    integrated_maximum_jy: float | None = None
    integrated_v: float | None = None
    integrated_eta: float | None = None
    integrated_vs: float | None = None
    integrated_m: float | None = None
    stale: bool = False
    grade: str | None = None
    grade_computed: str | None = None
    grade_reasons: tuple[str, ...] = ()
    graded_at: datetime | None = None
    grade_given: str | None = None
    tags: tuple[str, ...] = ()
    rating: int | None = None
    note: str | None = None
    job_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Measurement(Record):
    """One flux density in one image.

    Positions are degrees (ICRS), their errors and sizes arcseconds, flux densities Jy (peaks
    Jy/beam), ``mid_mjd`` the middle of the image's observation (MJD, UTC), its start
    or end where no more is known. ``kind`` is detected,
    imported or forced. ``de_ruiter`` and ``separation_arcsec`` are those of its association, which
    added ``systematic_arcsec`` to its position errors in quadrature. ``flags`` are stable words.
    ``counts``: it is an epoch of its source; else ``why_not`` says why.
    """

    __slots__ = ()

    id: str = ""
    source_id: str | None = None
    image_id: str = ""
    kind: str = "detected"
    name: str | None = None
    island: str | None = None
    component: str | None = None
    ra_deg: float = 0.0
    dec_deg: float = 0.0
    ra_error_arcsec: float | None = None
    dec_error_arcsec: float | None = None
    peak_jy: float | None = None
    peak_error_jy: float | None = None
    integrated_jy: float | None = None
    integrated_error_jy: float | None = None
    local_rms_jy: float | None = None
    background_jy: float | None = None
    major_arcsec: float | None = None
    minor_arcsec: float | None = None
    pa_deg: float | None = None
    major_error_arcsec: float | None = None
    minor_error_arcsec: float | None = None
    pa_error_deg: float | None = None
    deconvolved_major_arcsec: float | None = None
    deconvolved_minor_arcsec: float | None = None
    deconvolved_pa_deg: float | None = None
    flags: tuple[str, ...] = ()
    de_ruiter: float | None = None
    separation_arcsec: float | None = None
    systematic_arcsec: float | None = None
    band: str = ""
    stokes: str = "I"
    frequency_hz: float | None = None
    mid_mjd: float | None = None
    counts: bool = False
    why_not: str | None = None
    job_id: str | None = None
    created_at: datetime | None = None
