"""Measurements coming and going, in bulk: the statistics of their sources follow at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Text, bindparam, insert, select

from mustela.files.item_id import check_id
from mustela.radio.cones import checked
from mustela.radio.epochs.time import observed_mjd
from mustela.radio.rules.repository import rules
from mustela.radio.schema import images, measurements, sources
from mustela.radio.sources.measured import main_stokes
from mustela.radio.sources.record import Measurement
from mustela.radio.sources.removal import ALL_KINDS, Kind, note, number_sources, remove
from mustela.radio.sources.statistics import TOPIC, tally_image
from mustela.store import Statement, Unit, changed, current, many, one, rows, write
from mustela.store.dialect_sql import in_json
from mustela.store.errors import InvalidValue, NotFound
from mustela.store.record import encode_texts

#: What a finder, a catalogue or a fit says; the rest follows, or is the caller's.
FOUND = (
    "kind",
    "name",
    "island",
    "component",
    "ra_deg",
    "dec_deg",
    "ra_error_arcsec",
    "dec_error_arcsec",
    "peak_jy",
    "peak_error_jy",
    "integrated_jy",
    "integrated_error_jy",
    "local_rms_jy",
    "background_jy",
    "major_arcsec",
    "minor_arcsec",
    "pa_deg",
    "major_error_arcsec",
    "minor_error_arcsec",
    "pa_error_deg",
    "deconvolved_major_arcsec",
    "deconvolved_minor_arcsec",
    "deconvolved_pa_deg",
    "flags",
)

_names = [column.name for column in measurements.c if column.name != "seq"]
_ADD = Statement(insert(measurements).values({name: bindparam(name) for name in _names}))
_ids = bindparam("ids", type_=Text())
_SOURCES = Statement(select(sources.c.id, sources.c.seq).where(in_json(sources.c.id, _ids)))
_JOINED = Statement(
    select(measurements.c.seq, measurements.c.source).where(
        in_json(measurements.c.id, _ids), measurements.c.source.is_not(None)
    )
)


class MeasuredImage(NamedTuple):
    """What measurements take over from their image."""

    seq: int
    stokes: str | None
    frequency_hz: float | None
    mid_mjd: float | None
    start_mjd: float | None
    end_mjd: float | None
    why_not: str | None
    beam_major_arcsec: float | None
    ra_deg: float | None
    dec_deg: float | None
    radius_deg: float | None


_IMAGE = Statement(
    select(*(images.c[name] for name in MeasuredImage._fields)).where(
        images.c.id == bindparam("id")
    )
)


class MeasuringOperations:
    """The part of the repository of sources that writes measurements."""

    @write
    def add_measurements(
        self,
        image_id: str,
        measured: Sequence[Measurement | msgspec.Struct],
        *,
        source_ids: Sequence[str | None] | None = None,
        job_id: str | None = None,
    ) -> Unit[int]:
        """Add what was measured in an image, all or none; answers how many.

        Each is a ``Measurement``, whose ``id`` and ``source_id`` are kept if it has them, or a
        ``Detection``. ``source_ids`` (one for each, ``None`` where it is not known) says of which
        source each is, as of forced fits; what has none waits for ``associate``. One row in the
        audit for all. Keep a call below some 500 where others write, too.

        ``NotFound`` for an unknown image or source, ``AlreadyExists`` for an id that is taken,
        ``InvalidValue`` for what is no position or number.
        """
        image = yield from image_of(image_id)
        yield from _add(image, image_id, measured, source_ids, job_id)
        return len(measured)

    @write
    def replace_measurements(
        self,
        image_id: str,
        kinds: Sequence[Kind],
        measured: Sequence[Measurement | msgspec.Struct],
        *,
        source_ids: Sequence[str | None] | None = None,
        job_id: str | None = None,
    ) -> Unit[int]:
        """As :meth:`add_measurements`, in place of the image's measurements of these kinds: for
        programs that run again. An empty ``measured`` says that there was nothing."""
        wanted = _checked_kinds(kinds)
        image = yield from image_of(image_id)
        strange = {str(_field(item, "kind")) for item in measured} - set(wanted)
        if strange:
            raise InvalidValue(f"{', '.join(sorted(strange))} is not among the kinds replaced")
        yield from _remove(image, image_id, wanted)
        yield from number_sources(image.seq, image_id, wanted)
        yield from _add(image, image_id, measured, source_ids, job_id)
        return len(measured)

    @write
    def delete_measurements(self, image_id: str, kinds: Sequence[Kind] = ALL_KINDS) -> Unit[int]:
        """Take an image's measurements of these kinds away; answers how many."""
        image = yield from image_of(image_id)
        return (yield from _remove(image, image_id, _checked_kinds(kinds)))


def image_of(image_id: str) -> Unit[MeasuredImage]:
    """The image, or ``NotFound``."""
    image = yield from one(_IMAGE, MeasuredImage, id=image_id)
    if image is None:
        raise NotFound(f"there is no image {image_id}")
    return image


def _remove(image: MeasuredImage, image_id: str, kinds: Sequence[str]) -> Unit[int]:
    removed = yield from remove([image.seq], kinds)
    if removed:
        yield from note(image_id, "delete", kinds, removed)
        yield from number_sources(image.seq, image_id, kinds)
        yield from changed(TOPIC)
    return removed


def _add(
    image: MeasuredImage,
    image_id: str,
    measured: Sequence[Measurement | msgspec.Struct],
    source_ids: Sequence[str | None] | None,
    job_id: str | None,
) -> Unit[None]:
    said = yield from rules()
    context = yield from current()
    its_sources = _its_sources(measured, source_ids)
    known = yield from _known_sources(its_sources)
    shared = {
        "image": image.seq,
        "band": said.band_of(image.frequency_hz),
        "stokes": main_stokes(image.stokes),
        "frequency_hz": image.frequency_hz,
        "mid_mjd": observed_mjd(image.mid_mjd, image.start_mjd, image.end_mjd),
        "counts": 0,
        "why_not": image.why_not or "not_associated",
        "created_at": context.now,
        "de_ruiter": None,
        "separation_arcsec": None,
        "systematic_arcsec": None,
        "former_source": None,
    }
    new: list[dict[str, Any]] = []
    for item, source_id in zip(measured, its_sources, strict=True):
        row = _row(item)
        row["id"] = check_id(row["id"]) if row["id"] else context.new_id()
        row["source"] = None if source_id is None else known[source_id]
        row["job_id"] = job_id or row["job_id"]
        new.append({**row, **shared})
    if not new:
        return
    yield from many(_ADD, new)
    yield from note(image_id, "insert", sorted({row["kind"] for row in new}), len(new))
    if known:
        ids = encode_texts(row["id"] for row in new if row["source"] is not None)
        joined = yield from rows(_JOINED, ids=ids)
        touched = sorted({source for _, source in joined})
        yield from tally_image(image.seq, touched, {seq for seq, _ in joined})
    yield from number_sources(image.seq, image_id, {row["kind"] for row in new})
    yield from changed(TOPIC)


def _its_sources(
    measured: Sequence[Measurement | msgspec.Struct], source_ids: Sequence[str | None] | None
) -> list[str | None]:
    if source_ids is None:
        return [item.source_id if isinstance(item, Measurement) else None for item in measured]
    if len(source_ids) != len(measured):
        raise InvalidValue("as many source ids as measurements are needed")
    return list(source_ids)


def _known_sources(ids: Sequence[str | None]) -> Unit[dict[str, int]]:
    wanted = {id for id in ids if id is not None}
    if not wanted:
        return {}
    known = dict((yield from rows(_SOURCES, ids=encode_texts(sorted(wanted)))))
    missing = wanted - known.keys()
    if missing:
        raise NotFound(f"there is no source {min(missing)}")
    return known


def _row(item: Measurement | msgspec.Struct) -> dict[str, Any]:
    """The columns that the item says; ``InvalidValue`` for what cannot be."""
    given = item if isinstance(item, Measurement) else Measurement(**_found(item))
    row = given.row()
    if row["kind"] not in ALL_KINDS:
        raise InvalidValue(f"{row['kind']!r} is no kind; use {', '.join(ALL_KINDS)}")
    place = checked(row["ra_deg"], row["dec_deg"])
    kept = {name: row[name] for name in (*FOUND, "id", "job_id")}
    return {**kept, "ra_deg": place.ra_deg}


def _found(item: msgspec.Struct) -> dict[str, Any]:
    return {name: _field(item, name) for name in FOUND}


def _field(item: Measurement | msgspec.Struct, name: str) -> Any:
    try:
        return getattr(item, name)
    except AttributeError as error:
        raise InvalidValue(f"a {type(item).__name__} has no {name}: it is no detection") from error


def _checked_kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    strange = set(kinds) - set(ALL_KINDS)
    if strange or not kinds or isinstance(kinds, str):
        raise InvalidValue(f"say which kinds: a list of {', '.join(ALL_KINDS)}")
    return tuple(kinds)
