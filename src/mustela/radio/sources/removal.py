"""Measurements going, one image at a time or several; the sources they were of stay right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, TypeAlias

from sqlalchemy import Text, bindparam, delete, func, select, update

from mustela.radio.schema import images, measurements
from mustela.radio.sources.measured import FINDING
from mustela.radio.sources.statistics import recompute_soon
from mustela.store import Records, Statement, Unit, audit, changed, count, current, one, rows
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.kept_records import new_revision
from mustela.store.record import encode_keys, encode_texts

m = measurements.c

Kind: TypeAlias = Literal["detected", "imported", "forced"]

#: What stands in the audit for many measurements at once: one row, under the image's id.
TOPIC = "measurements"

_of_kinds = (
    in_json_numbers(m.image, bindparam("images", type_=Text())),
    in_json(m.kind, bindparam("kinds", type_=Text())),
)
_SOURCES = Statement(select(m.source).distinct().where(*_of_kinds, m.source.is_not(None)))
_DELETE = Statement(delete(measurements).where(*_of_kinds))
_of_image = m.image == bindparam("image")
_COUNTS = Statement(
    select(
        select(func.count()).where(_of_image, m.kind == "detected").scalar_subquery(),
        select(func.count()).where(_of_image, m.kind == "imported").scalar_subquery(),
    )
)
_SET_NUMBER = Statement(
    update(images)
    .where(images.c.seq == bindparam("image"), images.c.n_sources.is_distinct_from(bindparam("n")))
    .values(n_sources=bindparam("n"), revision=bindparam("revision"))
)


class MeasurementRecords(Records):
    """Measurements as the audit knows them."""

    summed_up = True


measurement_records = MeasurementRecords(measurements, TOPIC)

ALL_KINDS: tuple[Kind, ...] = ("detected", "imported", "forced")


def remove(of_images: Iterable[int], kinds: Sequence[str] = ALL_KINDS) -> Unit[int]:
    """Delete the measurements of some images (keys); answers how many there were."""
    chosen = {"images": encode_keys(of_images), "kinds": encode_texts(kinds)}
    touched = yield from rows(_SOURCES, **chosen)
    removed = yield from count(_DELETE, **chosen)
    yield from recompute_soon(sorted(source for (source,) in touched))
    return removed


def note(image_id: str, action: audit.Action, kinds: Sequence[str], number: int) -> Unit[None]:
    """One row in the audit for many measurements."""
    said = {"kinds": list(kinds), "measurements": number}
    context = yield from current()
    if action == "delete":
        yield from audit.record(context, TOPIC, image_id, action, before=said)
    else:
        yield from audit.record(context, TOPIC, image_id, action, after=said)


def number_sources(image: int, image_id: str, kinds: Collection[str]) -> Unit[None]:
    """Bring the image's number of sources in step, those detected or else those imported, after
    measurements of these kinds came or went."""
    if not set(kinds) & set(FINDING):
        return
    found = yield from one(_COUNTS, _preferred, image=image)
    if (yield from count(_SET_NUMBER, image=image, n=found, revision=new_revision())):
        yield from changed("images", image_id)


def _preferred(detected: int, imported: int) -> int:
    return detected or imported
