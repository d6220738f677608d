"""What image search protocols ask for besides what people do: several values, of which one will do.

None of these has an index of its own. A search that names a place is narrowed by the index of
footprints first, and the rest is compared along those rows; one that does not reads the table, in
the threads of heavy reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Text, case, func, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType

from mustela.radio.extensions import FITS_ENDINGS, GZIP_ENDINGS
from mustela.radio.images.record import Image
from mustela.radio.schema import images
from mustela.store.dialect_sql import in_json
from mustela.store.listing import Filters
from mustela.store.pages import Conversions
from mustela.store.record import encode_texts

c = images.c

#: Lowest and highest value, both included; infinities leave an end open.
Range = tuple[float, float]
#: Kinds that are made of images, or of models of them, rather than of visibilities.
DERIVED_KINDS = ("mosaic", "model", "mask", "noise", "background")
#: Endings of the names of FITS files, lower case: all that scans take for one.
_FITS_ENDINGS = tuple(f".{ending}" for ending in FITS_ENDINGS)
_GZIP_ENDINGS = tuple(f".{ending}" for ending in GZIP_ENDINGS)
#: Media types of images: of the file, or of the links to what can be had instead of a directory.
FITS = "application/fits"
GZIP = "application/gzip"
LINKS = "application/x-votable+xml;content=datalink"
#: JSON has no infinity.
_LARGEST = 1.7976931348623157e308


class meets(GenericFunction[Any]):  # noqa: N801  # used like a function
    """``meets(low, high, ranges)``: what lies from low to high shares a value with a range.

    Null where either end is: what is not known satisfies nothing.
    """

    type = NullType()
    inherit_cache = True
    name = "mustela_meets"


@compiles(meets, "sqlite")
def _sqlite_meets(element: Any, compiler: Any, **kw: Any) -> str:
    low, high, ranges = (compiler.process(part, **kw) for part in element.clauses)
    return (
        f"EXISTS (SELECT 1 FROM json_each({ranges}) AS part "
        f"WHERE {low} <= part.value ->> 1 AND {high} >= part.value ->> 0)"
    )


@compiles(meets, "postgresql")
def _postgres_meets(element: Any, compiler: Any, **kw: Any) -> str:
    low, high, ranges = (compiler.process(part, **kw) for part in element.clauses)
    ends = [f"CAST(part.ends ->> {place} AS double precision)" for place in range(2)]
    return (
        f"EXISTS (SELECT 1 FROM json_array_elements(CAST({ranges} AS json)) AS part (ends) "
        f"WHERE {low} <= {ends[1]} AND {high} >= {ends[0]})"
    )


def encode_ranges(ranges: Sequence[Range]) -> str:
    """Ranges as the filters' value."""
    finite = [[max(low, -_LARGEST), min(high, _LARGEST)] for low, high in ranges]
    return msgspec.json.encode(finite).decode()


def _between(low: Any, high: Any = None) -> Callable[[Any], ColumnElement[bool]]:
    return lambda ranges: meets(low, low if high is None else high, ranges)


def _one_of(value: ColumnElement[Any]) -> Callable[[Any], ColumnElement[bool]]:
    return lambda texts: in_json(value, texts)


def _is(truth: ColumnElement[bool]) -> Callable[[Any], ColumnElement[bool]]:
    return lambda value: (value == 1) == truth


def _has_state(states: Any) -> ColumnElement[bool]:
    """One of the planes shows one of the states: ``IQUV``, ``XXXYYXYY``."""
    letters = (in_json(func.substr(c.stokes, place, 1), states) for place in range(1, 5))
    pairs = (in_json(func.substr(c.stokes, place, 2), states) for place in range(1, 9, 2))
    return or_(*letters, *pairs)


_half = func.coalesce(c.bandwidth_hz, 0.0) / 2.0
_name = func.lower(c.filename, type_=Text())

#: The images' own numbers are those of :class:`~mustela.radio.vo.obscore.ObsCore`.
CONSTRAINTS: Filters = {
    "frequency_ranges": _between(c.frequency_hz - _half, c.frequency_hz + _half),
    "time_ranges": _between(
        func.coalesce(c.start_mjd, c.mid_mjd, c.end_mjd),
        func.coalesce(c.end_mjd, c.mid_mjd, c.start_mjd),
    ),
    "size_ranges": _between(c.radius_deg * 2.0),
    "resolution_ranges": _between(c.beam_major_arcsec),
    "exposure_ranges": _between(c.integration_seconds),
    "resolving_power_ranges": _between(
        c.frequency_hz / func.nullif(c.bandwidth_hz, 0.0) * func.coalesce(c.n_channels, 1)
    ),
    "states": _has_state,
    "kinds": _one_of(c.kind),
    "fields": _one_of(c.field),
    "telescopes": _one_of(c.telescope),
    "instruments": _one_of(c.instrument),
    "root_ids": _one_of(c.root_id),
    "is_cube": _is(func.coalesce(c.n_planes, 1) > 1),
    "is_derived": _is(or_(*(func.coalesce(c.kind, "") == kind for kind in DERIVED_KINDS))),
    "media_types": _one_of(
        case(
            (c.root_id == "", LINKS),
            (or_(*map(_name.endswith, _FITS_ENDINGS)), FITS),
            (or_(*map(_name.endswith, _GZIP_ENDINGS)), GZIP),
            else_=LINKS,
        )
    ),
}

CONSTRAINT_CONVERSIONS: Conversions = {
    name: encode_ranges if name.endswith("_ranges") else encode_texts
    for name in CONSTRAINTS
    if not name.startswith("is_")
}


def media_type_of(image: Image) -> str:
    """The media type of an image's file, by its name; :data:`LINKS` where it is no FITS file, or
    none that is served."""
    if not is_served(image):
        return LINKS
    name = image.filename.lower()
    if name.endswith(_FITS_ENDINGS):
        return FITS
    return GZIP if name.endswith(_GZIP_ENDINGS) else LINKS


def is_served(image: Image) -> bool:
    """Whether its file can be had: only what lies below a root is ever opened."""
    return image.root_id is not None
