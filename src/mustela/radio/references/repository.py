"""Reference catalogues in the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from mustela.radio.cones import cone, in_cone
from mustela.radio.references.loading import TOPIC, LoadingOperations, removed, replaced
from mustela.radio.references.record import (
    ROLES,
    NearReference,
    Reference,
    ReferenceCatalogue,
    ReferenceSource,
    Role,
)
from mustela.radio.schema import reference_catalogues, reference_sources
from mustela.radio.sky.positions import separation
from mustela.radio.sources.procedure import run, run_async
from mustela.store import (
    TEXT,
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    all,
    heavy_read,
    one,
    read,
    total,
)
from mustela.store.errors import InvalidValue

c, k = reference_sources.c, reference_catalogues.c
_in_place = reference_sources.join(reference_catalogues, k.label == c.catalogue)
_sources = (
    select(c.id, k.name, c.role, c.name, c.ra_deg, c.dec_deg, c.flux_jy, c.frequency_hz)
    .select_from(_in_place)
    .where(k.current == 1)
)
_CATALOGUES = Statement(select(k.name, k.role, k.n_sources).where(k.current == 1).order_by(k.name))
_around = _sources.where(in_cone(reference_sources)(bindparam("cone", type_=TEXT))).limit(
    bindparam("most")
)
_NEAR = Statement(_around)
_NEAR_OF = Statement(_around.where(c.role == bindparam("role")))
_LIST = Statement(
    _sources.where(k.name == bindparam("name"), c.name > bindparam("after"))
    .order_by(c.name)
    .limit(bindparam("limit"))
)
_COUNT = Statement(select(k.n_sources).where(k.name == bindparam("name"), k.current == 1))
#: Sources that one cone answers.
MOST_NEAR = 10_000


class ReferenceOperations(LoadingOperations):
    """What can be done with reference catalogues."""

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

    def replace(self, catalogue: str, role: Role, sources: Sequence[Reference]) -> int:
        """See :func:`~mustela.radio.references.loading.replaced`."""
        return run(replaced(catalogue, role, sources), self)

    def remove(self, catalogue: str) -> int:
        """See :func:`~mustela.radio.references.loading.removed`."""
        return run(removed(catalogue), self)


class AsyncReferenceRepository(ReferenceOperations, AsyncRepository):
    """Reference catalogues, for an event loop."""

    async def replace(self, catalogue: str, role: Role, sources: Sequence[Reference]) -> int:
        """See :func:`~mustela.radio.references.loading.replaced`."""
        return await run_async(replaced(catalogue, role, sources), self)

    async def remove(self, catalogue: str) -> int:
        """See :func:`~mustela.radio.references.loading.removed`."""
        return await run_async(removed(catalogue), self)


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
