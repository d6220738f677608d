"""What sources can be filtered and sorted by.

There are two lists: of all sources, with their main row of statistics, which is in their own row;
and of the sources that have epochs in one band and Stokes parameter, with those statistics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import Column, ColumnElement, Select, bindparam, select

from mustela.files.search_text import fold
from mustela.radio.conditions import equal, has, least, most, ranges
from mustela.radio.cones import cone, in_cone
from mustela.radio.schema import source_statistics, source_tags, sources
from mustela.radio.schema.sources import FLUXES, SHOWN
from mustela.radio.sources.record import Source
from mustela.radio.sources.stale import IS_STALE
from mustela.radio.sources.statistics import TOPIC
from mustela.store import Statement
from mustela.store.dialect_sql import in_json
from mustela.store.errors import InvalidValue
from mustela.store.listing import Filters, Listing
from mustela.store.pages import Pages, heavy_unless_along
from mustela.store.record import encode_texts
from mustela.store.text_search import contains

s, t = sources.c, source_statistics.c

#: Words that stand in routes where an id would.
RESERVED_IDS = frozenset({"search", "export", "edit", "associate", "variability"})

_RENAMED = {"vs": "pair_vs", "m": "pair_m"}
_OF_BAND: Mapping[str, Column[Any]] = {
    "band": t.band,
    "stokes": t.stokes,
    "n_epochs": t.n_epochs,
    "n_forced": t.n_forced,
    **{
        f"{flux}_{name}": t[f"{flux}_{_RENAMED.get(name, name)}"]
        for flux in FLUXES
        for name in SHOWN
    },
}
#: Fields that are filtered by their least and most, and sorted by.
_NUMBERS = (
    "peak_mean_jy",
    "peak_maximum_jy",
    "peak_v",
    "peak_eta",
    "peak_vs",
    "peak_m",
    "integrated_mean_jy",
    "integrated_maximum_jy",
    "integrated_v",
    "integrated_eta",
    "integrated_vs",
    "integrated_m",
    "n_epochs",
    "n_forced",
)
_OWN_NUMBERS = ("n_detections", "n_measurements", "first_mjd", "last_mjd", "rating")


class SourceFilters(TypedDict, total=False):
    """Every filter is optional; a source must satisfy all that are given.

    ``near``: right ascension, declination and radius (degrees, ICRS). ``name``: what the name
    contains, whatever the case. ``band`` and ``stokes``: only sources with epochs there (Stokes I
    where only the band is given); what is shown, filtered and sorted by are their statistics then,
    and else those of the band and Stokes parameter with most epochs. Flux densities are Jy, times
    MJD (UTC), ``min_`` and ``max_`` inclusive. ``run`` is the job or run that made the record.
    """

    near: tuple[float, float, float]
    name: str
    band: str
    stokes: str
    made_by: str
    grade: str
    graded: bool
    run: str
    has_rating: bool
    has_note: bool
    tag: str
    ids: Sequence[str]
    created_after: datetime
    created_before: datetime
    min_peak_mean_jy: float
    max_peak_mean_jy: float
    min_peak_maximum_jy: float
    max_peak_maximum_jy: float
    min_peak_v: float
    max_peak_v: float
    min_peak_eta: float
    max_peak_eta: float
    min_peak_vs: float
    max_peak_vs: float
    min_peak_m: float
    max_peak_m: float
    min_integrated_mean_jy: float
    max_integrated_mean_jy: float
    min_integrated_maximum_jy: float
    max_integrated_maximum_jy: float
    min_integrated_v: float
    max_integrated_v: float
    min_integrated_eta: float
    max_integrated_eta: float
    min_integrated_vs: float
    max_integrated_vs: float
    min_integrated_m: float
    max_integrated_m: float
    min_n_epochs: int
    max_n_epochs: int
    min_n_forced: int
    max_n_forced: int
    min_n_detections: int
    max_n_detections: int
    min_n_measurements: int
    max_n_measurements: int
    min_first_mjd: float
    max_first_mjd: float
    min_last_mjd: float
    max_last_mjd: float
    min_rating: int
    max_rating: int


def _filters(shown: Mapping[str, ColumnElement[Any]]) -> Filters:
    return {
        "near": in_cone(sources),
        "name": lambda value: contains(s.search_text, value),
        "band": lambda value: shown["band"] == value,
        "stokes": lambda value: shown["stokes"] == value,
        "made_by": equal(s.made_by),
        "grade": equal(s.grade),
        "graded": has(s.grade),
        "run": equal(s.job_id),
        "has_rating": has(s.rating),
        "has_note": has(s.note),
        "tag": source_tags.has,
        "ids": lambda value: in_json(s.id, value),
        "created_after": least(s.created_at),
        "created_before": most(s.created_at),
        **ranges(s, *_OWN_NUMBERS),
        **ranges(shown, *_NUMBERS),
    }


def _sorts(shown: Mapping[str, Column[Any]]) -> Mapping[str, Column[Any]]:
    own = ("created_at", "updated_at", "name", "ra_deg", "dec_deg", "id", *_OWN_NUMBERS)
    return {name: s[name] for name in own} | {name: shown[name] for name in _NUMBERS}


def _pages(base: Select[Any], shown: Mapping[str, Column[Any]], key: Column[Any]) -> Pages[Source]:
    return Pages(
        TOPIC,
        Source,
        Listing(base, s.id, _sorts(shown), _filters(shown), Source, key=key),
        conversions={"near": cone, "name": fold, "ids": encode_texts},
    )


_SOURCE: Mapping[str, Column[Any]] = {name: s[name] for name in Source.fields if name in s}
_SHOWN: Mapping[str, Any] = {**_SOURCE, "stale": IS_STALE}
_base: Any = select(*(_SHOWN[name] for name in Source.fields))
_of_band: Mapping[str, Any] = {**_SHOWN, **_OF_BAND}
_joined: Any = select(*(_of_band[name].label(name) for name in Source.fields)).select_from(
    # The statistics first: their key is what the engine looks up.
    source_statistics.join(sources, s.seq == t.source)
)

ALL = _pages(_base, _SOURCE, s.seq)
IN_BAND = _pages(_joined, _OF_BAND, t.seq)

BY_ID = Statement(_base.where(s.id == bindparam("id")))
BY_NAME = Statement(_base.where(s.name == bindparam("name")).order_by(s.created_at, s.id).limit(1))


class Listed(NamedTuple):
    """Which of the two lists, and its filters."""

    pages: Pages[Source]
    filters: dict[str, Any]


def listed(filters: Mapping[str, Any]) -> Listed:
    """``InvalidValue`` where a Stokes parameter is asked for without its band."""
    given = {name: value for name, value in filters.items() if value is not None}
    if "band" in given:
        return Listed(IN_BAND, {"stokes": "I", **given})
    if "stokes" in given:
        raise InvalidValue("say the band too: statistics are of one band and Stokes parameter")
    return Listed(ALL, given)


is_heavy = heavy_unless_along(
    "created_at", "name", "id", "n_epochs", "peak_mean_jy", "peak_v", "peak_eta"
)
