"""Where an image lies on the sky: its centre, the circle and the polygon that hold it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from mustela.radio.imaging.directions import Vectors, position, vector
from mustela.radio.imaging.header import cut
from mustela.radio.imaging.sky_axes import SkyAxes

_DEEPEST = 5
_CIRCLE = 24
#: Beyond it a polygon cannot be told from its complement.
_HALF_SKY_DEG = 89.0


class Footprint(msgspec.Struct, frozen=True):
    """All in degrees, ICRS; ``polygon`` is ra0, dec0, ra1, dec1, ..."""

    ra_deg: float
    dec_deg: float
    radius_deg: float
    polygon: tuple[float, ...] | None


def footprint(sky: SkyAxes, width: int, height: int) -> Footprint | None:
    """``None`` where no part of the image is on the sky."""
    valid = _valid(sky, width, height)
    if not len(valid):
        return None
    centre = _vectors(sky, np.array([(width - 1) / 2]), np.array([(height - 1) / 2]))[0]
    if not np.isfinite(centre).all():
        centre = valid.mean(axis=0)
        centre /= np.linalg.norm(centre) or 1.0
    # As written, so that the circle holds what it holds about the written centre.
    ra, dec = position(centre)
    centre = vector(ra, dec)
    edge = _edge(sky, width, height)
    if edge is None:
        # Between two of the points that were tried lies at most one of their steps.
        steps = math.hypot(sky.sides_deg[0] * width, sky.sides_deg[1] * height)
        radius = min(180.0, _farthest(centre, valid) + steps / _GRID)
        polygon = _circle(centre, radius) if radius < _HALF_SKY_DEG else None
    else:
        radius = _farthest(centre, np.vstack([edge, valid]))
        polygon = edge if radius < _HALF_SKY_DEG else None
    return Footprint(ra, dec, float(cut(radius, 9) or 0.0), _flat(polygon, centre))


_GRID = 32


def _valid(sky: SkyAxes, width: int, height: int) -> Vectors:
    """The points of a grid over the image that are on the sky."""
    x, y = np.meshgrid(
        np.linspace(-0.5, width - 0.5, _GRID + 1), np.linspace(-0.5, height - 0.5, _GRID + 1)
    )
    vectors = _vectors(sky, x.ravel(), y.ravel())
    return vectors[np.isfinite(vectors).all(axis=1)]


def _edge(sky: SkyAxes, width: int, height: int) -> Vectors | None:
    """The outer edge as a polygon; ``None`` where a part of it is off the sky."""
    corners = [(-0.5, -0.5), (width - 0.5, -0.5), (width - 0.5, height - 0.5), (-0.5, height - 0.5)]
    if (width, height) != (1, 1) and not np.isfinite(_along(sky, corners)).all():
        return None
    tolerance = math.radians(max(sky.scale_deg, sky.scale_deg * max(width, height) / 1000))
    points: list[Vectors] = []
    for start, end in itertools.pairwise([*corners, corners[0]]):
        points += _side(sky, start, end, tolerance, _DEEPEST)
    edge = np.array(points)
    return edge if np.isfinite(edge).all() else None


def _along(sky: SkyAxes, corners: list[tuple[float, float]]) -> Vectors:
    """Points along the edge, close enough that no part off the sky goes unseen."""
    places = [
        (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part)
        for (x0, y0), (x1, y1) in itertools.pairwise([*corners, corners[0]])
        for part in np.linspace(0.0, 1.0, _GRID, endpoint=False)
    ]
    x, y = np.array(places).T
    return _vectors(sky, x, y)


def _side(
    sky: SkyAxes,
    start: tuple[float, float],
    end: tuple[float, float],
    tolerance: float,
    depth: int,
) -> Iterator[Vectors]:
    """The start, and points between where the edge leaves the great circle to the end."""
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    first, between, last = _vectors(sky, *np.array([start, middle, end]).T)
    chord = (first + last) / (np.linalg.norm(first + last) or 1.0)
    normal = np.cross(first, last)
    length = float(np.linalg.norm(normal))
    # How far the edge's middle lies from the great circle, not how far along it.
    off = abs(float(between @ normal)) / length if length > 1e-12 else 0.0
    straight = off <= tolerance and float(between @ chord) > 0
    if depth == 0 or straight or not math.isfinite(off):
        yield first
    else:
        yield from _side(sky, start, middle, tolerance, depth - 1)
        yield from _side(sky, middle, end, tolerance, depth - 1)


def _vectors(sky: SkyAxes, x: NDArray[np.float64], y: NDArray[np.float64]) -> Vectors:
    """Unit vectors; NaN off the sky, which is also where the way back ends elsewhere."""
    ra, dec = sky.to_sky(x, y)
    back_x, back_y = sky.to_pixels(ra, dec)
    with np.errstate(invalid="ignore"):
        good = np.hypot(back_x - x, back_y - y) < 0.01 + 1e-6 * np.hypot(x, y)
    return np.where(good[:, None], vector(ra, dec), np.nan)


def _farthest(centre: Vectors, points: Vectors) -> float:
    """In degrees. By the chord: exact for small angles, too."""
    chord = np.linalg.norm(points - centre, axis=1).max()
    return math.degrees(2 * math.asin(min(1.0, float(chord) / 2)))


def _circle(centre: Vectors, radius_deg: float) -> Vectors:
    """A polygon whose sides touch the circle from outside."""
    radius = math.atan(math.tan(math.radians(radius_deg)) / math.cos(math.pi / _CIRCLE))
    pole = np.array([0.0, 0.0, 1.0]) if abs(centre[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    east = np.cross(pole, centre)
    east /= np.linalg.norm(east)
    north = np.cross(centre, east)
    angle = np.linspace(0.0, 2 * math.pi, _CIRCLE, endpoint=False)[:, None]
    around = np.cos(angle) * north + np.sin(angle) * east
    return np.asarray(math.cos(radius) * centre + math.sin(radius) * around)


def _flat(polygon: Vectors | None, centre: Vectors) -> tuple[float, ...] | None:
    """Counter-clockwise as seen from the centre of the sphere (DALI 1.1)."""
    if polygon is None:
        return None
    turning = np.cross(polygon, np.roll(polygon, -1, axis=0)).sum(axis=0) @ centre
    if turning > 0:
        polygon = polygon[::-1]
    return tuple(itertools.chain.from_iterable(position(corner) for corner in polygon))
