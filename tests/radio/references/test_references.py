"""Reference catalogues in the database, on every engine, sync and async."""

from __future__ import annotations

import random
from typing import Any

import pytest

from mustela.radio.references import loading, repository
from mustela.radio.references.record import Reference, ReferenceCatalogue
from mustela.radio.references.repository import AsyncReferenceRepository, ReferenceRepository
from mustela.radio.sky.positions import separation
from mustela.radio.sources.procedure import run_async
from mustela.store.errors import InvalidValue
from mustela.store.events import AsyncEventRepository, EventRepository
from mustela.store.testing import Harness


@pytest.fixture
def references(radio_harness: Harness) -> Any:
    return radio_harness.bind(ReferenceRepository, AsyncReferenceRepository)


def everywhere(size: int, seed: int) -> list[Reference]:
    random.seed(seed)
    return [
        Reference(f"s{n:04d}", random.uniform(0, 360), random.uniform(-90, 90), n / 10)
        for n in range(size)
    ]


async def test_a_catalogue_takes_the_place_of_the_one_of_its_name(
    references: Any, radio_harness: Harness
) -> None:
    events = radio_harness.bind(EventRepository, AsyncEventRepository)
    assert await references.replace("vla", "calibrator", everywhere(30, 1)) == 30
    assert await references.replace("icrf", "astrometry", everywhere(5, 2)) == 5
    assert await references.catalogues() == [
        ReferenceCatalogue("icrf", "astrometry", 5),
        ReferenceCatalogue("vla", "calibrator", 30),
    ]
    newest = (await events.window()).newest
    assert await references.replace("vla", "calibrator", [Reference("3C48", 24.42, 33.16)]) == 1
    assert [event.key for event in (await events.after(newest, 9)).events] == ["vla"]
    (only,) = await references.list_sources("vla")
    assert (only.name, only.role, only.flux_jy) == ("3C48", "calibrator", None)
    assert await references.count() == 6
    assert await references.count("icrf") == 5
    assert await references.remove("vla") == 1
    assert await references.remove("vla") == 0
    assert await references.count() == 5


class Stopped(Exception):
    """As if the program had been killed."""


class Watched:
    """A repository whose units somebody else looks between, until it stops before one of them."""

    def __init__(self, repository: Any, stop_before: str = "", before: Any = None) -> None:
        self.repository, self.stop_before, self.before = repository, stop_before, before
        self.units: list[str] = []

    def __getattr__(self, name: str) -> Any:
        async def operation(*arguments: Any) -> Any:
            if name == self.stop_before:
                raise Stopped
            if self.before is not None:
                await self.before(name)
            self.units.append(name)
            return await getattr(self.repository, name)(*arguments)

        return operation


async def test_a_catalogue_is_loaded_in_small_units_and_seen_whole(
    references: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PART", 4)
    await references.replace("vla", "calibrator", everywhere(9, 1))
    seen: list[int] = []

    async def look(_: str) -> None:
        found = await references.near(0.0, 0.0, 180.0)
        listed = await references.list_sources("vla")
        assert len(found) == len(listed) == await references.count("vla")
        assert await references.count() == len(found)
        seen.append(len(found))

    watched = Watched(references, before=look)
    new = everywhere(6, 2)
    assert await run_async(loading.replaced("vla", "calibrator", new), watched) == 6
    assert watched.units.count("load_some") == 2
    assert watched.units.count("clear_some") == 3
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {9, 6}


async def test_what_a_killed_program_has_loaded_is_never_seen_and_goes(
    references: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PART", 4)
    await references.replace("vla", "calibrator", everywhere(3, 1))
    for step in ("load_some", "put_in_place", "clear_some"):
        killed = Watched(references, stop_before=step)
        with pytest.raises(Stopped):
            await run_async(loading.replaced("vla", "astrometry", everywhere(9, 2)), killed)
    assert await references.catalogues() == [ReferenceCatalogue("vla", "calibrator", 3)]
    assert await references.count() == len(await references.near(0.0, 0.0, 180.0)) == 3
    assert len(await references.not_in_place("vla")) == 1
    assert await references.remove("vla") == 3
    assert await references.not_in_place("vla") == []
    assert await references.near(0.0, 0.0, 180.0) == []


@pytest.mark.parametrize("size", [3, 0])
async def test_of_two_who_load_one_name_the_other_is_told(references: Any, size: int) -> None:
    async def interfere(name: str) -> None:
        if name == "put_in_place":
            await references.replace("vla", "calibrator", everywhere(2, 1))

    late = Watched(references, before=interfere)
    with pytest.raises(loading.CatalogueReplaced):
        await run_async(loading.replaced("vla", "calibrator", everywhere(size, 2)), late)
    assert await references.count("vla") == await references.count() == 2


async def test_sources_of_a_catalogue_are_listed_by_name(references: Any) -> None:
    await references.replace("all", "calibrator", everywhere(7, 3))
    first = await references.list_sources("all", 4)
    assert [source.name for source in first] == ["s0000", "s0001", "s0002", "s0003"]
    rest = await references.list_sources("all", 4, after=first[-1].name)
    assert [source.name for source in rest] == ["s0004", "s0005", "s0006"]
    assert rest[0].flux_jy == 0.4


async def test_sources_near_a_position_come_by_distance(references: Any) -> None:
    sources = everywhere(200, 4)
    await references.replace("all", "calibrator", sources)
    await references.replace("other", "astrometry", [Reference("there", 0.0, 0.0)])
    for ra, dec, radius in ((0.0, 0.0, 40.0), (123.0, 89.0, 20.0), (359.9, -60.0, 30.0)):
        wanted = {s.name for s in sources if separation(ra, dec, s.ra_deg, s.dec_deg) <= radius}
        found = await references.near(ra, dec, radius, "calibrator")
        assert {near.source.name for near in found} == wanted
        distances = [near.separation_deg for near in found]
        assert distances == sorted(distances)
    assert [near.source.name for near in await references.near(0.0, 0.0, 0.0)] == ["there"]
    assert await references.near(0.0, 0.0, 0.0, "calibrator") == []


async def test_what_is_no_catalogue_is_refused_and_the_old_one_stays(
    references: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MOST_SOURCES", 5)
    monkeypatch.setattr(repository, "MOST_NEAR", 2)
    await references.replace("all", "calibrator", everywhere(3, 5))
    fine = Reference("a", 1.0, 1.0)
    for wrong, message in (
        ([fine, fine], "two sources named 'a'"),
        ([Reference("a", 1.0, 91.0)], "is no position"),
        ([Reference("a", float("nan"), 1.0)], "finite"),
        ([fine] * 6, "6 sources are more than 5: cut"),
    ):
        with pytest.raises(InvalidValue, match=message):
            await references.replace("all", "calibrator", wrong)
    for name, role, message in (
        ("all", "nonsense", "use calibrator or astrometry"),
        (" ", "calibrator", "needs a name"),
    ):
        with pytest.raises(InvalidValue, match=message):
            await references.replace(name, role, [fine])
    with pytest.raises(InvalidValue, match="no role"):
        await references.near(0.0, 0.0, 1.0, "nonsense")
    with pytest.raises(InvalidValue, match="more than 2 sources"):
        await references.near(0.0, 0.0, 180.0)
    assert await references.count("all") == 3
