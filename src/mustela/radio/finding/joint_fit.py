"""Linear fits of beam-shaped Gaussians at fixed places, one by one or neighbours together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from mustela.radio.finding.footprint import Floats, nearest
from mustela.radio.finding.plane import FWHM_PER_SIGMA, Image

#: Squared distances in sigmas of the beam: half of its maximum, two and a quarter of its widths.
_HALF_MAXIMUM = 2 * np.log(2.0)
_TOGETHER_BEAMS, _INSEPARABLE_BEAMS = 2.0, 0.25

#: Of the pixels above half of the maximum, this part must not be blank.
_ENOUGH = 0.5

#: Pixels a beam width that are looked at: more say the same again.
_SAMPLES = 4

#: Groups of more pixels are cut: each place is fitted with its nearest neighbours only.
_GROUP_PIXELS = 2500
_NEAREST = 24

#: Pixels fitted at once where there are no neighbours, which bounds the memory.
_CHUNK_PIXELS = 200_000

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Fit:
    """A peak and its error in Jy/beam, or the reason why there is none."""

    peak: float = 0.0
    error: float = 0.0
    blended: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class Place:
    """Where to fit: pixel coordinates inside an image, and each place's beam.

    ``brightness`` and ``rms`` are in Jy/beam, without background; ``beams`` are inverse
    covariances in pixels, (n, 2, 2); ``noise_width`` is the noise's correlation in beams.
    """

    brightness: Image
    rms: Image
    x: Floats
    y: Floats
    beams: Floats
    noise_width: float

    @cached_property
    def stencil(self) -> Indices:
        """Steps (x, y) from a pixel to all that may be above half of the maximum, itself first."""
        return _stencil(self.beams)


def groups_of(place: Place) -> tuple[list[int], list[Indices]]:
    """The places without a neighbour within two beams, and the groups of the others."""
    count = place.x.size
    if count == 0:
        return [], []
    # Shear the pixels so that the typical beam is a circle of width one.
    root = np.linalg.cholesky(np.median(place.beams, axis=0)) / FWHM_PER_SIGMA
    tree = KDTree(np.stack([place.x, place.y], axis=1) @ root)
    pairs = tree.query_pairs(_TOGETHER_BEAMS, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    number, label = connected_components(links, directed=False)
    order = np.argsort(label, kind="stable")
    sets = np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if number else []
    alone = [int(one[0]) for one in sets if one.size == 1]
    return alone, [one for one in sets if one.size > 1]


def fit_alone(place: Place, which: Indices) -> list[Fit]:
    """Fits of places that have no neighbours."""
    if which.size == 0:
        return []
    offsets = place.stencil
    fits: list[Fit] = []
    chunk = max(1, _CHUNK_PIXELS // len(offsets))
    for start in range(0, which.size, chunk):
        fits.extend(_fit_chunk(place, which[start : start + chunk], offsets))
    return fits


def _fit_chunk(place: Place, which: Indices, offsets: Indices) -> list[Fit]:
    column = nearest(place.x[which])[:, None] + offsets[:, 0]
    row = nearest(place.y[which])[:, None] + offsets[:, 1]
    values, rms = _sampled(place, column, row)
    dx, dy = column - place.x[which][:, None], row - place.y[which][:, None]
    squared = _squared(place.beams[which][:, None], dx, dy)
    within = squared <= _HALF_MAXIMUM
    within[:, 0] = True  # the pixel of the place itself, however small the beam
    used = within & np.isfinite(values) & np.isfinite(rms)
    enough = used.sum(axis=1) >= _ENOUGH * within.sum(axis=1)
    inverse = np.where(used, 1.0 / np.where(used, rms, 1.0), 0.0)
    # In units of the noise all pixels weigh the same.
    model = np.exp(-0.5 * squared) * inverse
    scaled = np.where(used, values, 0.0) * inverse
    norm = (model**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        peak = (model * scaled).sum(axis=1) / norm
        noise = _noise(place, which, offsets[:, 0], offsets[:, 1])
        error = np.sqrt(((model @ noise) * model).sum(axis=1)) / norm
    return [
        Fit(float(p), float(e)) if good else Fit(reason="blank")
        for p, e, good in zip(peak, error, enough & (norm > 0), strict=True)
    ]


def fit_together(place: Place, group: Indices) -> dict[int, Fit]:
    """Fits of neighbours, each with the others' light taken into account."""
    largest = max(2, _GROUP_PIXELS // len(place.stencil))
    if group.size <= largest:
        return _fit_group(place, group, group)
    tree = KDTree(np.stack([place.x[group], place.y[group]], axis=1))
    fits: dict[int, Fit] = {}
    for number, one in enumerate(group):
        _, near = tree.query(tree.data[number], k=min(largest, _NEAREST))
        fits.update(_fit_group(place, group[near], [one]))
    return fits


def _fit_group(place: Place, group: Indices, wanted: Sequence[int] | Indices) -> dict[int, Fit]:
    """One least-squares problem over the pixels around all of a group, ``wanted`` answered."""
    column, row, own = _pixels_around(place, group)
    values, rms = _sampled(place, column, row)
    used = np.isfinite(values) & np.isfinite(rms)
    enough = (own & used).sum(axis=1) >= _ENOUGH * own.sum(axis=1)
    column, row, values, rms = column[used], row[used], values[used], rms[used]
    dx, dy = column - place.x[group][:, None], row - place.y[group][:, None]
    model = np.exp(-0.5 * _squared(place.beams[group][:, None], dx, dy)) / rms
    alike = _too_close(place, group)
    usable = enough & ~alike
    solved = np.flatnonzero(usable)
    peaks, errors = _solve(place, group, model[solved], values / rms, column, row)
    at = {int(group[index]): number for number, index in enumerate(solved)}
    fits: dict[int, Fit] = {}
    for index, one in enumerate(group):
        if one not in wanted:
            continue
        if int(one) in at:
            number = at[int(one)]
            fits[int(one)] = Fit(float(peaks[number]), float(errors[number]), blended=True)
        else:
            fits[int(one)] = Fit(reason="inseparable" if alike[index] else "blank")
    return fits


def _solve(
    place: Place, group: Indices, model: Floats, scaled: Floats, column: Indices, row: Indices
) -> tuple[Floats, Floats]:
    """Peaks and their errors, the noise's correlation between the pixels in them."""
    if len(model) == 0:
        return np.empty(0), np.empty(0)
    weights = np.linalg.pinv(model @ model.T, rcond=1e-10) @ model
    noise = _noise(place, group, column, row)
    return weights @ scaled, np.sqrt(((weights @ noise) * weights).sum(axis=1))


def _noise(place: Place, which: Indices, column: Indices, row: Indices) -> Floats:
    """The correlation of the noise between pixels, from the mean beam of the places."""
    beam = place.beams[which].mean(axis=0)
    apart = _squared(beam, column[:, None] - column, row[:, None] - row)
    return np.asarray(np.exp(-0.5 * apart / place.noise_width**2))


def _too_close(place: Place, group: Indices) -> NDArray[np.bool_]:
    """Which places have another so near that nothing can tell their light apart."""
    dx = place.x[group][:, None] - place.x[group]
    dy = place.y[group][:, None] - place.y[group]
    squared = _squared(place.beams[group][:, None], dx, dy)
    np.fill_diagonal(squared, np.inf)
    return np.asarray((squared < (_INSEPARABLE_BEAMS * FWHM_PER_SIGMA) ** 2).any(axis=1))


def _pixels_around(place: Place, group: Indices) -> tuple[Indices, Indices, NDArray[np.bool_]]:
    """The pixels above half of some place's maximum, and which are whose: (places, pixels)."""
    offsets = place.stencil
    column = (nearest(place.x[group])[:, None] + offsets[:, 0]).ravel()
    row = (nearest(place.y[group])[:, None] + offsets[:, 1]).ravel()
    column, row = np.unique(np.stack([column, row]), axis=1)
    dx, dy = column - place.x[group][:, None], row - place.y[group][:, None]
    own = _squared(place.beams[group][:, None], dx, dy) <= _HALF_MAXIMUM
    own |= (np.abs(dx) <= 0.5) & (np.abs(dy) <= 0.5)
    some = own.any(axis=0)
    return column[some], row[some], own[:, some]


def _stencil(beams: Floats) -> Indices:
    shapes = np.linalg.inv(beams)
    x, y = np.ceil(np.sqrt(_HALF_MAXIMUM * shapes.max(axis=0).diagonal()) + 0.5).astype(int)
    narrowest = FWHM_PER_SIGMA * np.sqrt(np.linalg.eigvalsh(shapes).min())
    stride = max(1, int(narrowest / _SAMPLES))
    across, down = np.arange(0, x + stride, stride), np.arange(0, y + stride, stride)
    steps = np.stack(np.meshgrid(_both_ways(across), _both_ways(down)), axis=-1).reshape(-1, 2)
    # From anywhere in the central pixel no place reaches further than this, whatever its beam.
    slack = np.sqrt(_HALF_MAXIMUM) + np.sqrt(0.5 * np.linalg.eigvalsh(beams).max())
    widest = beams[np.argmin(np.linalg.det(beams))]
    near = _squared(widest, steps[:, 0], steps[:, 1]) <= slack**2
    near |= (steps == 0).all(axis=1)
    steps = steps[near]
    return np.asarray(steps[np.argsort((steps**2).sum(axis=1), kind="stable")])


def _both_ways(steps: Indices) -> Indices:
    return np.concatenate([-steps[:0:-1], steps])


def _sampled(place: Place, column: Indices, row: Indices) -> tuple[Floats, Floats]:
    """Brightness and noise at pixels; NaN outside of the image and where the noise is unknown."""
    height, width = place.brightness.shape
    on = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    at = np.where(on, row, 0), np.where(on, column, 0)
    rms = place.rms[at].astype(np.float64)
    with np.errstate(invalid="ignore"):
        rms = np.where(on & (rms > 0), rms, np.nan)
    return np.where(on, place.brightness[at].astype(np.float64), np.nan), rms


def _squared(beams: Floats, dx: Floats | Indices | int, dy: Floats | Indices | int) -> Floats:
    """Squared distances in sigmas of a beam."""
    xx, xy, yy = beams[..., 0, 0], beams[..., 0, 1], beams[..., 1, 1]
    return np.asarray(xx * dx * dx + 2 * xy * dx * dy + yy * dy * dy, dtype=np.float64)
