"""Simple Cone Search 1.03 on sources.

Answers are VOTable 1.1: the names that cone search asks for (UCD 1, as ``POS_EQ_RA_MAIN``) are
unknown to later versions. There an INFO cannot follow the table, so what is cut off is counted
before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from mustela.radio.cones import Cone, checked
from mustela.radio.exports.columns import Column, columns_of
from mustela.radio.exports.source_meanings import SOURCE_FIELDS
from mustela.radio.sources.record import Source
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.radio.vo.errors import UsageFault
from mustela.radio.vo.parameters import Parameters
from mustela.store.errors import InvalidValue

PARAMETERS: Final = {
    "RA": "Right ascension of the centre, degrees, ICRS.",
    "DEC": "Declination of the centre, degrees, ICRS.",
    "SR": "Radius, degrees.",
    "VERB": "1 for few columns, 2 for most, 3 for all.",
    "MAXREC": "Sources at most; 0 for the columns alone.",
    "RESPONSEFORMAT": "`votable`.",
}

_UCD1: Final = {"id": "ID_MAIN", "ra_deg": "POS_EQ_RA_MAIN", "dec_deg": "POS_EQ_DEC_MAIN"}
#: ``stale``, because a position is one of the figures that wait to be summed anew.
_FEW: Final = ("id", "name", "ra_deg", "dec_deg", "stale")
#: What people say, how a grade came about and when a record changed: for who asks for everything.
_LEFT_OUT: Final = frozenset(
    (
        *("tags", "rating", "note", "grade_computed", "grade_reasons", "graded_at", "grade_given"),
        *("created_at", "updated_at"),
    )
)


def _old(column: Column) -> Column:
    """The column as VOTable 1.1 can say it, which knows no beams."""
    column = msgspec.structs.replace(column, ucd=_UCD1.get(column.name, column.ucd))
    if column.unit != "Jy/beam":
        return column
    said = " ".join(filter(None, (column.description, "(per beam)")))
    return msgspec.structs.replace(column, unit="Jy", description=said)


_ALL: Final = [_old(column) for column in columns_of(Source, SOURCE_FIELDS)]


def columns_asked(given: Parameters) -> list[Column]:
    """The columns of an answer; ``VERB`` says how many."""
    verbosity = given.one("VERB") or "2"
    match verbosity:
        case "1":
            return [column for column in _ALL if column.name in _FEW]
        case "2":
            return [column for column in _ALL if column.name not in _LEFT_OUT]
        case "3":
            return _ALL
        case _:
            raise UsageFault(f"VERB: {verbosity!r} is none of 1, 2 and 3")


def cone_asked(given: Parameters) -> Cone:
    """The cone of a query."""
    try:
        return checked(given.number("RA"), given.number("DEC"), given.number("SR"))
    except InvalidValue as error:
        raise UsageFault(error.message) from error


def row_of(columns: Sequence[Column]) -> Callable[[Source], tuple[Any, ...]]:
    """Makes a row of a source: the values of these columns."""
    return attrgetter(*(column.name for column in columns))


async def found(
    sources: AsyncSourceRepository, cone: Cone, most: int, page: int
) -> AsyncIterator[Source]:
    """So many of the sources in a cone."""
    if not most:
        return
    count = 0
    async for source in sources.everything(size=min(page, most), near=cone):
        yield source
        count += 1
        if count == most:
            return
