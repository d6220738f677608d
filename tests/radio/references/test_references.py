"""Reference catalogues in the database, on every engine, sync and async."""

from __future__ import annotations

import random
from typing import Any

import pytest

from mustela.radio.references import repository
from mustela.radio.references.record import Reference, ReferenceCatalogue
from mustela.radio.references.repository import AsyncReferenceRepository, ReferenceRepository
from mustela.radio.sky.positions import separation
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
    monkeypatch.setattr(repository, "MOST_SOURCES", 5)
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
