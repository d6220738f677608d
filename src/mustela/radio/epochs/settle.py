"""Which images count, settled: versions, mosaics and the rule, down to the statistics of sources.

A unit for use inside of those that change what the rule looks at, in the same transaction. Keys
are the images' ``seq``. An image's versions, and what went into it if it is a mosaic, are settled
with it; the data of an image in a mosaic that counts, or in a mosaic in such a one, are counted
there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, exists, select, update

from mustela.radio.epochs.rule import ImageFacts, Version, current_of, decide
from mustela.radio.epochs.time import observed_mjd
from mustela.radio.rules.record import EpochRule, RadioRules
from mustela.radio.rules.repository import rules
from mustela.radio.schema import image_inputs, images, measurements
from mustela.radio.sources.measured import main_stokes
from mustela.radio.sources.statistics import recompute_soon
from mustela.radio.turns import take_turn
from mustela.store import Statement, Unit, changed, count, many, rows
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.kept_records import new_revision
from mustela.store.record import encode_keys, encode_texts

i, m = images.c, measurements.c

TOPIC = "images"
#: The role of an input whose data are in the image whole.
MOSAIC = "mosaic"

#: Columns of an image that the rule, or its measurements, look at; grades have a way of their own,
#: ``regraded``.
LOOKED_AT = frozenset(
    {
        "kind",
        "version_of",
        "version",
        "retired_at",
        "frequency_hz",
        "mid_mjd",
        "start_mjd",
        "end_mjd",
        "stokes",
    }
)


class _Image(NamedTuple):
    seq: int
    kind: str | None
    grade_given: str | None
    grade_computed: str | None
    retired_at: int | None
    version_of: str | None
    version: int | None
    frequency_hz: float | None
    mid_mjd: float | None
    start_mjd: float | None
    end_mjd: float | None
    stokes: str | None
    is_current: int
    counts: int
    why_not: str | None


_columns = [i[name] for name in _Image._fields]
_keys = bindparam("images", type_=Text())
_IMAGES = Statement(select(*_columns).where(in_json_numbers(i.seq, _keys)))
_VERSIONS = Statement(
    select(*_columns).where(in_json(i.version_of, bindparam("products", type_=Text())))
)
_into = select(image_inputs.c.image, image_inputs.c.input).where(
    image_inputs.c.role == MOSAIC, image_inputs.c.image != image_inputs.c.input
)
_INPUTS = Statement(_into.where(in_json_numbers(image_inputs.c.image, _keys)))
_MOSAICS = Statement(_into.where(in_json_numbers(image_inputs.c.input, _keys)))
_BY_ID = Statement(select(i.seq, i.version_of).where(in_json(i.id, bindparam("ids", type_=Text()))))
_SET = Statement(
    update(images)
    .where(i.seq == bindparam("image"))
    .values(
        is_current=bindparam("is_current"),
        counts=bindparam("counts"),
        why_not=bindparam("why_not"),
        revision=bindparam("revision"),
    )
)
_SET_FACTS = Statement(
    update(measurements)
    .where(
        m.image == bindparam("image"),
        m.band.is_distinct_from(bindparam("band"))
        | m.stokes.is_distinct_from(bindparam("stokes"))
        | m.frequency_hz.is_distinct_from(bindparam("frequency_hz"))
        | m.mid_mjd.is_distinct_from(bindparam("mid_mjd")),
    )
    .values(
        band=bindparam("band"),
        stokes=bindparam("stokes"),
        frequency_hz=bindparam("frequency_hz"),
        mid_mjd=bindparam("mid_mjd"),
    )
)
_MEASURED = Statement(
    select(i.seq)
    .where(in_json_numbers(i.seq, _keys), exists().where(m.image == i.seq))
    .order_by(i.seq)
)
_SOURCES_IN = Statement(
    select(m.source).distinct().where(in_json_numbers(m.image, _keys), m.source.is_not(None))
)
_UNASSOCIATED = Statement(
    update(measurements)
    .where(
        m.image == bindparam("image"),
        m.source.is_(None),
        m.why_not.is_distinct_from(bindparam("why_not")),
    )
    .values(why_not=bindparam("why_not"))
)


def settle_ids(ids: Iterable[str], products: Iterable[str] = ()) -> Unit[None]:
    """Settle images by their ids, and the versions of some products (``version_of``) besides."""
    found = yield from rows(_BY_ID, ids=encode_texts(ids))
    yield from settle([seq for seq, _ in found], products)


def keys_of(ids: Iterable[str]) -> Unit[list[int]]:
    """The keys of images, by their ids."""
    return [seq for seq, _ in (yield from rows(_BY_ID, ids=encode_texts(ids)))]


def products_of(ids: Iterable[str]) -> Unit[list[str]]:
    """The products that images, by their ids, are versions of."""
    found = yield from rows(_BY_ID, ids=encode_texts(ids))
    return sorted({product for _, product in found if product is not None})


def settle(seqs: Iterable[int], products: Iterable[str] = ()) -> Unit[set[int]]:
    """Decide again which of these images count, of their versions, and of what is in them; answers
    those of which the decision, or what their measurements have of them, is another."""
    touched = yield from decide_again(seqs, products)
    if touched:
        yield from recompute_soon((yield from sources_in(touched)))
    return touched


def sources_in(seqs: Iterable[int]) -> Unit[list[int]]:
    """The sources (keys) that have measurements in these images."""
    found = yield from rows(_SOURCES_IN, images=encode_keys(seqs))
    return sorted(source for (source,) in found)


def decide_again(seqs: Iterable[int], products: Iterable[str] = ()) -> Unit[set[int]]:
    """As :func:`settle`, without the statistics of sources: for who counts all again."""
    said = yield from rules()
    looked_at = yield from _versions(list(seqs), list(products))
    current = _current(looked_at.values())
    inputs = yield from _inputs(looked_at)
    looked_at.update(inputs)
    mosaics = yield from _mosaics(looked_at)
    deciding = _Deciding(said.epochs, looked_at, current, *mosaics)
    new = {seq: deciding.of(seq) for seq in looked_at}
    moved = [seq for seq, after in new.items() if after != _decided(looked_at[seq])]
    if moved:
        # Who says meanwhile that another image is in one of these must see it.
        yield from take_turn(TOPIC)
        yield from many(
            _SET,
            [{"image": seq, "revision": new_revision(), **new[seq]._asdict()} for seq in moved],
        )
        yield from changed(TOPIC)
    touched = set(moved)
    for (seq,) in (yield from rows(_MEASURED, images=encode_keys(looked_at))):
        if (yield from _copy_facts(looked_at[seq], said)):
            touched.add(seq)
        if seq in touched:
            reason = new[seq].why_not or "not_associated"
            yield from count(_UNASSOCIATED, image=seq, why_not=reason)
    return touched


class _Decided(NamedTuple):
    is_current: int
    counts: int
    why_not: str | None


def _decided(image: _Image) -> _Decided:
    return _Decided(image.is_current, image.counts, image.why_not)


class _Deciding:
    """Decisions from the mosaics down to what is in them."""

    def __init__(
        self,
        rule: EpochRule,
        looked_at: dict[int, _Image],
        current: dict[int, bool],
        into: dict[int, list[int]],
        above: dict[int, _Image],
    ) -> None:
        self._rule = rule
        self._looked_at = looked_at
        self._current = current
        self._into = into
        self._above = above
        self._known: dict[int, _Decided] = {}
        self._inside: dict[int, bool] = {}

    def of(self, seq: int) -> _Decided:
        if seq not in self._looked_at:
            return _decided(self._above[seq])
        if seq not in self._known:
            image = self._looked_at[seq]
            is_current = self._current.get(seq, bool(image.is_current))
            grade = image.grade_computed if image.grade_given is None else image.grade_given
            facts = ImageFacts(image.kind, grade, image.retired_at is not None, is_current)
            counts, why_not = decide(facts, self._rule, self._in_counting_mosaic(seq))
            self._known[seq] = _Decided(int(is_current), int(counts), why_not)
        return self._known[seq]

    def _in_counting_mosaic(self, seq: int) -> bool:
        if seq not in self._inside:
            self._inside[seq] = False  # should there be a circle
            self._inside[seq] = any(
                bool(self.of(mosaic).counts) or self._in_counting_mosaic(mosaic)
                for mosaic in self._into.get(seq, ())
            )
        return self._inside[seq]


def _versions(seqs: Sequence[int], products: Sequence[str]) -> Unit[dict[int, _Image]]:
    """These images, and all versions of their products and of those named."""
    found = yield from _read(_IMAGES, images=encode_keys(seqs))
    named = {image.version_of for image in found.values() if image.version_of is not None}
    named.update(products)
    if named:
        yield from take_turn(TOPIC)
        found.update((yield from _read(_VERSIONS, products=encode_texts(sorted(named)))))
    return found


def _current(found: Iterable[_Image]) -> dict[int, bool]:
    """Which are current; ``found`` has all versions of each product in it."""
    products: dict[str, list[Version]] = defaultdict(list)
    current: dict[int, bool] = {}
    for image in found:
        if image.version_of is None:
            current[image.seq] = True
        else:
            version = Version(image.seq, image.version, image.retired_at is not None)
            products[image.version_of].append(version)
    for versions in products.values():
        best = current_of(versions)
        current.update((version.seq, version.seq == best) for version in versions)
    return current


def _inputs(of: Collection[int]) -> Unit[dict[int, _Image]]:
    """What went into these images, and into that."""
    found: dict[int, _Image] = {}
    frontier = set(of)
    while frontier:
        edges = yield from rows(_INPUTS, images=encode_keys(sorted(frontier)))
        frontier = {input_ for _, input_ in edges} - set(of) - found.keys()
        if frontier:
            found.update((yield from _read(_IMAGES, images=encode_keys(sorted(frontier)))))
    return found


def _mosaics(of: Collection[int]) -> Unit[tuple[dict[int, list[int]], dict[int, _Image]]]:
    """What images went into, up to the top: mosaics by input, and those not in ``of``."""
    into: dict[int, list[int]] = defaultdict(list)
    seen = frontier = set(of)
    while frontier:
        edges = yield from rows(_MOSAICS, images=encode_keys(sorted(frontier)))
        for mosaic, input_ in edges:
            into[input_].append(mosaic)
        frontier = {mosaic for mosaic, _ in edges} - seen
        seen = seen | frontier
    beyond = seen - set(of)
    above = (yield from _read(_IMAGES, images=encode_keys(sorted(beyond)))) if beyond else {}
    return into, above


def _copy_facts(image: _Image, said: RadioRules) -> Unit[bool]:
    """An image's measurements have its frequency and time; answers whether some had others."""
    written = yield from count(
        _SET_FACTS,
        image=image.seq,
        band=said.band_of(image.frequency_hz),
        stokes=main_stokes(image.stokes),
        frequency_hz=image.frequency_hz,
        mid_mjd=observed_mjd(image.mid_mjd, image.start_mjd, image.end_mjd),
    )
    return written > 0


def _read(statement: Statement, **parameters: Any) -> Unit[dict[int, _Image]]:
    found = yield from rows(statement, **parameters)
    return {row[0]: _Image(*row) for row in found}


def blank(values: dict[str, Any], rule: EpochRule) -> dict[str, Any]:
    """The columns of a new image that has no other versions and is in no mosaic."""
    grade = values.get("grade_given") or values.get("grade_computed")
    retired = values.get("retired_at") is not None
    counts, why_not = decide(ImageFacts(values.get("kind"), grade, retired, True), rule, False)
    return {**values, "is_current": 1, "counts": int(counts), "why_not": why_not}
