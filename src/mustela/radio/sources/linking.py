"""The units that associations are made of: what lies around an image, links set down and taken
away. See :mod:`mustela.radio.sources.associating`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Text, and_, bindparam, cast, exists, func, literal, or_, select, update

from mustela.radio.cones import cone, in_cone
from mustela.radio.schema import images, measurements, source_tombstones, sources
from mustela.radio.sky.names import iau_name
from mustela.radio.sky.positions import angle, length, position_of, unit_vector
from mustela.radio.sources.measured import FINDING
from mustela.radio.sources.measuring import MeasuredImage, image_of
from mustela.radio.sources.pairing import Detected, Known, Link
from mustela.radio.sources.records import records
from mustela.radio.sources.statistics import TOPIC, recompute_soon, tally_image
from mustela.radio.sources.tally import Place, SourceTally
from mustela.radio.turns import take_turn
from mustela.store import (
    INTEGER,
    Statement,
    Unit,
    count,
    current,
    heavy_read,
    many,
    one,
    rows,
    write,
)
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.errors import InvalidValue
from mustela.store.record import encode_keys, encode_texts
from mustela.store.schema import audit

m, s = measurements.c, sources.c

#: Rows of one write unit.
PART = 500


class AssociationOptions(msgspec.Struct, frozen=True):
    """``de_ruiter`` takes pairs whose de Ruiter radius [no unit] is below ``limit``, ``nearest``
    the nearest; both none further apart than ``max_radius_arcsec``, which is the image's beam (full
    width of the major axis) where nothing is said, or 30 arcseconds where that is not known.
    ``systematic_arcsec`` is added to the detections' position errors in quadrature. Detections
    whose errors are not known then are associated with the nearest of the sources that are left.
    """

    method: Literal["de_ruiter", "nearest"] = "de_ruiter"
    limit: float = 5.68
    max_radius_arcsec: float | None = None
    systematic_arcsec: float = 0.0


class Around(NamedTuple):
    """What the pairs are found from."""

    image: int
    max_radius_arcsec: float
    detections: list[Detected]
    sources: list[Known]
    #: The circle's condition, and what it holds. ``sources`` are these, and the deleted ones.
    circle: str
    state: State


class State(NamedTuple):
    """Which sources a circle holds: their number and the sum of their keys."""

    number: int
    sum: int


_ids = bindparam("ids", type_=Text())
_circle = bindparam("circle", type_=Text())
_kind = bindparam("kind", type_=m.kind.type)
_image = bindparam("image", type_=m.image.type)

d = source_tombstones.c
_was_of = select(-d.seq).where(d.source_id == m.former_source, d.active == 1)
_DETECTIONS = Statement(
    select(
        m.seq,
        m.ra_deg,
        m.dec_deg,
        m.ra_error_arcsec,
        m.dec_error_arcsec,
        _was_of.scalar_subquery(),
    )
    .where(m.image == _image, m.kind == _kind, m.source.is_(None))
    .order_by(m.seq)
)
_near = in_cone(sources)(_circle)
_taken = exists().where(m.source == s.seq, m.image == _image, m.kind == _kind)
_KNOWN = Statement(
    select(
        s.seq,
        s.id,
        s.ra_deg,
        s.dec_deg,
        s.ra_error_arcsec,
        s.dec_error_arcsec,
        s.made_by,
        s.n_measurements,
        _taken.label("taken"),
    ).where(_near)
)
_DELETED = Statement(
    select(
        -d.seq,
        d.source_id,
        d.ra_deg,
        d.dec_deg,
        d.ra_error_arcsec,
        d.dec_error_arcsec,
        literal("nobody"),
        literal(0),
        exists().where(m.former_source == d.source_id, m.image == _image, m.kind == _kind),
    ).where(in_cone(source_tombstones)(_circle), d.active == 1)
)
_STATE = Statement(
    select(func.count(), cast(func.coalesce(func.sum(s.seq), 0), INTEGER))
    .select_from(sources)
    .where(_near)
)
_STILL_THERE = Statement(
    select(func.count()).where(
        in_json_numbers(m.seq, bindparam("keys", type_=Text())), m.source.is_(None)
    )
)
_OWN = Statement(
    select(m.seq, m.source)
    .where(m.image == _image, m.source.is_not(None), m.separation_arcsec.is_not(None))
    .order_by(m.seq)
    .limit(PART)
)
_reason = select(func.coalesce(images.c.why_not, "not_associated")).where(images.c.seq == m.image)
_UNLINK = Statement(
    update(measurements)
    .where(in_json_numbers(m.seq, bindparam("keys", type_=Text())))
    .values(
        source=None,
        de_ruiter=None,
        separation_arcsec=None,
        systematic_arcsec=None,
        counts=0,
        why_not=_reason.scalar_subquery(),
    )
)
_LINK = Statement(
    update(measurements)
    .where(m.seq == bindparam("measurement"))
    .values(
        source=bindparam("of_source"),
        de_ruiter=bindparam("de_ruiter"),
        separation_arcsec=bindparam("separation"),
        systematic_arcsec=bindparam("systematic"),
        former_source=None,
    )
)
_its_tombstone = d.seq == -cast(bindparam("of_source"), INTEGER)
_LEAVE_OUT = Statement(
    update(measurements)
    .where(m.seq == bindparam("measurement"))
    .values(
        de_ruiter=bindparam("de_ruiter"),
        separation_arcsec=bindparam("separation"),
        systematic_arcsec=bindparam("systematic"),
        former_source=select(d.source_id).where(_its_tombstone).scalar_subquery(),
    )
)
_SEQS = Statement(select(s.id, s.seq).where(in_json(s.id, _ids)))
# Who brings a source back says that it is one; not who brings an image back, and it with that.
_with_image = audit.alias("with_image")
_said = exists().where(
    audit.c.topic == TOPIC,
    audit.c.record_id == s.id,
    or_(
        audit.c.action == "update",
        and_(
            audit.c.action == "restore",
            ~exists().where(
                _with_image.c.change_id == audit.c.change_id, _with_image.c.topic == "images"
            ),
        ),
    ),
)
_orphans = (
    select(s.id)
    .where(
        s.made_by == "association",
        s.n_measurements == 0,
        # Of one that waits for its sums the number is that of before.
        ~exists().where(m.source == s.seq),
        ~or_(
            s.tags != "[]",
            s.rating.is_not(None),
            s.note.is_not(None),
            s.grade_given.is_not(None),
            _said,
        ),
    )
    .order_by(s.seq)
    .limit(PART)
)
_ORPHANS = Statement(_orphans.where(in_json_numbers(s.seq, bindparam("keys", type_=Text()))))
_ORPHANS_NEAR = Statement(_orphans.where(_near))


class AssociationOperations:
    """The part of the repository of sources that associations are made of."""

    @heavy_read
    def reach(self, image_id: str, options: AssociationOptions) -> Unit[list[str]]:
        """The circles of the sources that an association of this image looks at: those about its
        detections that have no source, and the image itself."""
        image = yield from image_of(image_id)
        circles = []
        for kind in FINDING:
            found = yield from rows(_DETECTIONS, image=image.seq, kind=kind)
            if found:
                detections = [Detected(*row) for row in found]
                circles.append(_circle_about(detections, _max_radius(image, options)))
        place = image.ra_deg, image.dec_deg, image.radius_deg
        if None not in place:
            circles.append(cone(place))
        return circles

    @heavy_read
    def around(self, image_id: str, kind: str, options: AssociationOptions) -> Unit[Around | None]:
        """The image's detections of a kind that have no source, and the sources around them;
        ``None`` where no detection waits. ``NotFound`` for an unknown image."""
        image = yield from image_of(image_id)
        found = yield from rows(_DETECTIONS, image=image.seq, kind=kind)
        if not found:
            return None
        detections = [Detected(*row) for row in found]
        radius = _max_radius(image, options)
        circle = _circle_about(detections, radius)
        known = yield from rows(_KNOWN, circle=circle, image=image.seq, kind=kind)
        state = State(len(known), sum(row[0] for row in known))
        deleted = yield from rows(_DELETED, circle=circle, image=image.seq, kind=kind)
        places = [Known(*row) for row in (*known, *deleted)]
        return Around(image.seq, radius, detections, places, circle, state)

    @write
    def take_away(self, image_id: str) -> Unit[int]:
        """Undo what associations said of some of an image's measurements; answers of how many.
        Those that came with their sources keep them."""
        image = yield from image_of(image_id)
        own = yield from rows(_OWN, image=image.seq)
        if own:
            yield from count(_UNLINK, keys=encode_keys(seq for seq, _ in own))
            yield from recompute_soon(sorted({source for _, source in own}))
        return len(own)

    @write
    def set_down(
        self,
        image_id: str,
        links: Sequence[Link],
        circle: str,
        state: State,
        systematic_arcsec: float,
        job_id: str | None = None,
    ) -> Unit[State | None]:
        """Write pairs, and make the sources that are new, if the circle still holds what it did;
        answers what it holds then, ``None`` where it held something else.

        What is paired with a source that a person deleted is noted as that one's: it has it when
        the deletion is undone.
        """
        yield from take_turn(TOPIC)
        keys = encode_keys(link.measurement for link in links)
        there = yield from one(_STILL_THERE, int, keys=keys)
        if there != len(links) or (yield from one(_STATE, State, circle=circle)) != state:
            return None
        image = yield from image_of(image_id)
        gone = {n.measurement: n.source for n in links if n.source is not None and n.source < 0}
        known = {n.measurement: n.source for n in links if n.source is not None and n.source > 0}
        known.update((yield from _make([link for link in links if link.source is None], job_id)))
        for statement, its_sources in ((_LINK, known), (_LEAVE_OUT, gone)):
            yield from many(
                statement,
                [
                    {
                        "measurement": link.measurement,
                        "of_source": its_sources[link.measurement],
                        "de_ruiter": link.de_ruiter,
                        "separation": link.separation_arcsec,
                        "systematic": systematic_arcsec,
                    }
                    for link in links
                    if link.measurement in its_sources
                ],
            )
        yield from tally_image(image.seq, sorted(known.values()), known.keys())
        return (yield from one(_STATE, State, circle=circle)) or State(0, 0)

    @write
    def remove_orphans(self, image_id: str, keys: Sequence[int]) -> Unit[int]:
        """Delete sources that an association made, that have no measurement any more and of which
        nobody said anything: some of those in the image and of those named; answers how many."""
        image = yield from image_of(image_id)
        found: set[tuple[str]] = set((yield from rows(_ORPHANS, keys=encode_keys(keys))))
        place = image.ra_deg, image.dec_deg, image.radius_deg
        if None not in place:
            found.update((yield from rows(_ORPHANS_NEAR, circle=cone(place))))
        if not found:
            return 0
        chosen = {"ids": encode_texts(id for (id,) in sorted(found))}
        return (yield from records.delete_where(in_json(s.id, _ids), chosen))


def _make(links: Sequence[Link], job_id: str | None) -> Unit[dict[int, int]]:
    """New sources, one for each; their keys by measurement."""
    if not links:
        return {}
    context = yield from current()
    ids = {link.measurement: context.new_id() for link in links}
    yield from records.insert_many(
        [_new_row(link, ids[link.measurement], job_id) for link in links]
    )
    seqs: dict[str, int] = dict((yield from rows(_SEQS, ids=encode_texts(ids.values()))))
    return {measurement: seqs[id] for measurement, id in ids.items()}


def _new_row(link: Link, id: str, job_id: str | None) -> dict[str, Any]:
    place = Place(link.ra_deg, link.dec_deg, None, None)
    return {
        **SourceTally.new_row(place),
        "id": id,
        "name": iau_name(link.ra_deg, link.dec_deg),
        "made_by": "association",
        "grade_reasons": "[]",
        "tags": "[]",
        "job_id": job_id,
    }


def _max_radius(image: MeasuredImage, options: AssociationOptions) -> float:
    radius = options.max_radius_arcsec
    if radius is None:
        radius = image.beam_major_arcsec or 30.0
    if not radius > 0:
        raise InvalidValue("max_radius_arcsec must be above 0")
    return radius


def _circle_about(detections: Sequence[Detected], margin_arcsec: float) -> str:
    """The circle that holds all that could be paired with these, as a condition's value.

    Its radius is more than is needed, so that no source that a detection moves leaves it.
    """
    vectors = [unit_vector(one.ra_deg, one.dec_deg) for one in detections]
    x, y, z = (sum(axis) for axis in zip(*vectors, strict=True))
    middle = (x, y, z) if length((x, y, z)) > 1e-6 * len(vectors) else (0.0, 0.0, 1.0)
    ra, dec = position_of(middle)
    furthest = max(angle(unit_vector(ra, dec), vector) for vector in vectors)
    radius = math.degrees(furthest) + 2.5 * margin_arcsec / 3600.0
    return cone((ra, dec, min(radius, 180.0)))
