"""Elliptical Gaussians as 2 x 2 matrices, in which convolution is a sum."""

from __future__ import annotations

import math


def deconvolved(
    fitted: tuple[float, float, float], beam: tuple[float, float, float]
) -> tuple[float, float, float | None]:
    """The size of a Gaussian without the beam: (major, minor, position angle).

    Each argument is (major, minor, position angle in degrees), in one unit of length. An axis in
    which the source is not resolved becomes zero; without a major axis there is no angle. The
    moments of a convolution add, so the matrices are subtracted (Condon 1997, PASP 109, 166).
    """
    xx, xy, yy = (a - b for a, b in zip(_moments(*fitted), _moments(*beam), strict=True))
    mean, half = (xx + yy) / 2.0, math.hypot((xx - yy) / 2.0, xy)
    # Rounding alone must not resolve a source.
    floor = 1e-9 * (fitted[0] ** 2)
    if mean + half <= floor:
        return 0.0, 0.0, None
    minor = math.sqrt(mean - half) if mean - half > floor else 0.0
    return math.sqrt(mean + half), minor, half_turn(math.degrees(math.atan2(2 * xy, yy - xx) / 2))


def half_turn(angle: float) -> float:
    """The position angle of an axis, in [0, 180)."""
    return angle % 180.0


def _moments(major: float, minor: float, pa_deg: float) -> tuple[float, float, float]:
    """East-east, east-north and north-north moments."""
    sine, cosine = math.sin(math.radians(pa_deg)), math.cos(math.radians(pa_deg))
    a, b = major * major, minor * minor
    return (
        a * sine * sine + b * cosine * cosine,
        (a - b) * sine * cosine,
        a * cosine**2 + b * sine**2,
    )
