"""What is known of an image."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from mustela.store.record import Record


class Image(Record):
    """One continuum image; what the file does not say is ``None``, never invented.

    Positions are degrees (ICRS): ``ra_deg`` and ``dec_deg`` of the centre, ``footprint`` the right
    ascension and declination of each corner in turn, ``radius_deg`` the smallest circle about the
    centre that holds it. ``wcs`` has the header cards of the celestial axes. Beam and pixel scale
    are arcseconds, ``beam_pa_deg`` degrees from north through east, frequencies Hz, noise, peak
    and minimum Jy/beam, times of observation MJD (UTC), ``integration_seconds`` seconds. ``kind``
    is one of restored, residual, psf, dirty, model, mask, mosaic, noise and background.
    ``blank_fraction`` is that of the plane that was measured. ``flags`` are stable words for what
    is wrong with the header or the data.

    ``ms_id``, ``calibration_id``, ``parent_id``, ``version_of`` (a name that the versions of one
    product share), ``version`` and ``theoretical_noise_jy`` are what the program says that made
    it. ``is_current``: no version of the product is later. ``counts``: its measurements are
    epochs; else ``why_not`` says why. ``grade`` is good, warn or fail: ``grade_given`` by a
    person, or else ``grade_computed``, with ``grade_reasons``. ``job_id`` is the job or run that
    made the record.
    """

    __slots__ = ()

    # Numbers too large for JSON's readers, and an index.
    hidden: ClassVar[tuple[str, ...]] = ("mtime_ns", "cell", "reach")

    id: str = ""
    path: str = ""
    root_id: str | None = None
    filename: str = ""
    hdu: int | None = None
    telescope: str | None = None
    instrument: str | None = None
    observer: str | None = None
    field: str | None = None
    ra_deg: float | None = None
    dec_deg: float | None = None
    radius_deg: float | None = None
    footprint: tuple[float, ...] | None = None
    projection: str | None = None
    wcs: dict[str, Any] | None = None
    width_px: int | None = None
    height_px: int | None = None
    n_planes: int | None = None
    pixel_scale_arcsec: float | None = None
    frequency_hz: float | None = None
    bandwidth_hz: float | None = None
    n_channels: int | None = None
    stokes: str | None = None
    beam_major_arcsec: float | None = None
    beam_minor_arcsec: float | None = None
    beam_pa_deg: float | None = None
    units: str | None = None
    start_mjd: float | None = None
    mid_mjd: float | None = None
    end_mjd: float | None = None
    integration_seconds: float | None = None
    kind: str | None = None
    pbcor: bool | None = None
    imaging: dict[str, Any] | None = None
    noise_jy: float | None = None
    peak_jy: float | None = None
    min_jy: float | None = None
    dynamic_range: float | None = None
    blank_fraction: float | None = None
    flags: tuple[str, ...] = ()
    ms_id: str | None = None
    calibration_id: str | None = None
    parent_id: str | None = None
    version_of: str | None = None
    version: int | None = None
    theoretical_noise_jy: float | None = None
    n_sources: int | None = None
    is_current: bool = True
    counts: bool = False
    why_not: str | None = None
    cell: int | None = None
    reach: int | None = None
    grade: str | None = None
    grade_computed: str | None = None
    grade_reasons: tuple[str, ...] = ()
    graded_at: datetime | None = None
    grade_given: str | None = None
    retired_at: datetime | None = None
    retired_reason: str | None = None
    file_size: int | None = None
    mtime_ns: int | None = None
    modified_at: datetime | None = None
    fingerprint: str | None = None
    missing_since: datetime | None = None
    thumbnail_path: str | None = None
    tags: tuple[str, ...] = ()
    rating: int | None = None
    note: str | None = None
    job_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
