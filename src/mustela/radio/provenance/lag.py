"""How long after an observation its image is there, and how good images are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, func, select

from mustela.radio.schema import images
from mustela.store import Statement, Unit, current, rows
from mustela.store.errors import InvalidValue

#: Of more images than these, the newest records count.
MOST_IMAGES = 10_000
_DAY = 86_400
#: 1970-01-01 as a Modified Julian Date.
_EPOCH_MJD = 40_587.0

c = images.c
_ENDED = func.coalesce(c.end_mjd, c.mid_mjd)
_RECENT = Statement(
    select(c.created_at, _ENDED)
    .where(c.created_at >= bindparam("since"))
    .order_by(c.created_at.desc(), c.id.desc())
    .limit(bindparam("most"))
)
_BY_GRADE = Statement(select(c.grade, func.count()).group_by(c.grade))


class ImageLag(msgspec.Struct, frozen=True):
    """Seconds from the end (where that is not known, the middle) of an observation to its record.

    Of the records of so many ``days``: the median, the value that nine of ten do not exceed, and
    that of the newest one; ``None`` where none of them says when it was observed. ``n_images``
    say so. Not exact where ``is_exact`` is false: only the newest 10,000 were looked at.
    ``by_grade`` counts all images, those without a grade as ``ungraded``.
    """

    days: float
    n_images: int
    median_seconds: float | None
    p90_seconds: float | None
    newest_seconds: float | None
    is_exact: bool
    by_grade: dict[str, int]


def image_lag(days: float) -> Unit[ImageLag]:
    """The lag of the images whose records are no older than so many days."""
    if not (math.isfinite(days) and 0 < days <= 36_525):
        raise InvalidValue(f"{days} is no number of days to look back: say 7")
    now = (yield from current()).now
    since = now - round(days * _DAY * 1_000_000)
    found = yield from rows(_RECENT, since=since, most=MOST_IMAGES + 1)
    lags = [
        created / 1_000_000 - (ended - _EPOCH_MJD) * _DAY
        for created, ended in found[:MOST_IMAGES]
        if ended is not None
    ]
    ordered = sorted(lags)
    grades = yield from rows(_BY_GRADE)
    return ImageLag(
        days=days,
        n_images=len(lags),
        median_seconds=quantile(ordered, 0.5),
        p90_seconds=quantile(ordered, 0.9),
        newest_seconds=lags[0] if lags else None,
        is_exact=len(found) <= MOST_IMAGES,
        by_grade={grade or "ungraded": number for grade, number in grades},
    )


def quantile(ordered: Sequence[float], part: float) -> float | None:
    """The quantile of sorted values, linear between neighbours (Hyndman & Fan 1996, type 7)."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * part
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
