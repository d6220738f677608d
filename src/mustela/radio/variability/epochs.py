"""One measurement of a source's light curve, and whether its numbers can count."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import msgspec

Unusable: TypeAlias = Literal[
    "no_flux", "no_error", "flux_not_finite", "error_not_finite", "error_not_positive"
]


class Epoch(msgspec.Struct, frozen=True):
    """A flux density with its error (1 σ) in Jy, at a mid-time (MJD, UTC); `key` is the id of the
    measurement."""

    flux_jy: float
    error_jy: float
    mjd: float
    key: str


def usable(flux_jy: float | None, error_jy: float | None) -> Unusable | None:
    """Why a measurement cannot count in weighted statistics; ``None`` where it can.

    A negative flux density counts: a forced fit of an absent source is as often below zero as
    above.
    """
    if flux_jy is None:
        return "no_flux"
    if error_jy is None:
        return "no_error"
    if not math.isfinite(flux_jy):
        return "flux_not_finite"
    if not math.isfinite(error_jy):
        return "error_not_finite"
    return None if error_jy > 0 else "error_not_positive"
