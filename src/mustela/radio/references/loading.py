"""Putting a reference catalogue in the place of another: all or nothing, and nobody waits for it.

The sources are written under a label of their own, some hundreds in each unit. One small unit then
says that this is the catalogue of that name, and the sources of the old one go as they came. What a
program that was killed has left goes when a catalogue of that name is loaded again, or removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from mustela.radio.references.record import ROLES, Reference, Role
from mustela.radio.schema import reference_catalogues, reference_sources
from mustela.radio.sky.healpix import cell_of
from mustela.radio.sky.positions import wrapped
from mustela.radio.sources.procedure import Procedure, call
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
from mustela.store.errors import Conflict, InvalidValue
from mustela.store.record import check_plain

TOPIC = "reference_sources"
#: So many sources one catalogue may have.
MOST_SOURCES = 500_000
#: Sources of one unit.
PART = 500

c, k = reference_sources.c, reference_catalogues.c

_NEW = Statement(
    insert(reference_catalogues).values(
        {column.name: bindparam(column.name) for column in reference_catalogues.c}
    )
)
_ADD = Statement(
    insert(reference_sources).values(
        {column.name: bindparam(column.name) for column in c if column.name != "seq"}
    )
)
_LOADED = Statement(select(func.count()).where(c.catalogue == bindparam("label")))
_IS_THERE = Statement(select(k.label).where(k.label == bindparam("label")))
_CURRENT = Statement(
    select(k.label, k.n_sources).where(k.name == bindparam("name"), k.current == 1)
)
_OUT_OF_PLACE = Statement(
    update(reference_catalogues).where(k.label == bindparam("of")).values(current=0)
)
_IN_PLACE = Statement(
    update(reference_catalogues).where(k.label == bindparam("of")).values(current=1)
)
_NOT_CURRENT = Statement(select(k.label).where(k.name == bindparam("name"), k.current == 0))
_some = select(c.seq).where(c.catalogue == bindparam("label")).limit(bindparam("most"))
_CLEAR = Statement(delete(reference_sources).where(c.seq.in_(_some)))
_FORGET = Statement(delete(reference_catalogues).where(k.label == bindparam("label")))


class CatalogueReplaced(Conflict):
    """Somebody else loads a catalogue of this name at the same time; load it again."""

    code = "catalogue_replaced"


class LoadingOperations:
    """The units that a catalogue is loaded in. See :func:`replaced`."""

    @write
    def begin_catalogue(self, name: str, role: Role, n_sources: int) -> Unit[str]:
        """A label for the sources of a catalogue that is to be loaded."""
        label = (yield from current()).new_id()
        yield from count(_NEW, label=label, name=name, role=role, n_sources=n_sources, current=0)
        return label

    @write
    def load_some(self, label: str, role: Role, sources: Sequence[Reference]) -> Unit[None]:
        """Write some sources of a catalogue that is being loaded."""
        if (yield from one(_IS_THERE, str, label=label)) is None:
            raise CatalogueReplaced
        context = yield from current()
        yield from many(
            _ADD, [_row(one, label, role, context.new_id(), context.now) for one in sources]
        )

    @write
    def put_in_place(self, name: str, role: Role, label: str, n_sources: int) -> Unit[None]:
        """This is the catalogue of that name now."""
        if (yield from one(_LOADED, int, label=label)) != n_sources:
            raise CatalogueReplaced
        before = yield from rows(_CURRENT, name=name)
        for old, _ in before:
            yield from count(_OUT_OF_PLACE, of=old)
        if not (yield from count(_IN_PLACE, of=label)):
            raise CatalogueReplaced  # one without sources, which somebody else cleared
        size = sum(number for _, number in before)
        context = yield from current()
        yield from audit.record(
            context,
            TOPIC,
            name,
            "update" if before else "insert",
            {"n_sources": size} if before else None,
            {"role": role, "n_sources": n_sources},
        )
        yield from changed(TOPIC, name, delta=n_sources - size)

    @write
    def take_out_of_place(self, name: str) -> Unit[int]:
        """There is no catalogue of that name any more; answers how many sources it had."""
        before = yield from rows(_CURRENT, name=name)
        for label, size in before:
            yield from count(_OUT_OF_PLACE, of=label)
            context = yield from current()
            yield from audit.record(context, TOPIC, name, "delete", {"n_sources": size})
            yield from changed(TOPIC, name, delta=-size)
        return sum(size for _, size in before)

    @read
    def not_in_place(self, name: str) -> Unit[list[str]]:
        """Labels under which sources of that name were loaded, but for the one in place."""
        return [label for (label,) in (yield from rows(_NOT_CURRENT, name=name))]

    @write
    def clear_some(self, label: str) -> Unit[bool]:
        """Delete some sources of a label, which is not in place; whether there may be more."""
        if (yield from count(_CLEAR, label=label, most=PART)) == PART:
            return True
        yield from count(_FORGET, label=label)
        return False


def replaced(catalogue: str, role: Role, sources: Sequence[Reference]) -> Procedure[int]:
    """Put a catalogue in the place of the one of this name, if there is one; answers its size.

    All or nothing: whoever looks meanwhile sees the old one. ``InvalidValue`` where the catalogue
    has more than 500,000 sources, two of the same name, or one without a place on the sky;
    ``CatalogueReplaced`` where somebody else loads one of that name.
    """
    _check(catalogue, role, sources)
    yield from _cleared(catalogue)
    label: str = yield call("begin_catalogue", catalogue, role, len(sources))
    for at in range(0, len(sources), PART):
        yield call("load_some", label, role, sources[at : at + PART])
    yield call("put_in_place", catalogue, role, label, len(sources))
    yield from _cleared(catalogue)
    return len(sources)


def removed(catalogue: str) -> Procedure[int]:
    """Remove a catalogue; answers how many sources it had."""
    size: int = yield call("take_out_of_place", catalogue)
    yield from _cleared(catalogue)
    return size


def _cleared(catalogue: str) -> Procedure[None]:
    for label in (yield call("not_in_place", catalogue)):
        while (yield call("clear_some", label)):
            pass


def _check(catalogue: str, role: Role, sources: Sequence[Reference]) -> None:
    if not catalogue.strip():
        raise InvalidValue("a catalogue needs a name")
    check_plain("catalogue", catalogue, (str,))
    if role not in ROLES:
        raise InvalidValue(f"{role!r} is no role of a catalogue; use {' or '.join(ROLES)}")
    if len(sources) > MOST_SOURCES:
        raise InvalidValue(
            f"{len(sources):,} sources are more than {MOST_SOURCES:,}: cut the catalogue to the "
            "sky and the flux densities of your images, or load it as several"
        )
    names: set[str] = set()
    for source in sources:
        if source.name in names:
            raise InvalidValue(f"the catalogue has two sources named {source.name!r}")
        names.add(source.name)
        _check_source(source)


def _check_source(source: Reference) -> None:
    check_plain("name", source.name, (str,))
    numbers = (source.ra_deg, source.dec_deg, source.flux_jy, source.frequency_hz)
    for name, number in zip(("ra_deg", "dec_deg", "flux_jy", "frequency_hz"), numbers, strict=True):
        if number is not None:
            check_plain(name, number, (float, int))
    if not (-360 <= source.ra_deg <= 360 and -90 <= source.dec_deg <= 90):
        raise InvalidValue(
            f"{source.name}: {source.ra_deg}, {source.dec_deg} is no position: give right "
            "ascension (0 to 360) and declination (-90 to 90) in degrees, ICRS"
        )


def _row(source: Reference, label: str, role: Role, id: str, now: int) -> dict[str, Any]:
    ra = wrapped(source.ra_deg)
    return {
        "id": id,
        "catalogue": label,
        "role": role,
        "name": source.name,
        "ra_deg": ra,
        "dec_deg": source.dec_deg,
        "flux_jy": source.flux_jy,
        "frequency_hz": source.frequency_hz,
        "cell": cell_of(ra, source.dec_deg),
        "created_at": now,
    }
