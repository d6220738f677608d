"""The two epochs of a source that differ most, in units of their errors.

    Vs = (S₁ - S₂) / sqrt(σ₁² + σ₂²)        m = 2 (S₁ - S₂) / (S₁ + S₂)          [no unit]

Mooley et al. 2016 (ApJ 818, 105); S₁ is the brighter of the two here, so Vs is not
negative. Of all pairs the one with the largest Vs is kept; of pairs with the same Vs the one whose
epochs are the earliest (time, then key; first the earlier epoch of each pair, then the later one).

Thousands of epochs have millions of pairs, which are neither kept nor all looked at. In a best pair
the brighter epoch cannot be beaten by one that is both brighter and surer, nor the fainter one by
one both fainter and surer: what remains are two rows of epochs, short ones as a rule, which are cut
into blocks, of which only those that could hold something better are opened.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import msgspec

from mustela.radio.variability.epochs import Epoch

ROUNDING: Final = 1.0 + 1e-12
"""A bound on Vs may be this much too small by rounding."""

_Row: TypeAlias = list[tuple[float, float, Epoch]]
"""Flux density, squared error, and the epoch they are of: plain floats for the inner loop."""


class Pair(msgspec.Struct, frozen=True):
    """Two epochs of one source, the brighter and the fainter."""

    brighter: Epoch
    fainter: Epoch

    @classmethod
    def of(cls, one: Epoch, other: Epoch) -> Pair:
        """In whatever order; where both are as bright, the earlier is called the brighter."""
        first, second = sorted((one, other), key=lambda epoch: (-epoch.flux_jy, *_age(epoch)))
        return cls(first, second)

    @property
    def vs(self) -> float:
        """Vs, 0 or more [no unit]."""
        return _vs(self.brighter, self.fainter)

    @property
    def m(self) -> float | None:
        """The modulation m of the two [no unit]; ``None`` where their sum is 0."""
        return modulation(self.brighter.flux_jy, self.fainter.flux_jy)

    def is_better_than(self, other: Pair | None) -> bool:
        """Whether this one is to be kept of the two; never true both ways."""
        if other is None:
            return True
        mine, its = self.vs, other.vs
        return mine > its or (mine == its and self._ages() < other._ages())

    def _ages(self) -> list[tuple[float, str]]:
        return sorted((_age(self.brighter), _age(self.fainter)))


def modulation(flux1_jy: float, flux2_jy: float) -> float | None:
    """m = 2 (S₁ - S₂) / (S₁ + S₂) [no unit]; ``None`` where the sum is 0."""
    total = flux1_jy + flux2_jy
    return 2.0 * (flux1_jy - flux2_jy) / total if total else None


def best_pair_with(epochs: Iterable[Epoch], new: Epoch, known: Pair | None = None) -> Pair | None:
    """The best pair once `new` joins `epochs`, whose best pair is `known`; looks at each once."""
    best = known
    least = -1.0 if known is None else known.vs
    for epoch in epochs:
        if _vs_either_way(epoch, new) >= least:
            pair = Pair.of(epoch, new)
            if pair.is_better_than(best):
                best, least = pair, pair.vs
    return best


def best_pair(epochs: Sequence[Epoch]) -> Pair | None:
    """The best pair of all epochs; ``None`` where there are fewer than two.

    Two pairs whose Vs agree to all digits though neither epoch is the same may be settled
    otherwise than by `best_pair_with`, when rounding alone makes them agree.
    """
    if len(epochs) < 2:
        return None
    fluxes = [epoch.flux_jy for epoch in epochs]
    if min(fluxes) == max(fluxes):  # Vs is 0 whichever we take
        return Pair.of(*sorted(epochs, key=_age)[:2])
    bright = _unbeaten(epochs, brighter=True)
    faint = _unbeaten(epochs, brighter=False)
    best: Pair | None = None
    for bound, some, others in _blocks(bright, faint):
        if best is not None and bound * ROUNDING < best.vs:
            break
        best = _best_between(some, others, best)
    return best


def _age(epoch: Epoch) -> tuple[float, str]:
    return epoch.mjd, epoch.key


def _vs(brighter: Epoch, fainter: Epoch) -> float:
    return _significance(brighter.flux_jy - fainter.flux_jy, brighter.error_jy, fainter.error_jy)


def _vs_either_way(one: Epoch, other: Epoch) -> float:
    return _significance(abs(one.flux_jy - other.flux_jy), one.error_jy, other.error_jy)


def _significance(difference: float, error1: float, error2: float) -> float:
    return difference / math.hypot(error1, error2)


def _unbeaten(epochs: Iterable[Epoch], *, brighter: bool) -> list[Epoch]:
    """Those of which none other is both brighter (or fainter) and surer; surest first, so that
    each is brighter (fainter) than those before. Of equals the earliest stays."""
    sign = -1.0 if brighter else 1.0
    ordered = sorted(epochs, key=lambda epoch: (epoch.error_jy, sign * epoch.flux_jy, *_age(epoch)))
    kept: list[Epoch] = []
    for epoch in ordered:
        if not kept or sign * epoch.flux_jy < sign * kept[-1].flux_jy:
            kept.append(epoch)
    return kept


def _blocks(bright: list[Epoch], faint: list[Epoch]) -> list[tuple[float, _Row, _Row]]:
    """Blocks of the two rows with what Vs cannot exceed between them, most promising first."""
    blocks = [
        (
            _significance(some[-1][0] - others[-1][0], some[0][2].error_jy, others[0][2].error_jy),
            some,
            others,
        )
        for some in _cut(bright)
        for others in _cut(faint)
    ]
    return sorted(blocks, key=lambda block: -block[0])


def _cut(row: list[Epoch]) -> list[_Row]:
    size = max(1, math.isqrt(len(row)))
    plain = [(epoch.flux_jy, epoch.error_jy**2, epoch) for epoch in row]
    return [plain[at : at + size] for at in range(0, len(plain), size)]


def _best_between(some: _Row, others: _Row, best: Pair | None) -> Pair | None:
    # Squares spare a root and a division a pair; what comes near is compared exactly.
    least = -1.0 if best is None else (best.vs / ROUNDING) ** 2
    furthest, surest = others[-1][0], others[0][1]
    for flux, variance, bright in some:
        if (flux - furthest) ** 2 < least * (variance + surest) and flux >= furthest:
            continue
        for its_flux, its_variance, faint in others:
            difference = flux - its_flux
            if difference * difference >= least * (variance + its_variance):
                if bright is faint:
                    continue
                pair = Pair.of(bright, faint)
                if pair.is_better_than(best):
                    best, least = pair, (pair.vs / ROUNDING) ** 2
    return best
