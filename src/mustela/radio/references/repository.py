"""Reference catalogues in the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select

from mustela.radio.cones import cone, in_cone
from mustela.radio.references.record import (
    ROLES,
    NearReference,
    Reference,
    ReferenceCatalogue,
    ReferenceSource,
    Role,
)
from mustela.radio.schema import reference_sources
from mustela.radio.sky.healpix import cell_of
from mustela.radio.sky.positions import separation, wrapped
from mustela.store import (
    TEXT,
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    all,
    audit,
    changed,
    count,
    current,
    heavy_read,
    many,
    one,
    read,
    total,
    write,
)
from mustela.store.errors import InvalidValue
from mustela.store.record import check_plain

TOPIC = "reference_sources"
#: So many sources one catalogue may have: it is replaced in one transaction.
MOST_SOURCES = 500_000

c = reference_sources.c
_COLUMNS = (c.id, c.catalogue, c.role, c.name, c.ra_deg, c.dec_deg, c.flux_jy, c.frequency_hz)
_ADD = Statement(
    insert(reference_sources).values(
        {column.name: bindparam(column.name) for column in c if column.name != "seq"}
    )
)
_REMOVE = Statement(delete(reference_sources).where(c.catalogue == bindparam("name")))
_CATALOGUES = Statement(
    select(c.catalogue, c.role, func.count()).group_by(c.catalogue, c.role).order_by(c.catalogue)
)
_around = (
    select(*_COLUMNS)
    .where(in_cone(reference_sources)(bindparam("cone", type_=TEXT)))
    .limit(bindparam("most"))
)
_NEAR = Statement(_around)
_NEAR_OF = Statement(_around.where(c.role == bindparam("role")))
_LIST = Statement(
    select(*_COLUMNS)
    .where(c.catalogue == bindparam("name"), c.name > bindparam("after"))
    .order_by(c.name)
    .limit(bindparam("limit"))
)
_COUNT = Statement(select(func.count()).where(c.catalogue == bindparam("name")))
#: Sources that one cone answers.
MOST_NEAR = 10_000


class ReferenceOperations:
    """What can be done with reference catalogues."""

    @write
    def replace(self, catalogue: str, role: Role, sources: Sequence[Reference]) -> Unit[int]:
        """Put a catalogue in the place of the one of this name, if there is one; answers its size.

        All or nothing: whoever looks meanwhile sees the old one. ``InvalidValue`` where the
        catalogue has more than 500,000 sources, two of the same name, or one without a place on
        the sky.
        """
        new = yield from _rows(catalogue, role, sources)
        before = yield from count(_REMOVE, name=catalogue)
        yield from many(_ADD, new)
        context = yield from current()
        summary = {"role": role, "n_sources": len(new)}
        yield from audit.record(
            context,
            TOPIC,
            catalogue,
            "update" if before else "insert",
            {"n_sources": before} if before else None,
            summary,
        )
        yield from changed(TOPIC, catalogue, delta=len(new) - before)
        return len(new)

    @write
    def remove(self, catalogue: str) -> Unit[int]:
        """Remove a catalogue; answers how many sources it had."""
        before = yield from count(_REMOVE, name=catalogue)
        if before:
            context = yield from current()
            size = {"n_sources": before}
            yield from audit.record(context, TOPIC, catalogue, "delete", size)
            yield from changed(TOPIC, catalogue, delta=-before)
        return before

    @read
    def catalogues(self) -> Unit[list[ReferenceCatalogue]]:
        """The catalogues that are loaded, by name."""
        return (yield from all(_CATALOGUES, ReferenceCatalogue))

    @read
    def count(self, catalogue: str | None = None) -> Unit[int]:
        """How many sources there are, of all catalogues or of one."""
        if catalogue is None:
            return (yield from total(TOPIC))
        return (yield from one(_COUNT, int, name=catalogue)) or 0

    @read
    def list_sources(
        self, catalogue: str, limit: int = 100, *, after: str = ""
    ) -> Unit[list[ReferenceSource]]:
        """The sources of a catalogue by name, those after a name."""
        return (yield from all(_LIST, ReferenceSource, name=catalogue, after=after, limit=limit))

    @heavy_read
    def near(
        self, ra_deg: float, dec_deg: float, radius_deg: float, role: Role | None = None
    ) -> Unit[list[NearReference]]:
        """Sources within a radius of a position (degrees, ICRS), the nearest first.

        ``InvalidValue`` where there are more than 10,000.
        """
        return (yield from near(ra_deg, dec_deg, radius_deg, role))


class ReferenceRepository(ReferenceOperations, SyncRepository):
    """Reference catalogues, for code that waits."""


class AsyncReferenceRepository(ReferenceOperations, AsyncRepository):
    """Reference catalogues, for an event loop."""


def near(
    ra_deg: float, dec_deg: float, radius_deg: float, role: Role | None
) -> Unit[list[NearReference]]:
    """See :meth:`ReferenceOperations.near`; for use inside of units."""
    if role is not None and role not in ROLES:
        raise InvalidValue(f"{role!r} is no role of a catalogue; use {' or '.join(ROLES)}")
    around = cone((ra_deg, dec_deg, radius_deg))
    parameters = {"cone": around, "most": MOST_NEAR + 1}
    if role is None:
        found = yield from all(_NEAR, ReferenceSource, **parameters)
    else:
        found = yield from all(_NEAR_OF, ReferenceSource, **parameters, role=role)
    if len(found) > MOST_NEAR:
        raise InvalidValue(f"there are more than {MOST_NEAR:,} sources; ask for a smaller radius")
    by_distance = [
        NearReference(source, separation(ra_deg, dec_deg, source.ra_deg, source.dec_deg))
        for source in found
    ]
    return sorted(by_distance, key=lambda one: (one.separation_deg, one.source.id))


def _rows(catalogue: str, role: Role, sources: Sequence[Reference]) -> Unit[list[dict[str, Any]]]:
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
    context = yield from current()
    new: dict[str, dict[str, Any]] = {}
    for source in sources:
        if source.name in new:
            raise InvalidValue(f"the catalogue has two sources named {source.name!r}")
        new[source.name] = _row(source, catalogue, role, context.new_id(), context.now)
    return list(new.values())


def _row(source: Reference, catalogue: str, role: Role, id: str, now: int) -> dict[str, Any]:
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
    ra = wrapped(source.ra_deg)
    return {
        "id": id,
        "catalogue": catalogue,
        "role": role,
        "name": source.name,
        "ra_deg": ra,
        "dec_deg": source.dec_deg,
        "flux_jy": source.flux_jy,
        "frequency_hz": source.frequency_hz,
        "cell": cell_of(ra, source.dec_deg),
        "created_at": now,
    }
