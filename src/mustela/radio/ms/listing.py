"""What Measurement Sets can be filtered and sorted by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import Column

from mustela.files.catalogued import Catalogue, searching
from mustela.radio.conditions import (
    ITEM_CONVERSIONS,
    ITEM_KEPT,
    equal,
    holds,
    item_filters,
    least,
    most,
    ranges,
)
from mustela.radio.cones import cone, in_cone
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.ms.records import TOPIC, records
from mustela.radio.schema import measurement_sets
from mustela.radio.schema.visibilities import ms_sums, ms_tags, ms_text
from mustela.store.listing import Filters, Listing
from mustela.store.pages import Pages

c = measurement_sets.c

#: Words that stand in routes where an id would.
RESERVED_IDS = frozenset({"scan", "search", "export"})

CATALOGUE = Catalogue(MeasurementSet, records, ms_sums, reserved=RESERVED_IDS, kept=ITEM_KEPT)

SORTS: Mapping[str, Column[Any]] = {
    name: c[name]
    for name in (
        "created_at",
        "updated_at",
        "mid_mjd",
        "filename",
        "name",
        "n_rows",
        "n_antennas",
        "frequency_min_hz",
        "flagged_fraction",
        "duration_seconds",
        "file_size",
        "rating",
        "id",
    )
} | {"modified_at": c.mtime_ns}


class MeasurementSetFilters(TypedDict, total=False):
    """Every filter is optional; a Measurement Set must satisfy all that are given.

    ``near``: right ascension, declination and radius (degrees, ICRS); the pointing is within it.
    ``observed_after`` and ``observed_before`` (MJD, UTC): the observation goes on after or began
    before. ``min_`` and ``max_`` are inclusive. ``frequency_hz`` is in its range.
    """

    near: tuple[float, float, float]
    name: str
    format: str
    telescope: str
    field: str
    stage: str
    status: str
    grade: str
    run: str
    frequency_hz: float
    observed_after: float
    observed_before: float
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
    min_n_antennas: int
    max_n_antennas: int
    min_n_rows: int
    max_n_rows: int
    min_flagged_fraction: float
    max_flagged_fraction: float
    min_rating: int
    max_rating: int
    created_after: datetime
    created_before: datetime


FILTERS: Filters = {
    **item_filters(c, ms_tags),
    "near": in_cone(measurement_sets),
    "name": equal(c.name),
    "format": equal(c.format),
    "telescope": equal(c.telescope),
    "field": holds(c.field_names),
    "stage": equal(c.stage),
    "status": equal(c.status),
    "frequency_hz": lambda value: (c.frequency_min_hz <= value) & (c.frequency_max_hz >= value),
    "observed_after": least(c.end_mjd),
    "observed_before": most(c.start_mjd),
    **ranges(c, "n_antennas", "n_rows", "flagged_fraction"),
}

LISTING = Listing(CATALOGUE.base, c.id, SORTS, FILTERS, MeasurementSet)

PAGES = Pages(
    TOPIC,
    MeasurementSet,
    LISTING,
    search=searching(ms_text),
    sort_fields={"modified_at": "mtime_ns"},
    conversions={**ITEM_CONVERSIONS, "near": cone, "field": lambda value: f'"{value}"'},
)
