"""What is kept of a source's light curve, for one band, Stokes parameter and kind of flux density.

The statistics are those of Swinbank et al. 2015 (A&C 11, 25) and Rowlinson et al.
2019 (A&C 27, 111): V = s / mean(I), and the reduced chi-square η about the weighted mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from mustela.errors import MustelaError
from mustela.radio.variability.epochs import Epoch, usable
from mustela.radio.variability.pairs import ROUNDING, Pair, best_pair, best_pair_with


class NotAnEpoch(MustelaError):
    """A measurement without a finite flux density and an error above 0 cannot count."""

    code = "not_an_epoch"


class FluxSums(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the epochs of a source; every field is a column. Flux densities in Jy.

    `m2` is Σ (I - mean)², `weighted_m2` is Σ w (I - weighted mean)² with w = 1/σ² [Jy⁻²], both
    updated by Welford's recurrence (Technometrics 4, 419; weighted: West 1979, CACM 22, 532), so
    that nearly equal flux densities lose no digits. For the same reason each mean has a second
    float with the digits that the first has no room for.

    η is the formula of the paper, η = N/(N-1) ( mean(w I²) - mean(w I)² / mean(w) ): with
    W = Σ w and the weighted mean ξ = Σ w I / W it is
    1/(N-1) ( Σ w I² - (Σ w I)² / W ) = 1/(N-1) ( Σ w I² - W ξ² ) = 1/(N-1) Σ w (I - ξ)²,
    which is `weighted_m2` / (N - 1).

    Arrivals in another order give the same to 1e-9 and better. There is no removal: a source that
    loses an epoch is summed `from_scratch`.
    """

    n: int = 0
    mean_jy: float | None = None
    mean_rest_jy: float = 0.0
    m2: float = 0.0
    weight: float = 0.0
    weighted_mean_jy: float | None = None
    weighted_mean_rest_jy: float = 0.0
    weighted_m2: float = 0.0
    minimum_jy: float | None = None
    minimum_mjd: float | None = None
    minimum_key: str | None = None
    maximum_jy: float | None = None
    maximum_mjd: float | None = None
    maximum_key: str | None = None
    smallest_error_jy: float | None = None
    pair_vs: float | None = None
    pair_m: float | None = None
    brighter_jy: float | None = None
    brighter_error_jy: float | None = None
    brighter_mjd: float | None = None
    brighter_key: str | None = None
    fainter_jy: float | None = None
    fainter_error_jy: float | None = None
    fainter_mjd: float | None = None
    fainter_key: str | None = None

    @classmethod
    def from_scratch(cls, epochs: Iterable[Epoch]) -> FluxSums:
        """The sums of all these epochs, in any order."""
        counted = sorted(epochs, key=lambda epoch: (epoch.mjd, epoch.key))
        sums = cls()
        for epoch in counted:
            sums = sums._with_moments(epoch)
        return sums._with_pair(best_pair(counted))

    def added(self, epoch: Epoch, earlier: Iterable[Epoch]) -> FluxSums:
        """With one more epoch. `earlier` are those counted so far, in any order, for the pair;
        where `may_make_a_pair` denies it they are not looked at and may be empty.

        Raises `NotAnEpoch` where `usable` says so.
        """
        pair = self.pair
        if self.may_make_a_pair(epoch):
            pair = best_pair_with(earlier, epoch, pair)
        return self._with_moments(epoch)._with_pair(pair)

    def may_make_a_pair(self, epoch: Epoch) -> bool:
        """Whether that epoch and one counted so far could be the best pair: a bound, from the
        extremes and the smallest error, that spares most arrivals a look at the light curve."""
        if self.maximum_jy is None or self.minimum_jy is None or self.smallest_error_jy is None:
            return False
        if self.pair_vs is None:
            return True
        widest = max(self.maximum_jy - epoch.flux_jy, epoch.flux_jy - self.minimum_jy)
        bound = widest / math.hypot(epoch.error_jy, self.smallest_error_jy)
        return bound * ROUNDING >= self.pair_vs

    @property
    def v(self) -> float | None:
        """V [no unit], s / mean(I) with the sample standard deviation s; ``None`` for fewer than
        two epochs or a mean of 0."""
        if self.n < 2 or not self.mean_jy:
            return None
        return math.sqrt(self.m2 / (self.n - 1)) / self.mean_jy

    @property
    def eta(self) -> float | None:
        """η [no unit]; ``None`` for fewer than two epochs."""
        return self.weighted_m2 / (self.n - 1) if self.n >= 2 else None

    @property
    def standard_deviation_jy(self) -> float | None:
        """Of the sample; ``None`` for fewer than two epochs."""
        return math.sqrt(self.m2 / (self.n - 1)) if self.n >= 2 else None

    @property
    def weighted_mean_error_jy(self) -> float | None:
        """1/sqrt(Σ w)."""
        return self.weight**-0.5 if self.n else None

    @property
    def pair(self) -> Pair | None:
        """The two epochs with the largest Vs; ``None`` for fewer than two."""
        brighter = _epoch(
            self.brighter_jy, self.brighter_error_jy, self.brighter_mjd, self.brighter_key
        )
        fainter = _epoch(self.fainter_jy, self.fainter_error_jy, self.fainter_mjd, self.fainter_key)
        return None if brighter is None or fainter is None else Pair(brighter, fainter)

    def _with_moments(self, epoch: Epoch) -> FluxSums:
        reason = usable(epoch.flux_jy, epoch.error_jy)
        if reason is not None:
            raise NotAnEpoch(f"Measurement {epoch.key} cannot count: {reason}.")
        flux, error = epoch.flux_jy, epoch.error_jy
        w = error**-2
        mean, mean_rest, m2 = _step(self.mean_jy, self.mean_rest_jy, flux, 1.0, float(self.n))
        heavy, heavy_rest, heavy_m2 = _step(
            self.weighted_mean_jy, self.weighted_mean_rest_jy, flux, w, self.weight
        )
        smallest = self.smallest_error_jy
        changed: dict[str, object] = {
            "n": self.n + 1,
            "mean_jy": mean,
            "mean_rest_jy": mean_rest,
            "m2": self.m2 + m2,
            "weight": self.weight + w,
            "weighted_mean_jy": heavy,
            "weighted_mean_rest_jy": heavy_rest,
            "weighted_m2": self.weighted_m2 + heavy_m2,
            "smallest_error_jy": error if smallest is None else min(smallest, error),
        }
        lowest = _epoch(self.minimum_jy, 0.0, self.minimum_mjd, self.minimum_key)
        if lowest is None or _rank(epoch, 1.0) < _rank(lowest, 1.0):
            changed |= {"minimum_jy": flux, "minimum_mjd": epoch.mjd, "minimum_key": epoch.key}
        highest = _epoch(self.maximum_jy, 0.0, self.maximum_mjd, self.maximum_key)
        if highest is None or _rank(epoch, -1.0) < _rank(highest, -1.0):
            changed |= {"maximum_jy": flux, "maximum_mjd": epoch.mjd, "maximum_key": epoch.key}
        return msgspec.structs.replace(self, **changed)

    def _with_pair(self, pair: Pair | None) -> FluxSums:
        if pair is None or pair == self.pair:
            return self
        brighter, fainter = pair.brighter, pair.fainter
        return msgspec.structs.replace(
            self,
            pair_vs=pair.vs,
            pair_m=pair.m,
            brighter_jy=brighter.flux_jy,
            brighter_error_jy=brighter.error_jy,
            brighter_mjd=brighter.mjd,
            brighter_key=brighter.key,
            fainter_jy=fainter.flux_jy,
            fainter_error_jy=fainter.error_jy,
            fainter_mjd=fainter.mjd,
            fainter_key=fainter.key,
        )


def _step(
    mean: float | None, rest: float, flux: float, weight: float, weight_before: float
) -> tuple[float, float, float]:
    """The mean, in two floats, with one more value, and what that adds to the squares."""
    if mean is None:
        return flux, 0.0, 0.0
    apart = (flux - mean) - rest
    share = weight / (weight_before + weight)
    moved = rest + apart * share
    new = mean + moved
    kept = new - moved  # Knuth's two-sum: what the addition rounded off, whichever is larger
    lost = (mean - kept) + (moved - (new - kept))
    return new, lost, apart * apart * weight_before * share


def _epoch(
    flux: float | None, error: float | None, mjd: float | None, key: str | None
) -> Epoch | None:
    if flux is None or error is None or mjd is None or key is None:
        return None
    return Epoch(flux, error, mjd, key)


def _rank(epoch: Epoch, sign: float) -> tuple[float, float, str]:
    """The extreme is the least of these: of equal ones the earliest."""
    return sign * epoch.flux_jy, epoch.mjd, epoch.key
