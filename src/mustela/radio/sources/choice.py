"""Which of a source's measurements in one image is its epoch there."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from mustela.radio.sources.measured import Measured
from mustela.radio.variability.epochs import usable

#: Lower is better: a fit to what was found, then a catalogue's word, then a fit that was told.
_RANKS = {"detected": 0, "imported": 1, "forced": 2}


def choose(measured: Iterable[Measured]) -> dict[int, str | None]:
    """Why each measurement is no epoch, by key; ``None`` for those that are.

    ``measured`` holds, of each source and image that it names, all measurements. One of them
    counts: a detection before an import before a forced fit, the nearest, the one with the smaller
    id. The image's own reason comes first; then ``not_associated``, ``no_time``, those of
    :func:`~mustela.radio.variability.epochs.usable` for the peak where the integrated flux density
    cannot count either, and ``duplicate``.
    """
    chosen: dict[int, str | None] = {}
    for _, together in groupby(sorted(measured, key=_order), key=_together):
        taken = False
        for one in together:
            reason = _unfit(one)
            if reason is None and taken:
                reason = "duplicate"
            taken = taken or reason is None
            chosen[one.seq] = reason
    return chosen


def _unfit(one: Measured) -> str | None:
    """Why it could not count even if it was alone."""
    if not one.image_counts:
        return one.image_why_not or "kind"
    if one.source is None:
        return "not_associated"
    if one.mid_mjd is None:
        return "no_time"
    if one.peak is None and one.integrated is None:
        return usable(one.peak_jy, one.peak_error_jy)
    return None


def _together(one: Measured) -> tuple[int, int]:
    # One that is not associated stands alone.
    return (-one.seq, one.image) if one.source is None else (one.source, one.image)


def _order(one: Measured) -> tuple[tuple[int, int], int, float, str]:
    apart = float("inf") if one.separation_arcsec is None else one.separation_arcsec
    return _together(one), _RANKS[one.kind], apart, one.id
