"""The weighted mean position of a source, as sums that detections are added to in any order."""

from __future__ import annotations

import math

import msgspec

from mustela.errors import MustelaError
from mustela.radio.sky.positions import Vector, length, position_of, unit_vector


class NoPosition(MustelaError, ValueError):
    """A detection counts towards a position only with position errors above 0."""

    code = "no_position"


class PositionSums(msgspec.Struct, frozen=True):
    """Unit vectors weighted by 1/σ², so that RA 0 and the poles are places like any other.

    A detection has one weight for its direction, 1/σ² with σ² the mean of its two squared errors
    [arcsec⁻²]; the two errors of the mean are 1/sqrt(Σ 1/σα²) and 1/sqrt(Σ 1/σδ²), on the sky.
    Sums rounded in another order differ in their last digits only: below 1e-12 degrees. Taking away
    leaves the rounding of what was there, so sums that much was taken from are better made anew.
    """

    n: int = 0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    ra_weight: float = 0.0
    """Σ 1/σα² [arcsec⁻²]."""
    dec_weight: float = 0.0
    """Σ 1/σδ² [arcsec⁻²]."""

    @classmethod
    def of(
        cls, ra_deg: float, dec_deg: float, ra_err_arcsec: float, dec_err_arcsec: float
    ) -> PositionSums:
        """The sums of one detection; raises `NoPosition` where an error is not above 0."""
        if not (0.0 < ra_err_arcsec < math.inf and 0.0 < dec_err_arcsec < math.inf):
            raise NoPosition(
                f"Position errors of {ra_err_arcsec} and {dec_err_arcsec} arcsec: they must be "
                "above 0 and finite to weigh a position."
            )
        x, y, z = unit_vector(ra_deg, dec_deg)
        weight = 2.0 / (ra_err_arcsec**2 + dec_err_arcsec**2)
        return cls(
            n=1,
            x=weight * x,
            y=weight * y,
            z=weight * z,
            ra_weight=ra_err_arcsec**-2,
            dec_weight=dec_err_arcsec**-2,
        )

    def merged(self, other: PositionSums) -> PositionSums:
        """With what the other counts too."""
        return self._with(other, 1)

    def without(self, other: PositionSums) -> PositionSums:
        """Less what the other counts, which must be in it; nothing left is exactly nothing."""
        return PositionSums() if self.n <= other.n else self._with(other, -1)

    def added(
        self, ra_deg: float, dec_deg: float, ra_err_arcsec: float, dec_err_arcsec: float
    ) -> PositionSums:
        """With one more detection."""
        return self.merged(PositionSums.of(ra_deg, dec_deg, ra_err_arcsec, dec_err_arcsec))

    def removed(
        self, ra_deg: float, dec_deg: float, ra_err_arcsec: float, dec_err_arcsec: float
    ) -> PositionSums:
        """Without one of its detections."""
        return self.without(PositionSums.of(ra_deg, dec_deg, ra_err_arcsec, dec_err_arcsec))

    def position(self) -> tuple[float, float] | None:
        """The mean RA and Dec in degrees; ``None`` where nothing counts, or where detections
        all around the sky have no mean."""
        sums: Vector = (self.x, self.y, self.z)
        least = min(self.ra_weight, self.dec_weight)
        if self.n == 0 or length(sums) <= 1e-12 * least:
            return None
        return position_of(sums)

    def errors_arcsec(self) -> tuple[float, float] | None:
        """The errors of the mean (1 σ) to the east and to the north, on the sky."""
        if self.n == 0 or self.ra_weight <= 0.0 or self.dec_weight <= 0.0:
            return None
        return self.ra_weight**-0.5, self.dec_weight**-0.5

    def _with(self, other: PositionSums, sign: int) -> PositionSums:
        return PositionSums(
            n=self.n + sign * other.n,
            x=self.x + sign * other.x,
            y=self.y + sign * other.y,
            z=self.z + sign * other.z,
            ra_weight=self.ra_weight + sign * other.ra_weight,
            dec_weight=self.dec_weight + sign * other.dec_weight,
        )
