"""Which images an image was made of, which were made of it, and its versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, bindparam, delete, exists, insert, or_, select

from mustela.radio.epochs.settle import MOSAIC, settle
from mustela.radio.images.left_inputs import forget_left_inputs
from mustela.radio.images.listing import CATALOGUE
from mustela.radio.images.record import Image
from mustela.radio.images.records import TOPIC
from mustela.radio.schema import image_inputs, images
from mustela.radio.turns import take_turn
from mustela.store import (
    Statement,
    Unit,
    audit,
    changed,
    count,
    current,
    many,
    one,
    read,
    rows,
    write,
)
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.errors import InvalidValue, NotFound
from mustela.store.record import encode_keys, encode_texts

i, n = images.c, image_inputs.c

_id = bindparam("id", type_=i.id.type)
_key = select(i.seq).where(i.id == _id).scalar_subquery()
_ITSELF = Statement(select(i.seq, i.version_of).where(i.id == _id))
_SEQS = Statement(select(i.id, i.seq).where(in_json(i.id, bindparam("ids", type_=Text()))))
_ORDER = (i.version.desc().nulls_last(), i.seq.desc())
_VERSIONS = Statement(CATALOGUE.base.where(i.version_of == bindparam("product")).order_by(*_ORDER))
_CHILDREN = Statement(
    CATALOGUE.base.where(
        or_(i.parent_id == _id, exists().where(n.image == i.seq, n.input == _key))
    ).order_by(i.created_at, i.id)
)
_INPUTS = Statement(
    CATALOGUE.base.where(exists().where(n.image == _key, n.input == i.seq)).order_by(
        i.mid_mjd.asc().nulls_last(), i.id
    )
)
_BEFORE = Statement(
    select(i.id, i.seq, n.role)
    .join(image_inputs, n.input == i.seq)
    .where(n.image == bindparam("image"))
    .order_by(i.id)
)
_CLEAR = Statement(
    delete(image_inputs).where(n.image == bindparam("image"), n.role == bindparam("role"))
)
_FORGET = Statement(
    delete(image_inputs).where(
        n.image == bindparam("image"), in_json_numbers(n.input, bindparam("keys", type_=Text()))
    )
)
_ADD = Statement(
    insert(image_inputs).values(
        image=bindparam("image"), input=bindparam("input"), role=bindparam("role")
    )
)
_BELOW = Statement(
    select(n.input).distinct().where(in_json_numbers(n.image, bindparam("keys", type_=Text())))
)


class LineageOperations:
    """The part of the repository of images that knows what came of what."""

    @read
    def versions(self, id: str) -> Unit[list[Image]]:
        """The versions of an image's product, the highest first; the image alone where nobody said
        of what it is a version. ``NotFound`` for an unknown image."""
        _, product = yield from _existing(id)
        if product is None:
            alone = yield from one(CATALOGUE.by_id, Image.from_row, id=id)
            return [] if alone is None else [alone]
        return Image.from_rows((yield from rows(_VERSIONS, product=product)))

    @read
    def children(self, id: str) -> Unit[list[Image]]:
        """The images that name this one as their parent or were made of it, oldest record first."""
        yield from _existing(id)
        return Image.from_rows((yield from rows(_CHILDREN, id=id)))

    @read
    def inputs(self, id: str) -> Unit[list[Image]]:
        """The images that an image was made of, by time of observation."""
        yield from _existing(id)
        return Image.from_rows((yield from rows(_INPUTS, id=id)))

    @write
    def set_inputs(self, id: str, input_ids: Sequence[str], role: str = MOSAIC) -> Unit[int]:
        """Say of which images an image was made, in place of what was said of this role before;
        answers how many. The data of an input in the role ``mosaic`` are in the image whole: it
        does not count while the image does.

        ``NotFound`` for an unknown image, ``InvalidValue`` where an image would be made of itself,
        at one remove or several.
        """
        if not role.strip():
            raise InvalidValue("say the role of the inputs")
        yield from take_turn(TOPIC)
        seq, _ = yield from _existing(id)
        wanted: dict[str, int] = dict(
            (yield from rows(_SEQS, ids=encode_texts(sorted(set(input_ids)))))
        )
        missing = set(input_ids) - wanted.keys()
        if missing:
            raise NotFound(f"there is no image {min(missing)}")
        yield from _refuse_circle(id, seq, sorted(wanted.values()))
        before = yield from rows(_BEFORE, image=seq)
        yield from count(_CLEAR, image=seq, role=role)
        yield from count(_FORGET, image=seq, keys=encode_keys(wanted.values()))
        yield from forget_left_inputs(id, role, wanted)
        new = [{"image": seq, "input": key, "role": role} for key in sorted(wanted.values())]
        yield from many(_ADD, new)
        yield from _note(id, before, wanted, role)
        yield from changed(TOPIC, id)
        yield from settle(sorted({key for _, key, _ in before} | set(wanted.values())))
        return len(new)


def _existing(id: str) -> Unit[tuple[int, str | None]]:
    found: list[tuple[Any, ...]] = yield from rows(_ITSELF, id=id)
    if not found:
        raise NotFound(f"there is no image {id}")
    seq, product = found[0]
    return seq, product


def _refuse_circle(id: str, seq: int, keys: list[int]) -> Unit[None]:
    seen: set[int] = set()
    below = set(keys)
    while below:
        if seq in below:
            raise InvalidValue(f"the image {id} would be made of itself")
        seen |= below
        found = yield from rows(_BELOW, keys=encode_keys(sorted(below)))
        below = {key for (key,) in found} - seen


def _note(
    id: str, before: Sequence[tuple[Any, ...]], wanted: dict[str, int], role: str
) -> Unit[None]:
    """The history shows it; it is said again rather than reverted."""
    old = {name: its_role for name, _, its_role in before}
    kept = {name: its_role for name, its_role in old.items() if its_role != role}
    new = kept | dict.fromkeys(sorted(wanted), role)
    if new != old:
        context = yield from current()
        yield from audit.record(context, TOPIC, id, "update", {"inputs": old}, {"inputs": new})
