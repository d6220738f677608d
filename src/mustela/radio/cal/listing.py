"""What calibration tables can be filtered and sorted by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import Column

from mustela.files.catalogued import Catalogue, searching
from mustela.radio.cal.record import CalibrationTable
from mustela.radio.cal.records import TOPIC, records
from mustela.radio.conditions import (
    ITEM_CONVERSIONS,
    ITEM_KEPT,
    equal,
    holds,
    item_filters,
    ranges,
)
from mustela.radio.schema import calibration_tables
from mustela.radio.schema.visibilities import (
    calibration_sums,
    calibration_tags,
    calibration_text,
)
from mustela.store.listing import Filters, Listing
from mustela.store.pages import Pages

c = calibration_tables.c

#: Words that stand in routes where an id would.
RESERVED_IDS = frozenset({"scan", "search", "export"})

CATALOGUE = Catalogue(
    CalibrationTable,
    records,
    calibration_sums,
    reserved=RESERVED_IDS,
    kept=ITEM_KEPT - {"cell"},
)

SORTS: Mapping[str, Column[Any]] = {
    name: c[name]
    for name in (
        "created_at",
        "updated_at",
        "mid_mjd",
        "filename",
        "name",
        "type",
        "file_size",
        "rating",
        "id",
    )
} | {"modified_at": c.mtime_ns}


class CalibrationTableFilters(TypedDict, total=False):
    """Every filter is optional; a calibration table must satisfy all that are given.

    ``valid_at`` (MJD, UTC) lies in its validity. ``min_`` and ``max_`` are inclusive.
    """

    name: str
    type: str
    telescope: str
    field: str
    ms_name: str
    valid_at: float
    grade: str
    run: str
    graded: bool
    retired: bool
    missing: bool
    has_rating: bool
    tag: str
    flag: str
    ids: Sequence[str]
    root_id: str
    folder: str
    filename: str
    fingerprint: str
    min_mid_mjd: float
    max_mid_mjd: float
    min_rating: int
    max_rating: int
    created_after: datetime
    created_before: datetime


FILTERS: Filters = {
    **item_filters(c, calibration_tags),
    "name": equal(c.name),
    "type": equal(c.type),
    "telescope": equal(c.telescope),
    "field": holds(c.field_names),
    "ms_name": equal(c.ms_name),
    "valid_at": lambda value: (c.start_mjd <= value) & (c.end_mjd >= value),
    **ranges(c, "rating"),
}

LISTING = Listing(CATALOGUE.base, c.id, SORTS, FILTERS, CalibrationTable)

PAGES = Pages(
    TOPIC,
    CalibrationTable,
    LISTING,
    search=searching(calibration_text),
    sort_fields={"modified_at": "mtime_ns"},
    conversions={**ITEM_CONVERSIONS, "field": lambda value: f'"{value}"'},
)
