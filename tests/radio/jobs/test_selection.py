"""Which images a stage takes, on every engine."""

from __future__ import annotations

from typing import Any

import pytest

from mustela.radio.images.record import Image
from mustela.radio.jobs.parameters import Selected
from mustela.radio.jobs.selection import AsyncStageRepository, StageOperations
from mustela.radio.sources.record import Measurement, Source
from mustela.store import SyncRepository
from mustela.store.testing import Harness

ALL = Selected()


class SyncStages(StageOperations, SyncRepository):
    """What the stages ask, for harnesses that wait."""


@pytest.fixture
def stages(radio_harness: Harness) -> Any:
    return radio_harness.bind(SyncStages, AsyncStageRepository)


def image(id: str, **fields: Any) -> Image:
    """An image of four square degrees about (10, 0)."""
    corners = (11.0, -1.0, 11.0, 1.0, 9.0, 1.0, 9.0, -1.0)
    place = {"ra_deg": 10.0, "dec_deg": 0.0, "radius_deg": 1.5, "footprint": corners}
    return Image(id=id, path=f"/archive/{id}.fits", **{"kind": "restored", **place, **fields})


def detection(ra: float, kind: str = "detected", **fields: Any) -> Measurement:
    return Measurement(kind=kind, ra_deg=ra, dec_deg=0.0, peak_jy=1.0, peak_error_jy=0.1, **fields)


async def ids(found: Any) -> list[str]:
    return [one.id for one in await found]


async def test_only_present_images_of_kinds_that_count_are_searched(
    stages: Any, images: Any
) -> None:
    for one in (image("a"), image("b", kind="mosaic"), image("c", kind="psf"), image("d")):
        await images.add(one)
    await images.retire("d", "wrong field")
    assert await ids(stages.to_find(ALL, "job", 0, 10)) == ["a", "b"]
    assert await ids(stages.to_find(Selected(ids=("b", "c")), "job", 0, 10)) == ["b"]
    assert await ids(stages.to_find(ALL, "job", 0, 1)) == ["a"]


async def test_searched_images_are_taken_again_when_asked_but_never_by_the_same_job(
    stages: Any, images: Any, sources: Any
) -> None:
    await images.add(image("a"))
    await images.add(image("b"))
    await sources.replace_measurements("a", ["detected"], [detection(10.0)], job_id="one")
    again = Selected(again=True)
    assert await ids(stages.to_find(ALL, "two", 0, 10)) == ["b"]
    assert await ids(stages.to_find(again, "two", 0, 10)) == ["a", "b"]
    assert await ids(stages.to_find(again, "one", 0, 10)) == ["b"]


async def test_images_are_associated_by_time_once(stages: Any, images: Any, sources: Any) -> None:
    for id, mjd in (("late", 60001.0), ("timeless", None), ("early", 60000.0)):
        await images.add(image(id, mid_mjd=mjd))
        await sources.add_measurements(id, [detection(10.0)])
    assert await ids(stages.to_associate(ALL)) == ["early", "late", "timeless"]
    source = await sources.add(Source(ra_deg=10.0, dec_deg=0.0))
    await sources.replace_measurements(
        "late", ["detected"], [detection(10.0)], source_ids=[source.id]
    )
    assert await ids(stages.to_associate(ALL)) == ["early", "timeless"]
    assert len(await ids(stages.to_associate(Selected(again=True)))) == 3


async def test_sources_in_the_footprint_without_a_detection_are_forced(
    stages: Any, images: Any, sources: Any
) -> None:
    await images.add(image("a", mid_mjd=60000.0))
    for id, ra in (("seen", 10.0), ("unseen", 9.5), ("corner", 11.2), ("far", 14.0)):
        await sources.add(Source(id=id, ra_deg=ra, dec_deg=0.0))
    await sources.add_measurements("a", [detection(10.0, id="m")], source_ids=["seen"])
    assert await ids(stages.forceable(ALL)) == ["a"]
    wanted = await stages.to_force("a", False)
    assert [one.id for one in wanted.places] == ["unseen"]
    assert [one.id for one in wanted.neighbours] == ["m"]


async def test_what_could_not_be_fitted_is_not_tried_again_until_there_is_a_new_source(
    stages: Any, images: Any, sources: Any
) -> None:
    await images.add(image("a", mid_mjd=60000.0))
    for id, ra in (("blank", 9.5), ("dim", 9.6)):
        await sources.add(Source(id=id, ra_deg=ra, dec_deg=0.0))
    assert len((await stages.to_force("a", False)).places) == 2
    fit = detection(9.6, "forced")
    await sources.replace_measurements("a", ["forced"], [fit], source_ids=["dim"])
    assert await stages.to_force("a", False) is None
    assert len((await stages.to_force("a", True)).places) == 2
    await sources.add(Source(id="new", ra_deg=9.7, dec_deg=0.0))
    assert len((await stages.to_force("a", False)).places) == 3


async def test_changes_since_a_time_are_paged(stages: Any, images: Any) -> None:
    for id in ("a", "b", "c"):
        await images.add(image(id))
    first = await stages.changed_since("images", None, 0, 0, 2)
    assert [id for _, id in first] == ["a", "b"]
    rest = await stages.changed_since("images", None, 0, first[-1][0], 2)
    assert [id for _, id in rest] == ["c"]
    assert await stages.changed_since("images", "elsewhere", 0, 0, 2) == []
    assert await stages.changed_since("sources", None, 2**60, 0, 2) == []
