"""Cones on the sky as a condition: an index of cells finds candidates, then the distance decides.

The filter's value is a JSON object that :func:`cone` makes; the condition is the same on every
engine. Distances are great circles by the haversine, right at the poles and across 0 h.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType

from mustela.radio.sky.cells import cone_ranges
from mustela.store.errors import InvalidValue

#: More ranges hold less beside the cone, and take longer to find than that is to pass over.
_RANGES = 16


class Cone(NamedTuple):
    """Positions within ``radius_deg`` of a centre; degrees, ICRS."""

    ra_deg: float
    dec_deg: float
    radius_deg: float


class _Bound(msgspec.Struct):
    ra: float
    dec: float
    #: The square of the sine of half the radius.
    reach: float
    ranges: list[tuple[int, int]]


def checked(ra_deg: float, dec_deg: float, radius_deg: float = 0.0) -> Cone:
    """A cone with its right ascension in 0 to 360; ``InvalidValue`` for what is none."""
    if not all(map(math.isfinite, (ra_deg, dec_deg, radius_deg))):
        raise InvalidValue("a position must be finite numbers, in degrees")
    if not -360 <= ra_deg <= 360:
        raise InvalidValue(f"{ra_deg} is no right ascension: it lies from 0 to 360 degrees")
    if not -90 <= dec_deg <= 90:
        raise InvalidValue(f"{dec_deg} is no declination: it lies from -90 to 90 degrees")
    if not 0 <= radius_deg <= 180:
        raise InvalidValue(f"{radius_deg} is no radius: it lies from 0 to 180 degrees")
    return Cone(ra_deg % 360, dec_deg, radius_deg)


def cone(value: Any) -> str:
    """``(ra_deg, dec_deg, radius_deg)`` as the filter's value."""
    wanted = checked(*value)
    ranges = cone_ranges(*wanted, _RANGES)
    reach = math.sin(math.radians(wanted.radius_deg) / 2) ** 2
    return msgspec.json.encode(_Bound(wanted.ra_deg, wanted.dec_deg, reach, ranges)).decode()


class in_ranges(GenericFunction[Any]):  # noqa: N801  # used like a function
    """``in_ranges(seq, table name, value)``: the row's cell is in one of the value's ranges."""

    type = NullType()
    inherit_cache = True
    name = "mustela_in_ranges"


@compiles(in_ranges, "sqlite")
def _sqlite_in_ranges(element: Any, compiler: Any, **kw: Any) -> str:
    seq, table, value = element.clauses
    # CROSS JOIN keeps the order of the tables: the index is entered once for each range.
    return (
        f"{compiler.process(seq, **kw)} IN (SELECT candidate.seq "
        f"FROM json_each({compiler.process(value, **kw)}, '$.ranges') AS part "
        f"CROSS JOIN {table.value} AS candidate "
        "WHERE candidate.cell >= part.value ->> 0 AND candidate.cell < part.value ->> 1)"
    )


@compiles(in_ranges, "postgresql")
def _postgres_in_ranges(element: Any, compiler: Any, **kw: Any) -> str:
    seq, table, value = element.clauses
    return (
        f"{compiler.process(seq, **kw)} IN (SELECT candidate.seq "
        f"FROM json_array_elements(CAST({compiler.process(value, **kw)} AS json) -> 'ranges') "
        f"AS part (range) JOIN {table.value} AS candidate "
        "ON candidate.cell >= CAST(part.range ->> 0 AS BIGINT) "
        "AND candidate.cell < CAST(part.range ->> 1 AS BIGINT))"
    )


class within(GenericFunction[Any]):  # noqa: N801  # used like a function
    """``within(ra, dec, value)``: the position is no further away than the value's radius."""

    type = NullType()
    inherit_cache = True
    name = "mustela_within"


def _haversine(ra: str, dec: str, value: Callable[[str], str]) -> str:
    across = f"sin(radians({ra} - {value('ra')}) / 2)"
    along = f"sin(radians({dec} - {value('dec')}) / 2)"
    cosines = f"cos(radians({dec})) * cos(radians({value('dec')}))"
    return f"{along} * {along} + {cosines} * {across} * {across} <= {value('reach')}"


@compiles(within, "sqlite")
def _sqlite_within(element: Any, compiler: Any, **kw: Any) -> str:
    ra, dec, value = (compiler.process(part, **kw) for part in element.clauses)
    return _haversine(ra, dec, lambda name: f"({value} ->> '{name}')")


@compiles(within, "postgresql")
def _postgres_within(element: Any, compiler: Any, **kw: Any) -> str:
    ra, dec, value = (compiler.process(part, **kw) for part in element.clauses)
    return _haversine(
        ra, dec, lambda name: f"CAST(CAST({value} AS json) ->> '{name}' AS double precision)"
    )


def in_cone(table: Table) -> Callable[[ColumnElement[Any]], ColumnElement[bool]]:
    """The condition over a table with the columns ``seq``, ``ra_deg``, ``dec_deg``, ``cell``."""
    c = table.c

    def condition(value: ColumnElement[Any]) -> ColumnElement[bool]:
        from_index: ColumnElement[bool] = in_ranges(c.seq, table.name, value)
        return from_index & within(c.ra_deg, c.dec_deg, value)

    return condition
