"""The astrometry of images in the database, against the reference catalogues that are loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from mustela.radio.cones import cone, in_cone
from mustela.radio.grading.astrometry import Astrometry, astrometry
from mustela.radio.schema import measurements, reference_catalogues, reference_sources
from mustela.store import TEXT, Statement, Unit, batch, one, rows
from mustela.store.dialect_sql import in_json_numbers
from mustela.store.unit import Query

#: Of an image the brightest detections and reference sources are compared, up to so many.
MOST_DETECTIONS = 500
MOST_REFERENCES = 2_000
#: Images whose positions are held in memory together.
_TOGETHER = 20

m, r, k = measurements.c, reference_sources.c, reference_catalogues.c
_DETECTED = m.kind.in_(("detected", "imported"))
_ANY_REFERENCE = Statement(
    select(k.n_sources).where(k.role == "astrometry", k.current == 1, k.n_sources > 0).limit(1)
)
_COUNTS = Statement(
    select(m.image, func.count())
    .where(in_json_numbers(m.image, bindparam("seqs", type_=TEXT)), _DETECTED)
    .group_by(m.image)
)
_DETECTIONS = Statement(
    select(m.ra_deg, m.dec_deg)
    .where(m.image == bindparam("image"), _DETECTED)
    .order_by(m.peak_jy.desc().nulls_last(), m.seq)
    .limit(bindparam("most"))
)
_REFERENCES = Statement(
    select(r.ra_deg, r.dec_deg)
    .select_from(reference_sources.join(reference_catalogues, k.label == r.catalogue))
    .where(
        in_cone(reference_sources)(bindparam("cone", type_=TEXT)),
        r.role == "astrometry",
        k.current == 1,
    )
    .order_by(r.flux_jy.desc().nulls_last(), r.seq)
    .limit(bindparam("most"))
)


class Placed(NamedTuple):
    """An image (``seq``) that covers a circle of the sky, and its beam's major axis."""

    seq: int
    ra_deg: float
    dec_deg: float
    radius_deg: float
    beam_arcsec: float


def astrometry_of(images: Sequence[Placed], least: int) -> Unit[dict[int, Astrometry]]:
    """The astrometry of each image with so many detections; none where nothing is loaded."""
    if not images or (yield from one(_ANY_REFERENCE, int)) is None:
        return {}
    seqs = "[" + ",".join(str(image.seq) for image in images) + "]"
    counts = dict((yield from rows(_COUNTS, seqs=seqs)))
    wanted = [image for image in images if counts.get(image.seq, 0) >= max(least, 1)]
    found: dict[int, Astrometry] = {}
    for start in range(0, len(wanted), _TOGETHER):
        part = wanted[start : start + _TOGETHER]
        answers = yield from batch(*(step for image in part for step in _positions(image)))
        for image, detections, references in zip(part, answers[::2], answers[1::2], strict=True):
            found[image.seq] = astrometry(detections, references, image.beam_arcsec)
    return found


def _positions(image: Placed) -> tuple[Query, Query]:
    around = (image.ra_deg, image.dec_deg, min(image.radius_deg, 180.0))
    return (
        rows(_DETECTIONS, image=image.seq, most=MOST_DETECTIONS),
        rows(_REFERENCES, cone=cone(around), most=MOST_REFERENCES),
    )
