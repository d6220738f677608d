"""Which images cover a position, or meet a region: candidates by index, then their footprints.

See :mod:`mustela.radio.images.reach`. The footprint decides, edge by edge; an image whose
footprint is not known is taken for the circle about its centre.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType

from mustela.radio.cones import checked
from mustela.radio.images.reach import CLASSES, distance_of
from mustela.radio.schema import images
from mustela.radio.sky.box import Box
from mustela.radio.sky.cells import cone_ranges
from mustela.radio.sky.circle import Circle
from mustela.radio.sky.polygon import NotAPolygon, Polygon
from mustela.radio.sky.positions import position_of, separation
from mustela.radio.sky.region import Footprint, Region, intersects
from mustela.store import Statement, Unit, one, rows

c = images.c


class in_reach(GenericFunction[Any]):  # noqa: N801  # used like a function
    """``in_reach(seq, parts)``: the image's class and cell are in one of the parts.

    ``parts`` is a JSON array of class, first cell and the cell after the last.
    """

    type = NullType()
    inherit_cache = True
    name = "mustela_in_reach"


@compiles(in_reach, "sqlite")
def _sqlite_in_reach(element: Any, compiler: Any, **kw: Any) -> str:
    seq, parts = (compiler.process(part, **kw) for part in element.clauses)
    return (
        f"{seq} IN (SELECT candidate.seq FROM json_each({parts}) AS part "
        "CROSS JOIN images AS candidate WHERE candidate.reach = part.value ->> 0 "
        "AND candidate.cell >= part.value ->> 1 AND candidate.cell < part.value ->> 2)"
    )


@compiles(in_reach, "postgresql")
def _postgres_in_reach(element: Any, compiler: Any, **kw: Any) -> str:
    seq, parts = (compiler.process(part, **kw) for part in element.clauses)
    numbers = [f"CAST(part.numbers ->> {place} AS BIGINT)" for place in range(3)]
    return (
        f"{seq} IN (SELECT candidate.seq FROM json_array_elements(CAST({parts} AS json)) "
        f"AS part (numbers) JOIN images AS candidate ON candidate.reach = {numbers[0]} "
        f"AND candidate.cell >= {numbers[1]} AND candidate.cell < {numbers[2]})"
    )


_NEXT_CLASS = Statement(select(func.min(c.reach)).where(c.reach > bindparam("last")))
_CANDIDATES = Statement(
    select(c.seq, c.footprint, c.ra_deg, c.dec_deg, c.radius_deg).where(
        in_reach(c.seq, bindparam("parts", type_=Text()))
    )
)

_numbers = msgspec.json.Decoder(tuple[float, ...]).decode


def covering(ra_deg: float, dec_deg: float) -> Unit[list[int]]:
    """The keys (``seq``) of the images whose footprint holds a position, in degrees, ICRS."""
    wanted = checked(ra_deg, dec_deg)
    found = yield from _candidates(Circle(wanted.ra_deg, wanted.dec_deg, 0.0))
    return [key for key, footprint in found if footprint.contains(wanted.ra_deg, wanted.dec_deg)]


def meeting(region: Region) -> Unit[list[int]]:
    """The keys (``seq``) of the images whose footprint shares a point with a region."""
    found = yield from _candidates(_circle_about(region))
    return [key for key, footprint in found if intersects(region, footprint)]


def located(filters: Mapping[str, Any]) -> Unit[dict[str, Any]]:
    """The filters, with places on the sky as the keys of the images that satisfy all of them.

    Of several ``regions`` an image must meet one.
    """
    rest = dict(filters)
    covers, region, regions = (rest.pop(name, None) for name in ("covers", "region", "regions"))
    found: list[set[int]] = []
    if covers is not None:
        found.append(set((yield from covering(*covers))))
    if region is not None:
        found.append(set((yield from meeting(region))))
    if regions is not None:
        keys: set[int] = set()
        for one_of_them in regions:
            keys.update((yield from meeting(one_of_them)))
        found.append(keys)
    if found:
        rest["covers"] = sorted(set.intersection(*found))
    return rest


def _candidates(circle: Circle) -> Unit[list[tuple[int, Footprint]]]:
    """Images whose own circles may meet this one, with their footprints."""
    parts: list[tuple[int, int, int]] = []
    last: int | None = CLASSES[0] - 1
    while (last := (yield from one(_NEXT_CLASS, _itself, last=last))) is not None:
        radius = min(circle.radius_deg + distance_of(last), 180.0)
        ranges = cone_ranges(circle.ra_deg, circle.dec_deg, radius, 16)
        parts += [(last, first, end) for first, end in ranges]
    if not parts:
        return []
    found = yield from rows(_CANDIDATES, parts=msgspec.json.encode(parts).decode())
    return [(key, footprint_of(points, *circle)) for key, points, *circle in found]


def _itself(value: int | None) -> int | None:
    return value


def footprint_of(points: str | None, ra_deg: float, dec_deg: float, radius_deg: float) -> Footprint:
    """An image's footprint from its columns; the circle about its centre where it has none."""
    if points is not None:
        numbers = _numbers(points)
        try:
            return Polygon(tuple(zip(numbers[::2], numbers[1::2], strict=True)))
        except NotAPolygon:
            pass
    return Circle(ra_deg, dec_deg, radius_deg)


def _circle_about(region: Region) -> Circle:
    match region:
        case Circle():
            return region
        case Polygon():
            ra, dec = position_of(region.middle)
            return Circle(ra, dec, min(math.degrees(region.extent) * (1 + 1e-9), 180.0))
        case Box():
            return _circle_about_box(region)


def _circle_about_box(box: Box) -> Circle:
    """Of a box no wider than half of the sky, its corners are the furthest from its middle."""
    if box.width_deg > 180:
        return Circle(0.0, 0.0, 180.0)
    ra = (box.ra_min_deg + box.width_deg / 2) % 360
    dec = (box.dec_min_deg + box.dec_max_deg) / 2
    furthest = max(
        separation(ra, dec, box.ra_min_deg, corner) for corner in (box.dec_min_deg, box.dec_max_deg)
    )
    return Circle(ra, dec, min(furthest * (1 + 1e-9), 180.0))
