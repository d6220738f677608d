"""Light curves, what was measured in an image, and which images a source was measured in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, exists, func, select

from mustela.radio.images.listing import CATALOGUE
from mustela.radio.images.record import Image
from mustela.radio.schema import images, measurements, sources
from mustela.radio.sources.listing import ALL
from mustela.radio.sources.record import Measurement, Source
from mustela.radio.sources.removal import TOPIC as MEASUREMENTS
from mustela.store import AuditEntry, Statement, Unit, heavy_read, history, one, read, rows
from mustela.store.errors import NotFound

m = measurements.c

_COLUMNS: dict[str, Any] = {**m, "source_id": sources.c.id, "image_id": images.c.id}
_shown: list[Any] = [_COLUMNS[name].label(name) for name in Measurement.fields]
_measured = select(*_shown).select_from(
    measurements.join(images, images.c.seq == m.image).outerjoin(sources, sources.c.seq == m.source)
)


def _optional(name: str) -> Any:
    """The column, which is never null, has the value of the parameter, or that is null."""
    column = m[name]
    return column == func.coalesce(bindparam(name, type_=column.type), column)


def _paged(statement: Any) -> Statement:
    return Statement(statement.limit(bindparam("limit")).offset(bindparam("offset")))


_LIGHT_CURVE = _paged(
    _measured.where(
        m.source == bindparam("key"),
        *(_optional(name) for name in ("band", "stokes", "kind", "counts")),
    ).order_by(m.mid_mjd.asc().nulls_last(), m.id)
)
_IN_IMAGE = _paged(_measured.where(m.image == bindparam("key"), _optional("kind")).order_by(m.seq))
_BY_ID = Statement(_measured.where(m.id == bindparam("id")))
_its_measurements = exists().where(m.image == images.c.seq, m.source == bindparam("key"))
_IMAGES = _paged(
    CATALOGUE.base.where(_its_measurements.where(_optional("counts"))).order_by(
        func.coalesce(images.c.mid_mjd, images.c.start_mjd, images.c.end_mjd).asc().nulls_last(),
        images.c.id,
    )
)
_SOURCES = _paged(
    ALL.listing.base.where(
        exists().where(m.image == bindparam("key"), m.source == sources.c.seq)
    ).order_by(sources.c.name, sources.c.id)
)
_SOURCE_KEY = Statement(select(sources.c.seq).where(sources.c.id == bindparam("id")))
_IMAGE_KEY = Statement(select(images.c.seq).where(images.c.id == bindparam("id")))


class ReadingOperations:
    """The part of the repository of sources that reads measurements."""

    @heavy_read
    def measurement(self, id: str) -> Unit[Measurement | None]:
        """The measurement of this id."""
        return (yield from one(_BY_ID, Measurement.from_row, id=id))

    @read
    def measurement_history(
        self, image_id: str, limit: int = 100, *, before: int | None = None
    ) -> Unit[list[AuditEntry]]:
        """When measurements of an image came and went, and how many, newest first; ``before`` (an
        audit id) pages on. They are measured again rather than reverted."""
        return (yield from history(MEASUREMENTS, image_id, limit, before))

    @heavy_read
    def measurements(
        self,
        source_id: str,
        limit: int = 10_000,
        offset: int = 0,
        *,
        band: str | None = None,
        stokes: str | None = None,
        kind: str | None = None,
        counts: bool | None = None,
    ) -> Unit[list[Measurement]]:
        """A source's light curve: its measurements by the middle of the observation, those whose
        time is not known last. ``counts``: only epochs, or only what is none. ``NotFound`` for an
        unknown source."""
        key = yield from _key(_SOURCE_KEY, "source", source_id)
        return Measurement.from_rows(
            (
                yield from rows(
                    _LIGHT_CURVE,
                    key=key,
                    band=band,
                    stokes=stokes,
                    kind=kind,
                    counts=None if counts is None else int(counts),
                    limit=limit,
                    offset=offset,
                )
            )
        )

    @heavy_read
    def image_measurements(
        self, image_id: str, limit: int = 10_000, offset: int = 0, *, kind: str | None = None
    ) -> Unit[list[Measurement]]:
        """What was measured in an image, as it came. ``NotFound`` for an unknown image."""
        key = yield from _key(_IMAGE_KEY, "image", image_id)
        found = yield from rows(_IN_IMAGE, key=key, kind=kind, limit=limit, offset=offset)
        return Measurement.from_rows(found)

    @heavy_read
    def sources_of_image(
        self, image_id: str, limit: int = 10_000, offset: int = 0
    ) -> Unit[list[Source]]:
        """The sources that have a measurement in an image, by name."""
        key = yield from _key(_IMAGE_KEY, "image", image_id)
        return Source.from_rows((yield from rows(_SOURCES, key=key, limit=limit, offset=offset)))

    @heavy_read
    def contributing_images(
        self, source_id: str, limit: int = 1000, offset: int = 0, *, counts: bool | None = True
    ) -> Unit[list[Image]]:
        """The images in which a source has an epoch, by time of observation; with ``counts=False``
        those where it was measured without one, with ``None`` both."""
        key = yield from _key(_SOURCE_KEY, "source", source_id)
        found = yield from rows(
            _IMAGES,
            key=key,
            counts=None if counts is None else int(counts),
            limit=limit,
            offset=offset,
        )
        return Image.from_rows(found)


def _key(statement: Statement, what: str, id: str) -> Unit[int]:
    key = yield from one(statement, int, id=id)
    if key is None:
        raise NotFound(f"there is no {what} {id}")
    return key
