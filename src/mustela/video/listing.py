"""What videos can be filtered and sorted by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Double, cast, func, select

from mustela.files.schema import roots
from mustela.store.dialect_sql import in_json
from mustela.store.listing import Filters, Listing
from mustela.store.text_search import contains
from mustela.video.record import Video
from mustela.video.schema import tags, videos

c = videos.c
Bind = ColumnElement[Any]

_path = func.coalesce(roots.c.path + "/" + c.path, c.path)
_computed: Mapping[str, ColumnElement[Any]] = {
    "path": _path,
    "root_id": func.nullif(c.root_id, ""),
    "modified_at": c.mtime_ns // 1000,
}
#: The columns of a :class:`Video`, in order, with the root's path before the item's.
BASE = select(
    *(
        _computed[name].label(name) if name in _computed else c[name].label(name)
        for name in Video.fields
    )
).select_from(videos.outerjoin(roots, roots.c.id == c.root_id))

_frame_rate = cast(c.frame_rate_numerator, Double) / func.nullif(c.frame_rate_denominator, 0)

SORTS: Mapping[str, Column[Any]] = {
    name: c[name]
    for name in (
        "created_at",
        "updated_at",
        "recorded_at",
        "filename",
        "duration_seconds",
        "duration_frames",
        "file_size",
        "bit_rate",
        "width",
        "height",
        "rating",
        "video_codec",
        "id",
    )
} | {"modified_at": c.mtime_ns}


def _equal(column: Column[Any]) -> Callable[[Bind], ColumnElement[bool]]:
    return lambda value: column == value


def _least(column: ColumnElement[Any]) -> Callable[[Bind], ColumnElement[bool]]:
    return lambda value: column >= value


def _most(column: ColumnElement[Any]) -> Callable[[Bind], ColumnElement[bool]]:
    return lambda value: column <= value


def _is_null(column: Column[Any]) -> Callable[[Bind], ColumnElement[bool]]:
    """1: the column has a value; 0: it has none."""
    return lambda value: (value == 1) == column.is_not(None)


_RANGES = (
    "width",
    "height",
    "duration_seconds",
    "duration_frames",
    "file_size",
    "bit_rate",
    "rating",
    "audio_channels",
    "audio_rate",
)

FILTERS: Filters = {
    "codec": _equal(c.video_codec),
    "audio_codec": _equal(c.audio_codec),
    "container": _equal(c.container),
    "pixel_format": _equal(c.pixel_format),
    "field_order": _equal(c.field_order),
    "hdr": _equal(c.hdr),
    "rotation": _equal(c.rotation),
    "root_id": _equal(c.root_id),
    "fingerprint": _equal(c.fingerprint),
    "filename": _equal(c.filename),
    "tag": tags.has,
    "language": lambda value: contains(c.audio_languages, value),
    "subtitle_language": lambda value: contains(c.subtitle_languages, value),
    "folder": lambda value: func.substr(c.path, 1, func.length(value)) == value,
    "ids": lambda value: in_json(c.id, value),
    "job_id": _equal(c.job_id),
    "min_frame_rate": _least(_frame_rate),
    "max_frame_rate": _most(_frame_rate),
    **{f"min_{name}": _least(c[name]) for name in _RANGES},
    **{f"max_{name}": _most(c[name]) for name in _RANGES},
    **{
        f"{name}_{word}": compare(column)
        for name, column in (
            ("recorded", c.recorded_at),
            ("created", c.created_at),
            ("updated", c.updated_at),
            ("modified", c.mtime_ns),
        )
        for word, compare in (("after", _least), ("before", _most))
    },
    "missing": _is_null(c.missing_since),
    "has_hdr": _is_null(c.hdr),
    "has_audio": _is_null(c.audio_codec),
    "has_video": _is_null(c.video_codec),
    "has_rating": _is_null(c.rating),
    "has_note": _is_null(c.note),
}

LISTING = Listing(BASE, c.id, SORTS, FILTERS, Video)
