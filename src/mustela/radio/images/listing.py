"""What images can be filtered and sorted by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import Column, func

from mustela.files.catalogued import Catalogue, searching
from mustela.radio.conditions import (
    ITEM_CONVERSIONS,
    ITEM_KEPT,
    equal,
    item_filters,
    least,
    most,
    ranges,
)
from mustela.radio.cones import cone, in_cone
from mustela.radio.images.constraints import CONSTRAINT_CONVERSIONS, CONSTRAINTS, Range
from mustela.radio.images.record import Image
from mustela.radio.images.records import TOPIC, records
from mustela.radio.schema import images
from mustela.radio.schema.images import image_sums, image_tags, image_text
from mustela.radio.sky.region import Region
from mustela.store.dialect_sql import in_json_numbers
from mustela.store.listing import Filters, Listing
from mustela.store.pages import Pages
from mustela.store.record import encode_keys

c = images.c

#: Words that stand in routes where an id would.
RESERVED_IDS = frozenset({"scan", "search", "export", "edit"})

CATALOGUE = Catalogue(
    Image,
    records,
    image_sums,
    reserved=RESERVED_IDS,
    kept=ITEM_KEPT | {"n_sources", "is_current", "counts", "why_not", "reach"},
)

SORTS: Mapping[str, Column[Any]] = {
    name: c[name]
    for name in (
        "created_at",
        "updated_at",
        "mid_mjd",
        "filename",
        "field",
        "frequency_hz",
        "noise_jy",
        "peak_jy",
        "dynamic_range",
        "n_sources",
        "beam_major_arcsec",
        "ra_deg",
        "dec_deg",
        "file_size",
        "rating",
        "id",
    )
} | {"modified_at": c.mtime_ns}


class ImageFilters(TypedDict, total=False):
    """Every filter is optional; an image must satisfy all that are given.

    ``covers``: right ascension and declination (degrees, ICRS) that lie inside of the footprint.
    ``region``: the footprint shares a point with it.
    ``near``: right ascension, declination and radius (degrees); the centre is within it.
    ``observed_after`` and ``observed_before``: the observation went on after, or began before, as
    far as its times are known. Times are MJD (UTC), frequencies Hz, noise and peak Jy/beam, beams
    arcseconds; ``min_`` and ``max_`` are inclusive. ``grade`` is the one that holds. ``run`` is
    the job or run that made the record. ``current``: no version is later. ``counts``: its
    measurements are epochs.
    """

    covers: tuple[float, float]
    region: Region
    near: tuple[float, float, float]
    kind: str
    field: str
    telescope: str
    stokes: str
    grade: str
    run: str
    ms_id: str
    calibration_id: str
    parent_id: str
    version_of: str
    current: bool
    counts: bool
    pbcor: bool
    retired: bool
    missing: bool
    graded: bool
    has_rating: bool
    tag: str
    flag: str
    ids: Sequence[str]
    root_id: str
    folder: str
    filename: str
    fingerprint: str
    observed_after: float
    observed_before: float
    min_mid_mjd: float
    max_mid_mjd: float
    min_frequency_hz: float
    max_frequency_hz: float
    min_noise_jy: float
    max_noise_jy: float
    min_peak_jy: float
    max_peak_jy: float
    min_dynamic_range: float
    max_dynamic_range: float
    min_beam_major_arcsec: float
    max_beam_major_arcsec: float
    min_n_sources: int
    max_n_sources: int
    min_rating: int
    max_rating: int
    created_after: datetime
    created_before: datetime


class ImageConstraints(ImageFilters, total=False):
    """What image search protocols ask besides; of the values of one, one will do.

    ``regions``: the footprint shares a point with one of them. Ranges include both ends: of
    frequencies in Hz and times in MJD (UTC) those that the image covers must meet one, its size
    (the diameter, degrees), resolution (the beam's major axis, arcseconds), exposure (seconds) and
    resolving power must lie in one. ``states`` are of polarization, as in ``Q`` or ``XX``,
    ``media_types`` those of the file. Of ``root_ids`` the empty one means no root. An image for
    which the value is not known satisfies nothing.
    """

    regions: Sequence[Region]
    frequency_ranges: Sequence[Range]
    time_ranges: Sequence[Range]
    size_ranges: Sequence[Range]
    resolution_ranges: Sequence[Range]
    exposure_ranges: Sequence[Range]
    resolving_power_ranges: Sequence[Range]
    states: Sequence[str]
    kinds: Sequence[str]
    fields: Sequence[str]
    telescopes: Sequence[str]
    instruments: Sequence[str]
    root_ids: Sequence[str]
    is_cube: bool
    is_derived: bool
    media_types: Sequence[str]


#: ``covers`` is answered before the statement: see ``mustela.radio.images.covering``.
FILTERS: Filters = {
    **item_filters(c, image_tags),
    **CONSTRAINTS,
    "near": in_cone(images),
    "covers": lambda value: in_json_numbers(c.seq, value),
    **{
        name: equal(c[name])
        for name in (
            "kind",
            "field",
            "telescope",
            "stokes",
            "ms_id",
            "calibration_id",
            "parent_id",
            "version_of",
            "counts",
            "pbcor",
        )
    },
    "current": equal(c.is_current),
    "observed_after": least(func.coalesce(c.end_mjd, c.mid_mjd, c.start_mjd)),
    "observed_before": most(func.coalesce(c.start_mjd, c.mid_mjd, c.end_mjd)),
    **ranges(
        c,
        "frequency_hz",
        "noise_jy",
        "peak_jy",
        "dynamic_range",
        "beam_major_arcsec",
        "n_sources",
    ),
}

LISTING = Listing(CATALOGUE.base, c.id, SORTS, FILTERS, Image)

PAGES = Pages(
    TOPIC,
    Image,
    LISTING,
    search=searching(image_text),
    sort_fields={"modified_at": "mtime_ns"},
    conversions={
        **ITEM_CONVERSIONS,
        **CONSTRAINT_CONVERSIONS,
        "near": cone,
        "covers": encode_keys,
    },
)
