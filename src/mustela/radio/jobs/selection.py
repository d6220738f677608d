"""Which images a stage still has to take."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, exists, func, or_, select

from mustela.files.path_text import decode
from mustela.files.schema import roots
from mustela.radio.cones import cone, in_cone
from mustela.radio.images.covering import footprint_of
from mustela.radio.jobs.parameters import Selected
from mustela.radio.rules.repository import rules
from mustela.radio.schema import calibration_tables, images, measurement_sets, measurements, sources
from mustela.radio.sources.measured import FINDING
from mustela.radio.sources.tombstones import LEFT_OUT
from mustela.store import AsyncRepository, Statement, Unit, all, heavy_read, one, rows
from mustela.store.dialect_sql import in_json
from mustela.store.record import encode_texts

c, m, s = images.c, measurements.c, sources.c


class Chosen(NamedTuple):
    """An image to be read. ``path`` is below its root, or absolute where it has none."""

    seq: int
    id: str
    root_id: str
    path: str
    root_path: str | None
    hdu: int | None
    beam_major_arcsec: float | None
    beam_minor_arcsec: float | None
    beam_pa_deg: float | None

    @property
    def place(self) -> bytes:
        """Where it is on the disk."""
        if self.root_path is None:
            return decode(self.path)
        return decode(self.root_path).rstrip(b"/") + b"/" + decode(self.path)

    @property
    def beam(self) -> tuple[float, float, float] | None:
        """Its beam as the catalog knows it."""
        major, minor, angle = self.beam_major_arcsec, self.beam_minor_arcsec, self.beam_pa_deg
        if not major or not minor:
            return None
        return major, minor, angle or 0.0


class Place(NamedTuple):
    """A source, or a detection, by its id and position in degrees, ICRS."""

    id: str
    ra_deg: float
    dec_deg: float


class ToForce(NamedTuple):
    """Where an image is to be measured, and what was found in it besides."""

    places: list[Place]
    neighbours: list[Place]


_columns = (
    c.seq,
    c.id,
    c.root_id,
    c.path,
    roots.c.path,
    c.hdu,
    c.beam_major_arcsec,
    c.beam_minor_arcsec,
    c.beam_pa_deg,
)
_base = (
    select(*_columns)
    .select_from(images.outerjoin(roots, roots.c.id == c.root_id))
    .where(
        in_json(c.kind, bindparam("kinds", type_=Text())),
        c.missing_since.is_(None),
        c.retired_at.is_(None),
    )
)
_found_by_job = exists().where(m.image == c.seq, m.job_id == bindparam("job"), m.kind.in_(FINDING))
_waits = exists().where(m.image == c.seq, m.kind.in_(FINDING), m.source.is_(None), ~LEFT_OUT)
_measured = exists().where(m.image == c.seq, m.kind.in_(FINDING))
_by_time = (func.coalesce(c.mid_mjd, c.start_mjd, c.end_mjd).asc().nulls_last(), c.seq)


@cache
def _selected(stage: str, root: bool, below: bool, ids: bool, again: bool) -> Statement:
    query = _base
    if root:
        query = query.where(c.root_id == bindparam("root"))
    if below:
        folder = func.substr(c.path, 1, func.length(bindparam("folder", type_=Text())))
        query = query.where(or_(c.path == bindparam("below"), folder == bindparam("folder")))
    if ids:
        query = query.where(in_json(c.id, bindparam("ids", type_=Text())))
    match stage:
        case "find":
            query = query.where(~_found_by_job)
            query = query if again else query.where(c.n_sources.is_(None))
        case "associate":
            query = query.where(_measured if again else _waits)
        case _:
            query = query.where(c.n_sources.is_not(None), c.counts == 1, c.ra_deg.is_not(None))
    if stage == "find":
        query = query.where(c.seq > bindparam("after")).order_by(c.seq)
        return Statement(query.limit(bindparam("limit")))
    return Statement(query.order_by(*_by_time))


_IMAGE = Statement(
    select(c.seq, c.footprint, c.ra_deg, c.dec_deg, c.radius_deg).where(c.id == bindparam("id"))
)
_LAST_FORCED = Statement(
    select(func.coalesce(func.max(m.created_at), -1)).where(
        m.image == bindparam("image"), m.kind == "forced"
    )
)
_UNMEASURED = Statement(
    select(s.id, s.ra_deg, s.dec_deg, s.created_at)
    .where(
        in_cone(sources)(bindparam("circle", type_=Text())),
        ~exists().where(
            m.source == s.seq, m.image == bindparam("image", type_=c.seq.type), m.kind != "forced"
        ),
    )
    .order_by(s.seq)
)
_NEIGHBOURS = Statement(
    select(m.id, m.ra_deg, m.dec_deg)
    .where(m.image == bindparam("image"), m.kind.in_(FINDING))
    .order_by(m.seq)
)


_TABLES = {
    "images": images,
    "ms": measurement_sets,
    "cal": calibration_tables,
    "sources": sources,
}


@cache
def _changed(topic: str, root: bool) -> Statement:
    t = _TABLES[topic].c
    query = select(t.seq, t.id).where(
        t.updated_at >= bindparam("since"), t.seq > bindparam("after")
    )
    if root:
        query = query.where(t.root_id == bindparam("root"))
    return Statement(query.order_by(t.seq).limit(bindparam("limit")))


_SETS = Statement(
    select(measurement_sets.c.seq, measurement_sets.c.id)
    .where(measurement_sets.c.seq > bindparam("after"))
    .order_by(measurement_sets.c.seq)
    .limit(bindparam("limit"))
)


class StageOperations:
    """What the stages ask of the catalog."""

    @heavy_read
    def to_find(self, order: Selected, job_id: str, after: int, limit: int) -> Unit[list[Chosen]]:
        """The next images in which nothing was found or imported yet; those of this job never."""
        values = {"job": job_id, "after": after, "limit": limit}
        return (yield from _choose("find", order, values))

    @heavy_read
    def to_associate(self, order: Selected) -> Unit[list[Chosen]]:
        """Images with detections that wait for their sources, by time of observation."""
        return (yield from _choose("associate", order, {}))

    @heavy_read
    def forceable(self, order: Selected) -> Unit[list[Chosen]]:
        """Images that count and were searched, by time of observation."""
        return (yield from _choose("force", order, {}))

    @heavy_read
    def to_force(self, image_id: str, again: bool) -> Unit[ToForce | None]:
        """The sources in an image that were not found there; ``None`` where nothing is to be done.

        So where there is none that is newer than the image's last forced fits, unless ``again``:
        what could not be fitted then (the image is blank there) cannot be now.
        """
        found = yield from rows(_IMAGE, id=image_id)
        if not found:
            return None
        seq, points, *circle = found[0]
        if None in circle:
            return None
        unmeasured = yield from rows(_UNMEASURED, circle=cone(tuple(circle)), image=seq)
        footprint = footprint_of(points, *circle)
        inside = [row for row in unmeasured if footprint.contains(row[1], row[2])]
        last = (yield from one(_LAST_FORCED, int, image=seq)) or -1
        if not inside or not (again or any(row[3] >= last for row in inside)):
            return None
        neighbours = yield from all(_NEIGHBOURS, Place, image=seq)
        return ToForce([Place(*row[:3]) for row in inside], neighbours)

    @heavy_read
    def changed_since(
        self, topic: str, root_id: str | None, since: int, after: int, limit: int
    ) -> Unit[list[tuple[int, str]]]:
        """Keys and ids of products that changed since then, in the order of their keys.

        Sources lie below no root.
        """
        values: dict[str, Any] = {"since": since, "after": after, "limit": limit}
        if root_id is not None and topic != "sources":
            values["root"] = root_id
        return [
            (seq, id) for seq, id in (yield from rows(_changed(topic, "root" in values), **values))
        ]

    @heavy_read
    def measurement_sets_after(self, after: int, limit: int) -> Unit[list[tuple[int, str]]]:
        """Keys and ids of Measurement Sets, in the order of their keys."""
        return [(seq, id) for seq, id in (yield from rows(_SETS, after=after, limit=limit))]


class AsyncStageRepository(StageOperations, AsyncRepository):
    """What the stages ask of the catalog, for an event loop."""


def _choose(stage: str, order: Selected, values: dict[str, Any]) -> Unit[list[Chosen]]:
    said = yield from rules()
    values["kinds"] = encode_texts(said.epochs.kinds)
    if order.root_id is not None:
        values["root"] = order.root_id
    if order.below:
        below = order.below.rstrip("/")
        values |= {"below": below, "folder": below + "/"}
    if order.ids is not None:
        values["ids"] = encode_texts(order.ids)
    statement = _selected(stage, "root" in values, "below" in values, "ids" in values, order.again)
    return (yield from all(statement, Chosen, **values))
