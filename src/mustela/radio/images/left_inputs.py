"""What images were made of, while one of them is deleted: it is said again when that is undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Text, bindparam, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from mustela.radio.schema import image_inputs, image_inputs_left, images
from mustela.store import Statement, Unit, count
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.record import encode_texts

n, left = image_inputs.c, image_inputs_left.c
_image, _input = images.alias("image"), images.alias("input_image")

_keys = bindparam("keys", type_=Text())
_leave = insert(image_inputs_left).from_select(
    ["image_id", "input_id", "role"],
    select(_image.c.id, _input.c.id, n.role)
    .select_from(
        image_inputs.join(_image, _image.c.seq == n.image).join(_input, _input.c.seq == n.input)
    )
    .where(or_(in_json_numbers(n.image, _keys), in_json_numbers(n.input, _keys))),
)
_LEAVE = Statement(
    _leave.on_conflict_do_update(
        index_elements=["image_id", "input_id"], set_={"role": _leave.excluded.role}
    )
)
_ids = bindparam("ids", type_=Text())
_back = or_(in_json(left.image_id, _ids), in_json(left.input_id, _ids))
_REJOIN = Statement(
    insert(image_inputs)
    .from_select(
        ["image", "input", "role"],
        select(_image.c.seq, _input.c.seq, left.role)
        .select_from(
            image_inputs_left.join(_image, _image.c.id == left.image_id).join(
                _input, _input.c.id == left.input_id
            )
        )
        .where(_back),
    )
    .on_conflict_do_nothing()
)
_there = select(images.c.id)
_REJOINED = Statement(
    delete(image_inputs_left).where(_back, left.image_id.in_(_there), left.input_id.in_(_there))
)
_STRANGERS = Statement(delete(image_inputs_left).where(_back))
_FORGET = Statement(
    delete(image_inputs_left).where(
        left.image_id == bindparam("image_id"),
        or_(left.role == bindparam("role"), in_json(left.input_id, _ids)),
    )
)


def leave_inputs(keys: str) -> Unit[None]:
    """Before images are deleted (keys as a JSON array): keep what they were made of, and what was
    made of them."""
    yield from count(_LEAVE, keys=keys)


def rejoin_inputs(ids: Collection[str]) -> Unit[bool]:
    """After images came back: say it again where both are there; answers whether there was any."""
    texts = encode_texts(ids)
    rejoined = yield from count(_REJOIN, ids=texts)
    yield from count(_REJOINED, ids=texts)
    return rejoined > 0


def disown_left_inputs(ids: Iterable[str]) -> Unit[None]:
    """New images have these ids: nothing was said of them."""
    yield from count(_STRANGERS, ids=encode_texts(ids))


def forget_left_inputs(image_id: str, role: str, input_ids: Iterable[str]) -> Unit[None]:
    """Inputs in a role, and these in any, have been said anew."""
    yield from count(_FORGET, image_id=image_id, role=role, ids=encode_texts(input_ids))
