"""The measurements of deleted images, kept apart until that is undone: each unit a few statements,
however many there are.

What is kept are the measurements as they were, and of which source (its id). They come back with
the image: associated as they were, also where a source has been deleted since (it has them again
when it is back itself), and with the sources that only an association after the deletion removed,
because nothing was left of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Text, bindparam, case, delete, exists, func, insert, literal, select, update

from mustela.radio.schema import (
    images,
    measurements,
    measurements_left,
    source_tombstones,
    sources,
)
from mustela.radio.schema.left import FOLLOWS
from mustela.radio.sources.records import records
from mustela.radio.sources.statistics import TOPIC
from mustela.store import Statement, Unit, audit, count, rows
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.errors import AlreadyExists
from mustela.store.kept_records import new_revision
from mustela.store.record import encode_texts
from mustela.store.schema import audit as audit_table

m, left, i, s = measurements.c, measurements_left.c, images.c, sources.c

#: Sources that are brought back together.
_TOGETHER = 500

_SAME = [c.name for c in m if c.name not in FOLLOWS and c.name != "former_source"]
_keys = bindparam("keys", type_=Text())
_ids = bindparam("ids", type_=Text())

_FORGET_OLDER = Statement(
    delete(measurements_left).where(
        left.image_id.in_(select(i.id).where(in_json_numbers(i.seq, _keys)))
    )
)
_LEAVE = Statement(
    insert(measurements_left).from_select(
        ["image_id", "source_id", "former_source", *_SAME],
        select(i.id, s.id, m.former_source, *(m[name] for name in _SAME))
        .select_from(
            measurements.join(images, i.seq == m.image).outerjoin(sources, s.seq == m.source)
        )
        .where(in_json_numbers(m.image, _keys))
        .order_by(m.seq),
    )
)
_its_source = func.coalesce(left.source_id, left.former_source)
_of_images = in_json(left.image_id, _ids)
_LOST = Statement(
    select(_its_source)
    .distinct()
    .where(
        _of_images,
        _its_source.is_not(None),
        ~exists().where(s.id == _its_source),
        ~exists().where(source_tombstones.c.source_id == _its_source),
    )
    .order_by(_its_source)
)
_a = audit_table.c
_later = audit_table.alias("later")
_DELETED = Statement(
    select(_a.before)
    .where(
        _a.topic == bindparam("topic"),
        in_json(_a.record_id, _ids),
        _a.action == "delete",
        ~exists().where(
            _later.c.topic == _a.topic,
            _later.c.record_id == _a.record_id,
            _later.c.id > _a.id,
        ),
    )
    .order_by(_a.id)
)
_BRING_BACK = Statement(
    insert(measurements).from_select(
        ["image", "source", "former_source", "counts", "why_not", *_SAME],
        select(
            i.seq,
            s.seq,
            case((s.seq.is_(None), _its_source)),
            literal(0),
            func.coalesce(i.why_not, "not_associated"),
            *(left[name] for name in _SAME),
        )
        .select_from(
            measurements_left.join(images, i.id == left.image_id).outerjoin(
                sources, s.id == _its_source
            )
        )
        .where(_of_images)
        .order_by(left.seq),
    )
)
_now = measurements.alias("now")
_TAKEN = Statement(
    select(left.id, left.image_id, i.id)
    .select_from(
        measurements_left.join(_now, _now.c.id == left.id).join(images, i.seq == _now.c.image)
    )
    .where(_of_images)
    .order_by(left.seq)
    .limit(1)
)
_FORGET = Statement(delete(measurements_left).where(_of_images))
_UNKNOWN = Statement(
    update(images)
    .where(in_json(i.id, _ids), i.n_sources > 0, ~exists().where(m.image == i.seq))
    .values(n_sources=None, revision=bindparam("revision"))
)


def leave_measurements(keys: str) -> Unit[None]:
    """Before images go (a JSON array of keys): keep what was measured in them."""
    yield from count(_FORGET_OLDER, keys=keys)
    yield from count(_LEAVE, keys=keys)


def bring_back_measurements(ids: Collection[str]) -> Unit[int]:
    """After images came back, and their decisions are right: what was measured in them; answers how
    many there are. The statistics of sources are the caller's to settle.

    An image whose measurements are not there any more was not searched, as far as one knows.
    ``AlreadyExists`` where a measurement of another image has the id of one of these.
    """
    texts = encode_texts(ids)
    for id, image, other in (yield from rows(_TAKEN, ids=texts)):
        raise AlreadyExists(
            f"the measurement {id} of image {image} cannot come back: one of image {other} has its "
            "id; delete that one's measurements first"
        )
    yield from _bring_back_sources([id for (id,) in (yield from rows(_LOST, ids=texts))])
    number = yield from count(_BRING_BACK, ids=texts)
    yield from count(_FORGET, ids=texts)
    yield from count(_UNKNOWN, ids=texts, revision=new_revision())
    return number


def disown_left_measurements(ids: Collection[str]) -> Unit[None]:
    """New images have these ids: nothing was measured in them."""
    yield from count(_FORGET, ids=encode_texts(ids))


def _bring_back_sources(lost: Sequence[str]) -> Unit[None]:
    """Those of these sources that an association removed because nothing was left of them."""
    for part in _parts(lost):
        found = yield from rows(_DELETED, topic=TOPIC, ids=encode_texts(part))
        removed = [before for (text,) in found if (before := audit.decode(text)) is not None]
        yield from records.restore_many([row for row in removed if _was_orphan(row)])


def _was_orphan(row: dict[str, Any]) -> bool:
    return bool(row["made_by"] == "association" and row["n_measurements"] == 0)


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(ids), _TOGETHER):
        yield ids[at : at + _TOGETHER]
