"""What one catalogue, or one fit, says of one radio source. Free of astropy, for who only reads."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

import msgspec

Kind = Literal["detected", "imported", "forced"]

#: What stands in ``Detection.flags``. The words are stable.
FLAGS = MappingProxyType(
    {
        "fit_failed": "the fit did not converge; values are its last, errors are unknown",
        "fit_errors_small": "the fit came with errors too small to be true",
        "shape_is_beam": "too few pixels: the shape was held at the beam's, only position and flux"
        " were fitted",
        "shape_circular": "the shape was held circular",
        "not_fitted": "nothing was fitted: peak and sum are of the pixels above the threshold",
        "too_large_to_fit": "the island has more pixels than are fitted; see not_fitted",
        "position_unreliable": "the position could not be turned into sky coordinates properly",
        "priorised": "the shape, or shape and position, were taken from another catalogue",
        "beam_area_unknown": "the integrated flux density is unknown, for want of a beam",
        "unit_assumed": "the image does not say its unit; Jy/beam was assumed",
        "first_channel": "the image has several channels; the first one was measured",
        "estimate": "the finder could not fit and gives its first estimate",
        "blended": "fitted together with neighbours",
        "bad_component": "the finder marks the component as likely an artefact",
        "multiple": "a source of several Gaussians; shape is of the whole",
        "no_fitted_width": "the finder gives no usable fitted size",
    }
)


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """One component of a radio source, as found in, imported for or forced on one image.

    ``ra_deg`` and ``dec_deg`` are ICRS. Errors are 1 sigma; ``ra_error_arcsec`` is on the sky,
    that is times cos(dec). Peaks, ``local_rms_jy`` and ``background_jy`` are in Jy/beam, the
    integrated flux density in Jy. Axes are full widths at half maximum; ``pa_deg`` runs from
    north through east. ``major_arcsec`` and so on are as fitted, that is with the beam in them;
    ``deconvolved_*`` without, zero where unresolved. What is not known is ``None``; no number is
    ever NaN or infinite. ``name`` is the finder's or the catalogue's own.
    """

    ra_deg: float
    dec_deg: float
    kind: Kind
    name: str | None = None
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
    island: str | None = None
    component: str | None = None
    flags: tuple[str, ...] = ()


class Position(msgspec.Struct, frozen=True):
    """Where to force a fit: the caller's id and a place in degrees, ICRS."""

    id: str
    ra_deg: float
    dec_deg: float


#: Why a position has no forced fit. The words are stable.
REASONS = MappingProxyType(
    {
        "outside": "the position is not in the image",
        "blank": "the pixel there, or most of the beam around it, is blank",
        "no_noise": "the noise there is unknown or zero",
        "inseparable": "another position is too close, less than a quarter of the beam",
    }
)


class Forced(msgspec.Struct, frozen=True):
    """The answer for one ``Position``: a ``Detection``, or the reason (``REASONS``) why not."""

    id: str
    detection: Detection | None
    reason: str | None = None
