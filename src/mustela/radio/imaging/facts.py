"""What an image says of itself. Free of astropy, for who only reads the answers."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

KINDS = (
    "restored",
    "residual",
    "psf",
    "dirty",
    "model",
    "mask",
    "mosaic",
    "noise",
    "background",
)

#: What is wrong or suspicious with an image. The words are stable.
FLAGS: Mapping[str, str] = {
    "all_blank": "no pixel of the measured plane has a value",
    "beam_missing": "the unit is per beam, and no beam is said",
    "beam_suspicious": "the beam is narrower than a pixel, wider than the image, or has its axes "
    "swapped",
    "beam_zero": "the header says a beam that is not positive; it was left out",
    "data_unreadable": "the pixels could not be read, though the header could; nothing is measured",
    "date_conflict": "dates in the header contradict each other: by more than a day, or the end "
    "comes before the start",
    "date_impossible": "a date cannot be read, comes before radio astronomy (1931) or lies in the "
    "future; it was left out",
    "frequency_from_rest": "there is no spectral axis: the frequency is the rest frequency, the "
    "only one that is said",
    "frequency_impossible": "the spectral axis gives no positive frequency; it was left out",
    "scale_wrong": "a pixel is larger than ten degrees, or ten times longer than wide",
    "time_of_day_missing": "the header says the day of the observation only: the start is that "
    "day's midnight",
    "truncated": "the file ends before its pixels do; nothing is measured",
    "units_missing": "no unit is said; pixel values were taken for Jy/beam",
    "units_not_jy": "the unit is no flux density in Jy: noise, peak and minimum were left out",
    "wcs_missing": "the image has no sky coordinates",
    "wcs_unsolvable": "the header's sky coordinates cannot be computed",
}


class ImageFacts(msgspec.Struct, frozen=True, kw_only=True, tag="image"):
    """The fields of an image that its file decides; what the file does not say is ``None``.

    ``hdu`` is the part of the FITS file that holds the image, counted from zero (0 for a CASA
    image). ``field`` is the header's OBJECT. ``ra_deg`` and ``dec_deg`` (ICRS) are the centre of
    the pixel grid, ``radius_deg`` the smallest circle about it that holds the footprint, and
    ``footprint`` is a polygon ``(ra0, dec0, ra1, dec1, ...)`` in degrees ICRS along the pixels'
    outer edges: the corners, more points only where an edge is no great circle, counter-clockwise
    as seen from inside the sphere (as DALI wants them). Where a corner lies off the sky it is a
    polygon about the circle that holds the valid part; ``None`` for more than half of the sky,
    which no polygon can tell from its complement.

    ``projection`` is the header's code (``SIN``). ``pixel_scale_arcsec`` is the geometric mean of
    both axes. ``wcs`` holds the header cards that rebuild the two-dimensional WCS.

    ``frequency_hz`` is the centre of the band. It comes from a spectral axis; velocities are
    turned with the rest frequency, by the convention that the axis names. Without a spectral
    axis it is a keyword for the observing frequency, else the rest frequency, flagged.
    ``bandwidth_hz`` is the width of all channels. ``n_planes`` counts every plane of the cube.

    ``stokes`` are the planes' in order: ``I``, ``IQUV``, ``XXYY``. The beam is the restoring
    beam's full widths at half maximum, its angle from north through east in degrees; of several
    beams each median. ``units`` are the pixels', in one spelling (``Jy/beam``) where understood.

    Times are MJD, UTC. No end is made up from an integration time; ``mid_mjd`` is the header's,
    or half-way where start and end are both said. ``kind`` is one of ``KINDS``. ``pbcor`` says
    whether the primary beam was corrected for. ``imaging`` are parameters of the imaging.

    Measured on one plane: Stokes I where there is one, else the first; of a spectral cube the
    middle channel, or the nearest to it that has finite values; of every other axis the first
    plane. ``noise_jy``, ``peak_jy`` and ``min_jy`` are in Jy (per beam or per pixel: ``units``),
    whatever multiple of Jy the pixels are in. ``dynamic_range`` is peak over noise.
    ``blank_fraction`` counts pixels without a value. ``flags`` are words of ``FLAGS``, sorted.
    """

    fingerprint: str | None = None
    file_size: int | None = None
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
    width_px: int | None = None
    height_px: int | None = None
    pixel_scale_arcsec: float | None = None
    wcs: dict[str, str | float | int] | None = None
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
    imaging: dict[str, str | float | int] | None = None
    n_planes: int | None = None
    noise_jy: float | None = None
    peak_jy: float | None = None
    min_jy: float | None = None
    dynamic_range: float | None = None
    blank_fraction: float | None = None
    flags: tuple[str, ...] = ()


class NotAnImage(msgspec.Struct, frozen=True, tag="not_an_image"):
    """A sound file that holds no image of the sky: a table, visibilities, a spectrum."""

    reason: str
