"""Which records of the radio collection a job made."""

from __future__ import annotations

import builtins
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select

from mustela.files.catalogued import Catalogue
from mustela.jobs.provenance import Made, MadeRecord
from mustela.radio.cal.listing import CATALOGUE as CALIBRATION_TABLES
from mustela.radio.images.listing import CATALOGUE as IMAGES
from mustela.radio.ms.listing import CATALOGUE as MEASUREMENT_SETS
from mustela.radio.schema import measurements, sources
from mustela.store import Statement, Unit, all, one
from mustela.store.listing import COUNT_LIMIT


class _Part(NamedTuple):
    """Records of one table that name a job: how many (up to a limit), and the first."""

    number: Statement
    first: Statement | None


def _counting(table: Any) -> Statement:
    some = select(table.c.seq).where(table.c.job_id == bindparam("job")).limit(bindparam("most"))
    return Statement(select(func.count()).select_from(some.subquery()))


def _part(table: Any, shown: Any) -> _Part:
    first = shown.where(table.c.job_id == bindparam("job")).order_by(table.c.seq)
    return _Part(_counting(table), Statement(first.limit(bindparam("limit"))))


def _products(catalogue: Catalogue[Any]) -> _Part:
    table, base = catalogue.records.table, catalogue.base
    return _part(table, base.with_only_columns(table.c.id, base.selected_columns.path))


_PARTS: dict[str, _Part] = {
    "images": _products(IMAGES),
    "ms": _products(MEASUREMENT_SETS),
    "cal": _products(CALIBRATION_TABLES),
    "sources": _part(sources, select(sources.c.id, sources.c.name)),
    "measurements": _Part(_counting(measurements), None),
}


def made_of_each(job_id: str, limit: int) -> Unit[dict[str, Made]]:
    """What a job made, by kind: images, ms, cal, sources, measurements. Oldest first.

    Measurements are counted only; find them through their images and sources. What there is none
    of is left out.
    """
    found: dict[str, Made] = {}
    for name, part in _PARTS.items():
        number = (yield from one(part.number, int, job=job_id, most=COUNT_LIMIT + 1)) or 0
        if not number:
            continue
        items: list[MadeRecord] = []
        if part.first is not None:
            items = yield from all(part.first, MadeRecord, job=job_id, limit=limit)
        found[name] = Made(min(number, COUNT_LIMIT), number <= COUNT_LIMIT, items)
    return found


def made_by(job_id: str, limit: int) -> Unit[Made]:
    """The same as one answer: the total of all kinds, and the first of the products and sources."""
    kinds = (yield from made_of_each(job_id, limit)).values()
    items = [item for made in kinds for item in made.items]
    exact = builtins.all(made.total_is_exact for made in kinds)
    return Made(sum(made.total for made in kinds), exact, items[:limit])
