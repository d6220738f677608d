"""Which HEALPix cells a shape on the sky touches: for an index over an ordinary integer column.

A position's row holds its order-29 cell (`healpix.cell_of`). A cone or another shape becomes a few
half-open ranges of such cells (`ranges_of`) that hold every position of the shape and a few beside
it; the exact test follows. A footprint becomes a few cells of any order (`cover`), each with its
`uniq` id and its first order-29 cell; `Lookup` says which of them a position or shape may meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

import msgspec

from mustela.radio.sky.circle import Circle
from mustela.radio.sky.healpix import DEEPEST, REACH, cell_of, middle_of
from mustela.radio.sky.polygon import Polygon
from mustela.radio.sky.shape import Meets, Shape

Range: TypeAlias = tuple[int, int]
"""Order-29 cells from the first up to but without the second."""

_FINEST = 22
"""Cells of 0.05 arcsec: no shape needs finer ones, and the exact test follows."""
_FINE_ENOUGH = 12.0
"""Cells this many times smaller than the shape leave little beside it."""


class _Cell(NamedTuple):
    order: int
    face: int
    x: int
    y: int
    number: int

    def quarters(self) -> Iterator[_Cell]:
        for part in range(4):
            yield _Cell(
                self.order + 1,
                self.face,
                2 * self.x + (part & 1),
                2 * self.y + (part >> 1),
                4 * self.number + part,
            )


class _Touched:
    """The cells that a shape touches, order by order finer: whole ones, and those on the edge."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.whole: list[_Cell] = []
        self.edge: list[_Cell] = []
        self._sort(_Cell(0, face, 0, 0, face) for face in range(12))

    def _sort(self, cells: Iterable[_Cell]) -> None:
        for cell in cells:
            middle = middle_of(cell.order, cell.face, cell.x, cell.y)
            match self.shape.meets_cap(middle, REACH[cell.order]):
                case Meets.WHOLLY:
                    self.whole.append(cell)
                case Meets.PERHAPS:
                    self.edge.append(cell)
                case Meets.NOWHERE:
                    pass

    def refine(self) -> None:
        edge, self.edge = self.edge, []
        self._sort(quarter for cell in edge for quarter in cell.quarters())

    @property
    def order(self) -> int | None:
        """The order of the cells on the edge; none are left where the shape is all of the sky."""
        return self.edge[0].order if self.edge else None

    def is_finer_than_useful(self) -> bool:
        order = self.order
        return (
            order is None
            or order >= _FINEST
            or REACH[order] * _FINE_ENOUGH < max(self.shape.extent, 1e-7)
        )


def ranges_of(shape: Shape, max_ranges: int = 32) -> list[Range]:
    """At most that many ranges of order-29 cells, sorted and apart, over all of the shape."""
    if max_ranges < 1:
        raise ValueError("max_ranges: at least one range is needed.")
    touched = _Touched(shape)
    ranges = _merged(touched)
    while not touched.is_finer_than_useful() and len(ranges) <= max_ranges:
        touched.refine()
        ranges = _merged(touched)
    return _closed(ranges, max_ranges)


def cone_ranges(
    ra_deg: float, dec_deg: float, radius_deg: float, max_ranges: int = 32
) -> list[Range]:
    """`ranges_of` a circle; any radius from 0 to 180 degrees."""
    return ranges_of(Circle(ra_deg, dec_deg, radius_deg), max_ranges)


def polygon_ranges(corners: Iterable[tuple[float, float]], max_ranges: int = 32) -> list[Range]:
    """`ranges_of` a polygon of (RA, Dec) in degrees."""
    return ranges_of(Polygon(tuple(corners)), max_ranges)


def cover(shape: Shape, max_cells: int = 64) -> list[int]:
    """The `uniq` ids (4^(order + 1) + index, as in MOC 2.0) of cells that cover the shape, sorted.

    The finest cover of at most `max_cells`, which must be 12 or more: that many cells are all of
    the sky. No two of the cells overlap.
    """
    if max_cells < 12:
        raise ValueError("max_cells: 12 cells or more, as many as the sky has at order 0.")
    touched = _Touched(shape)
    best = _uniq_ids(touched)
    while not touched.is_finer_than_useful():
        touched.refine()
        finer = _uniq_ids(touched)
        if len(finer) > max_cells:
            break
        best = finer
    return best


def ancestors(cell: int) -> list[int]:
    """The `uniq` ids of the 30 cells, of orders 0 to 29, that hold an order-29 cell."""
    return [(4 << 2 * order) + (cell >> 2 * (DEEPEST - order)) for order in range(DEEPEST + 1)]


def range_of(uniq: int) -> Range:
    """The order-29 cells of a cell of any order."""
    order = (uniq.bit_length() - 1) // 2 - 1
    number = uniq - (4 << 2 * order)
    below = 2 * (DEEPEST - order)
    return number << below, (number + 1) << below


class Lookup(msgspec.Struct, frozen=True):
    """Which cells of covers may meet a shape: two conditions, either of which an index answers.

    A cell of a cover meets the shape's cells if its `uniq` id is among `ancestors`, or if its
    first order-29 cell lies in one of `ranges`: of two cells that overlap one holds the other.
    """

    ranges: tuple[Range, ...]
    ancestors: tuple[int, ...]

    def may_meet(self, uniq: int) -> bool:
        """What the statement asks, for one cell of a cover."""
        first, _ = range_of(uniq)
        return uniq in self.ancestors or any(low <= first < high for low, high in self.ranges)


def lookup(shape: Shape, max_ranges: int = 16) -> Lookup:
    """The cells of covers that may meet a shape: all that do, and a few beside it."""
    ranges = ranges_of(shape, max_ranges)
    holders = {uniq for low, _ in ranges for uniq in ancestors(low) if range_of(uniq)[0] < low}
    return Lookup(tuple(ranges), tuple(sorted(holders)))


def lookup_of_position(ra_deg: float, dec_deg: float) -> Lookup:
    """The cells of covers that may hold a position."""
    cell = cell_of(ra_deg, dec_deg)
    return Lookup((), tuple(ancestors(cell)))


def _merged(touched: _Touched) -> list[Range]:
    spans = sorted(
        (cell.number << (below := 2 * (DEEPEST - cell.order)), (cell.number + 1) << below)
        for cell in (*touched.whole, *touched.edge)
    )
    merged: list[Range] = []
    for low, high in spans:
        if merged and merged[-1][1] == low:
            merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return merged


def _closed(ranges: list[Range], max_ranges: int) -> list[Range]:
    """Fewer ranges, by taking the narrowest gaps in."""
    surplus = len(ranges) - max_ranges
    if surplus <= 0:
        return ranges
    gaps = sorted(range(1, len(ranges)), key=lambda at: ranges[at][0] - ranges[at - 1][1])
    taken_in = set(gaps[:surplus])
    closed = [ranges[0]]
    for at in range(1, len(ranges)):
        if at in taken_in:
            closed[-1] = (closed[-1][0], ranges[at][1])
        else:
            closed.append(ranges[at])
    return closed


def _uniq_ids(touched: _Touched) -> list[int]:
    """Four quarters that are all there become their parent, again and again."""
    found = {(4 << 2 * cell.order) + cell.number for cell in (*touched.whole, *touched.edge)}
    waiting = set(found)
    while waiting:
        parents = {uniq >> 2 for uniq in waiting if uniq >> 2 >= 4}
        waiting = set()
        for parent in parents:
            quarters = {4 * parent + part for part in range(4)}
            if quarters <= found:
                found -= quarters
                found.add(parent)
                waiting.add(parent)
    return sorted(found)
