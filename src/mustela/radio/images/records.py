"""The audited rows of images. What follows from a change of one is settled with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, bindparam, func, select

from mustela.files.catalogued import ItemRecords
from mustela.radio.epochs.settle import (
    LOOKED_AT,
    blank,
    keys_of,
    products_of,
    settle,
    settle_ids,
    sources_in,
)
from mustela.radio.grading.graded_records import GradedRecords, Regraded
from mustela.radio.images.left_inputs import disown_left_inputs, leave_inputs, rejoin_inputs
from mustela.radio.images.reach import reach_of
from mustela.radio.rules.repository import rules
from mustela.radio.schema import image_inputs, images, measurements
from mustela.radio.sky.healpix import cell_of
from mustela.radio.sources.left import (
    bring_back_measurements,
    disown_left_measurements,
    leave_measurements,
)
from mustela.radio.sources.removal import ALL_KINDS, note
from mustela.radio.sources.statistics import recompute_soon
from mustela.store import Statement, Unit, audit, rows
from mustela.store.bulk import BULK_LIMIT
from mustela.store.dialect_sql import in_json_numbers
from mustela.store.record import encode_keys

TOPIC = "images"

_keys = bindparam("images", type_=Text())
_BY_ID = Statement(select(images.c.seq, images.c.version_of).where(images.c.id == bindparam("id")))
_INPUTS = Statement(
    select(image_inputs.c.input).distinct().where(in_json_numbers(image_inputs.c.image, _keys))
)
_MEASURED = Statement(
    select(images.c.id, func.count())
    .join(measurements, measurements.c.image == images.c.seq)
    .where(in_json_numbers(images.c.seq, _keys))
    .group_by(images.c.id)
    .order_by(images.c.id)
)


class _Left(NamedTuple):
    """What is to be settled once some images are gone."""

    inputs: list[int]
    products: list[str]
    sources: list[int]


class ImageRecords(GradedRecords, ItemRecords):
    """The audited rows; where an image lies on the sky follows from its centre and radius.

    Whether it counts, and with it the statistics of sources, is settled in the transaction of
    every change: see :mod:`mustela.radio.epochs.settle`. An image takes its measurements with it.
    They come back with it, and so does what it was made of, and what was made of it.
    """

    def derive(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        derived = dict(super().derive(values))
        if "ra_deg" in values and "dec_deg" in values:
            ra, dec = values["ra_deg"], values["dec_deg"]
            derived["cell"] = None if ra is None or dec is None else cell_of(ra, dec)
        if "radius_deg" in values:
            derived["reach"] = reach_of(values["radius_deg"])
        return derived

    def regraded(self, changes: Mapping[int, Regraded]) -> Unit[None]:
        touched = yield from settle(changes)
        # It counts as before, but its sources' grades look at the failed ones.
        failing = [seq for seq, grades in changes.items() if "fail" in grades]
        others = [seq for seq in failing if seq not in touched]
        if others:
            yield from recompute_soon((yield from sources_in(others)))

    def insert(self, values: Mapping[str, Any]) -> Unit[dict[str, Any]]:
        (new,) = yield from _decided([values])
        row = yield from super().insert(new)
        yield from _disown([row["id"]])
        yield from _settle_versions([row])
        return row

    def _insert_all(
        self, many_values: Sequence[Mapping[str, Any]], action: audit.Action
    ) -> Unit[None]:
        new = yield from _decided(many_values)
        yield from super()._insert_all(new, action)
        yield from _settle_versions(new)
        ids = [str(values["id"]) for values in new]
        if action == "restore":
            yield from _bring_back(ids)
        else:
            yield from _disown(ids)

    def _write(self, id: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Unit[None]:
        yield from super()._write(id, before, after)
        if LOOKED_AT & after.keys():
            product = before.get("version_of")
            yield from settle_ids([id], [] if product is None else [product])

    def write_many(self, fields: Mapping[str, Mapping[str, Any]]) -> Unit[None]:
        names = next(iter(fields.values()), {}).keys()
        products = (yield from products_of(fields)) if "version_of" in names else []
        yield from super().write_many(fields)
        if LOOKED_AT & names:
            yield from settle_ids(fields, products)

    def update_where(
        self,
        condition: ColumnElement[bool],
        parameters: Mapping[str, Any],
        fields: Mapping[str, Any],
        *,
        computed: Mapping[str, ColumnElement[Any]] | None = None,
        limit: int = BULK_LIMIT,
    ) -> Unit[int]:
        found: Sequence[tuple[int, str | None]] = ()
        if LOOKED_AT & fields.keys():
            found = yield from rows(_chosen(condition), **parameters)
        done = yield from super().update_where(
            condition, parameters, fields, computed=computed, limit=limit
        )
        if found:
            products = {product for _, product in found if product is not None}
            yield from settle([seq for seq, _ in found], sorted(products))
        return done

    def delete(self, id: str) -> Unit[dict[str, Any] | None]:
        found = yield from rows(_BY_ID, id=id)
        left = yield from _leaving(found)
        deleted = yield from super().delete(id)
        yield from _settle_left(left)
        return deleted

    def delete_where(
        self, condition: ColumnElement[bool], parameters: Mapping[str, Any]
    ) -> Unit[int]:
        left = yield from _leaving((yield from rows(_chosen(condition), **parameters)))
        deleted = yield from super().delete_where(condition, parameters)
        yield from _settle_left(left)
        return deleted


def _chosen(condition: ColumnElement[bool]) -> Statement:
    return Statement(select(images.c.seq, images.c.version_of).where(condition))


def _decided(many_values: Sequence[Mapping[str, Any]]) -> Unit[list[dict[str, Any]]]:
    said = yield from rules()
    return [blank(dict(values), said.epochs) for values in many_values]


def _settle_versions(new: Iterable[Mapping[str, Any]]) -> Unit[None]:
    products = {values.get("version_of") for values in new} - {None}
    if products:
        yield from settle([], sorted(str(product) for product in products))


def _leaving(found: Sequence[tuple[int, str | None]]) -> Unit[_Left]:
    """Before images go; their measurements are noted in the audit."""
    keys = encode_keys(seq for seq, _ in found)
    for id, number in (yield from rows(_MEASURED, images=keys)):
        yield from note(id, "delete", ALL_KINDS, number)
    yield from leave_inputs(keys)
    yield from leave_measurements(keys)
    inputs = yield from rows(_INPUTS, images=keys)
    touched = yield from sources_in(seq for seq, _ in found)
    return _Left(
        [seq for (seq,) in inputs],
        sorted({product for _, product in found if product is not None}),
        touched,
    )


def _settle_left(left: _Left) -> Unit[None]:
    yield from recompute_soon(left.sources)
    if left.inputs or left.products:
        yield from settle(left.inputs, left.products)


def _disown(ids: Sequence[str]) -> Unit[None]:
    """Images that are new have nothing of deleted ones of the same ids."""
    yield from disown_left_inputs(ids)
    yield from disown_left_measurements(ids)


def _bring_back(ids: Sequence[str]) -> Unit[None]:
    """What there was of images that are back."""
    if (yield from rejoin_inputs(ids)):
        yield from settle_ids(ids)
    if (yield from bring_back_measurements(ids)):
        keys = yield from keys_of(ids)
        for id, number in (yield from rows(_MEASURED, images=encode_keys(keys))):
            yield from note(id, "restore", ALL_KINDS, number)
        # Bands may be others than they were.
        yield from settle(keys)
        yield from recompute_soon((yield from sources_in(keys)))


records = ImageRecords(images, TOPIC)
