"""Which detection of an image belongs to which known source.

Each source gets at most one detection of an image, and each detection at most one source. Pairs are
made in order of distance (de Ruiter radius, or separation), the nearest first; a detection whose
sources have all gone to nearer ones is a new source. Two pairs that are equally far apart are
settled by their separation, then by the smaller source id, then by the detection that comes first.

The LOFAR transients pipeline (Swinbank et al. 2015, A&C 11, 25) parts four cases.
One-to-one, and many-to-many cut down to the nearest pairs, are as there. Where one source has
several detections it makes a copy of the source for each, and where several sources have one
detection it counts the detection in each: its flux would count twice in the sums. Here the nearest
pair is made instead, and `kind` says that there was a choice, so that a person can look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from mustela.errors import MustelaError
from mustela.radio.sky.arrays import Floats, Integers, angles, unit_vectors
from mustela.radio.sky.de_ruiter import ARCSEC, MATCH_BELOW, de_ruiter_radii

Method: TypeAlias = Literal["de_ruiter", "nearest"]
Kind: TypeAlias = Literal["new", "one_to_one", "one_to_many", "many_to_one", "many_to_many"]


class NoPositionErrors(MustelaError, ValueError):
    """The de Ruiter radius needs position errors above 0; give a systematic error, or "nearest"."""

    code = "no_position_errors"


@dataclass(frozen=True)
class Positions:
    """Positions with their errors as arrays of one length: degrees ICRS, and arcsec (1 σ).

    ``ra_err_arcsec`` is on the sky, to the east: the error of the coordinate times cos(dec).
    """

    ra_deg: Floats
    dec_deg: Floats
    ra_err_arcsec: Floats
    dec_err_arcsec: Floats

    @classmethod
    def of(
        cls,
        ra_deg: npt.ArrayLike,
        dec_deg: npt.ArrayLike,
        ra_err_arcsec: npt.ArrayLike,
        dec_err_arcsec: npt.ArrayLike,
    ) -> Positions:
        """From anything that numpy makes arrays of; all must have one length."""
        columns = [
            np.atleast_1d(np.asarray(column, dtype=np.float64))
            for column in (ra_deg, dec_deg, ra_err_arcsec, dec_err_arcsec)
        ]
        if len({column.shape for column in columns}) != 1 or columns[0].ndim != 1:
            raise ValueError("Positions: four arrays of one length are needed.")
        if not all(np.isfinite(column).all() for column in columns[:2]):
            raise ValueError("Positions: RA and Dec must be finite.")
        return cls(*columns)

    def __len__(self) -> int:
        return len(self.ra_deg)


class Association(msgspec.Struct, frozen=True):
    """What one detection is associated with.

    ``source`` is an index into the sources, ``None`` for a new one; ``de_ruiter`` [no unit] and
    ``separation_arcsec`` are to it (``de_ruiter`` also by the nearest method, where errors are
    known). ``related`` is the nearest source within the limit that another detection got.
    """

    source: int | None
    kind: Kind
    de_ruiter: float | None
    separation_arcsec: float | None
    related: int | None


def associate(
    detections: Positions,
    sources: Positions,
    source_ids: Sequence[str] | Sequence[int] | None = None,
    *,
    method: Method = "de_ruiter",
    limit: float = MATCH_BELOW,
    max_radius_arcsec: float,
    systematic_arcsec: float = 0.0,
) -> list[Association]:
    """One `Association` for each detection of one image, in their order.

    A pair counts if it is at most ``max_radius_arcsec`` apart and, with ``method="de_ruiter"``, its
    de Ruiter radius is below ``limit``; "nearest" ranks by separation alone. ``systematic_arcsec``
    is a floor of the detections' position errors, added in quadrature; the errors of sources made
    of earlier detections have it in them already. Without ``source_ids`` ties go by the order of
    the sources.

    Raises `NoPositionErrors` where a de Ruiter radius would divide by zero or by an unknown error.
    """
    pairs = _pairs(detections, sources, max_radius_arcsec, systematic_arcsec)
    if method == "de_ruiter":
        _check_errors(pairs)
        pairs = pairs.where(pairs.radius < limit)
    ids = np.arange(len(sources)) if source_ids is None else np.asarray(source_ids)
    if len(ids) != len(sources):
        raise ValueError("associate: as many source ids as sources are needed.")
    rank = np.empty(len(sources), dtype=np.int64)
    rank[np.argsort(ids, kind="stable")] = np.arange(len(sources))
    distance = pairs.radius if method == "de_ruiter" else pairs.separation
    order = np.lexsort((pairs.detection, rank[pairs.source], pairs.separation, distance))
    return _choose(pairs.where(order), len(detections), len(sources))


@dataclass(frozen=True)
class _Pairs:
    detection: Integers
    source: Integers
    separation: Floats
    radius: Floats

    def where(self, chosen: npt.NDArray[np.bool_] | Integers) -> _Pairs:
        return _Pairs(
            self.detection[chosen],
            self.source[chosen],
            self.separation[chosen],
            self.radius[chosen],
        )


def _pairs(
    detections: Positions, sources: Positions, max_radius_arcsec: float, systematic_arcsec: float
) -> _Pairs:
    """All pairs within the search radius, with NaN for a radius that errors do not allow."""
    here = unit_vectors(detections.ra_deg, detections.dec_deg)
    there = unit_vectors(sources.ra_deg, sources.dec_deg)
    detection, source = _near(here, there, max_radius_arcsec)
    separation = angles(here[detection], there[source]) / ARCSEC
    within = separation <= max_radius_arcsec
    detection, source, separation = detection[within], source[within], separation[within]
    floor = systematic_arcsec**2
    ra_variance, dec_variance = (
        _squared(of_detections)[detection] + floor + _squared(of_sources)[source]
        for of_detections, of_sources in (
            (detections.ra_err_arcsec, sources.ra_err_arcsec),
            (detections.dec_err_arcsec, sources.dec_err_arcsec),
        )
    )
    known = (ra_variance > 0) & (dec_variance > 0)
    radius = de_ruiter_radii(
        here[detection],
        there[source],
        np.where(known, ra_variance, np.nan),
        np.where(known, dec_variance, np.nan),
    )
    return _Pairs(detection, source, separation, radius)


def _near(here: Floats, there: Floats, radius_arcsec: float) -> tuple[Integers, Integers]:
    if not (len(here) and len(there)):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    chord = 2.0 * np.sin(min(radius_arcsec * ARCSEC, np.pi) / 2.0) * (1 + 1e-9) + 1e-14
    found = KDTree(there).query_ball_point(here, chord)
    counts = np.fromiter(map(len, found), dtype=np.int64, count=len(here))
    source = np.fromiter((at for some in found for at in some), np.int64, count=counts.sum())
    return np.repeat(np.arange(len(here)), counts), source


def _squared(errors: Floats) -> Floats:
    """Variances; NaN where an error is negative or not finite, which is to say unknown."""
    return np.where(np.isfinite(errors) & (errors >= 0), errors, np.nan) ** 2


def _check_errors(pairs: _Pairs) -> None:
    unknown = np.isnan(pairs.radius)
    if unknown.any():
        first = int(np.argmax(unknown))
        raise NoPositionErrors(
            f"Detection {pairs.detection[first]} and source {pairs.source[first]} have no position "
            'errors above 0: give systematic_arcsec, leave them out, or use method="nearest".'
        )


def _choose(pairs: _Pairs, n_detections: int, n_sources: int) -> list[Association]:
    """Pairs come nearest first."""
    of_detection = np.bincount(pairs.detection, minlength=n_detections).tolist()
    of_source = np.bincount(pairs.source, minlength=n_sources).tolist()
    chosen: list[tuple[int, float, float] | None] = [None] * n_detections
    related: list[int | None] = [None] * n_detections
    contested = [False] * n_detections
    taken = [False] * n_sources
    for detection, source, separation, radius in zip(
        pairs.detection.tolist(),
        pairs.source.tolist(),
        pairs.separation.tolist(),
        pairs.radius.tolist(),
        strict=True,
    ):
        contested[detection] |= of_source[source] > 1
        if chosen[detection] is None and not taken[source]:
            chosen[detection] = (source, separation, radius)
            taken[source] = True
        elif taken[source] and related[detection] is None and chosen[detection] is None:
            related[detection] = source
    return [
        _association(chosen[at], of_detection[at] > 1, contested[at], related[at])
        for at in range(n_detections)
    ]


def _association(
    pair: tuple[int, float, float] | None,
    has_choice: bool,
    is_contested: bool,
    related: int | None,
) -> Association:
    if pair is None:
        return Association(None, "new", None, None, related)
    source, separation, radius = pair
    kind: Kind
    match has_choice, is_contested:
        case True, True:
            kind = "many_to_many"
        case True, False:
            kind = "many_to_one"
        case False, True:
            kind = "one_to_many"
        case _:
            kind = "one_to_one"
    return Association(source, kind, None if np.isnan(radius) else radius, separation, related)
