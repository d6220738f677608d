"""What noise is usual of a field: the median of its images in the same band."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

from sqlalchemy import bindparam, select

from mustela.radio.rules.record import RadioRules
from mustela.radio.schema import images
from mustela.store import TEXT, Statement, Unit, batch, rows

#: So many images of a field, those observed last, say what is usual.
MOST_IMAGES = 100

c = images.c


class Likes(NamedTuple):
    """What images have in common whose noise can be compared."""

    field: str
    kind: str
    stokes: str | None
    minimum_hz: float
    maximum_hz: float


_LIKES = Statement(
    select(c.seq, c.noise_jy)
    .where(
        c.field == bindparam("field"),
        c.kind == bindparam("kind"),
        c.frequency_hz >= bindparam("minimum_hz"),
        c.frequency_hz < bindparam("maximum_hz"),
        c.stokes.is_not_distinct_from(bindparam("stokes", type_=TEXT)),
        c.is_current == 1,
        c.retired_at.is_(None),
        c.noise_jy > 0,
    )
    .order_by(c.mid_mjd.desc().nulls_last(), c.id.desc())
    .limit(bindparam("most"))
)


def likes_of(
    rules: RadioRules,
    field: str | None,
    kind: str | None,
    stokes: str | None,
    frequency_hz: float | None,
) -> Likes | None:
    """Whom an image is compared with; ``None`` where it is not known what it shows."""
    if field is None or kind is None or frequency_hz is None:
        return None
    for band in rules.bands:
        if band.minimum_hz <= frequency_hz < band.maximum_hz:
            return Likes(field, kind, stokes, band.minimum_hz, band.maximum_hz)
    return None


def usual_noise(images: Mapping[int, Likes], least: int) -> Unit[dict[int, float]]:
    """The usual noise (Jy/beam) for each image (``seq``), itself left out.

    The median of the current images of the same field, band, kind and Stokes parameter, of which
    there must be at least ``least`` others.
    """
    groups = list(dict.fromkeys(images.values()))
    if not groups:
        return {}
    found = yield from batch(
        *(rows(_LIKES, **likes._asdict(), most=MOST_IMAGES + 1) for likes in groups)
    )
    noises = dict(zip(groups, map(dict[int, float], found), strict=True))
    usual: dict[int, float] = {}
    for seq, likes in images.items():
        others = [noise for other, noise in noises[likes].items() if other != seq]
        if len(others) >= max(least, 1):
            usual[seq] = median(others)
    return usual
