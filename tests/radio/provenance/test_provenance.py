"""Where radio products come from and what came of them, on every engine, sync and async."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, update

from mustela.files.schema import files_metadata
from mustela.jobs.external_operations import new_run
from mustela.jobs.operations import AsyncJobRepository, JobRepository
from mustela.jobs.provenance import MadeRecord, RelatedJob
from mustela.jobs.schema import jobs_metadata
from mustela.radio.cal.record import CalibrationTable
from mustela.radio.images.record import Image
from mustela.radio.matching.repository import AsyncMatchingRepository, MatchingRepository
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.provenance.lag import quantile
from mustela.radio.provenance.made_by import made_by, made_of_each
from mustela.radio.provenance.record import NamedProduct
from mustela.radio.provenance.repository import (
    AsyncRadioProvenanceRepository,
    RadioProvenanceRepository,
)
from mustela.radio.schema import image_inputs, radio_metadata
from mustela.radio.schema import images as images_table
from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    count,
    read,
    to_microseconds,
    write,
)
from mustela.store.errors import InvalidValue
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.radio.rows_by_hand import AsyncRowRepository, RowRepository


class HandOperations:
    """What other parts of the collection write, by hand."""

    @write
    def went_into(self, input_id: str, image_id: str, role: str) -> Unit[None]:
        seq = select(images_table.c.seq)
        put = insert(image_inputs).values(
            image=seq.where(images_table.c.id == bindparam("image_id")).scalar_subquery(),
            input=seq.where(images_table.c.id == bindparam("input_id")).scalar_subquery(),
            role=bindparam("role"),
        )
        yield from count(Statement(put), image_id=image_id, input_id=input_id, role=role)

    @write
    def created(self, id: str, at: int) -> Unit[None]:
        c = images_table.c
        put = update(images_table).values(created_at=bindparam("at")).where(c.id == bindparam("of"))
        yield from count(Statement(put), of=id, at=at)

    @read
    def made_by(self, job_id: str, limit: int) -> Unit[Any]:
        return (yield from made_by(job_id, limit))

    @read
    def made_of_each(self, job_id: str, limit: int) -> Unit[Any]:
        return (yield from made_of_each(job_id, limit))


class HandRepository(HandOperations, SyncRepository):
    """For code that waits."""


class AsyncHandRepository(HandOperations, AsyncRepository):
    """For an event loop."""


@pytest.fixture
async def radio_harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine((jobs_metadata, files_metadata, radio_metadata)) as harness:
        yield harness


@pytest.fixture
def provenance(radio_harness: Harness) -> Any:
    return radio_harness.bind(RadioProvenanceRepository, AsyncRadioProvenanceRepository)


@pytest.fixture
def hand(radio_harness: Harness) -> Any:
    return radio_harness.bind(HandRepository, AsyncHandRepository)


@pytest.fixture
async def archive(
    images: Any,
    measurement_sets: Any,
    calibration_tables: Any,
    hand: Any,
    radio_harness: Harness,
) -> None:
    """One observation: calibrated, imaged twice by a run, put into a mosaic."""
    jobs = radio_harness.bind(JobRepository, AsyncJobRepository)
    await jobs.open_run(
        new_run("imaging", {"robust": -0.5}, id="run", inputs=["/a.ms"], software_version="w 3")
    )
    await measurement_sets.add(MeasurementSet(id="ms", path="/a.ms", job_id="gone"))
    await calibration_tables.add(CalibrationTable(id="cal", path="/a.B0", job_id="run"))
    matching = radio_harness.bind(MatchingRepository, AsyncMatchingRepository)
    await matching.record_calibration("ms", "cal", applied=True)
    of: dict[str, Any] = {
        "ms_id": "ms",
        "calibration_id": "cal",
        "version_of": "a",
        "job_id": "run",
    }
    await images.add_many(
        [
            Image(id="v1", path="/a1.fits", version=1, kind="restored", **of),
            Image(id="v2", path="/a2.fits", version=2, parent_id="v1", **of),
            Image(id="residual", path="/a2r.fits", parent_id="v2"),
            Image(id="mosaic", path="/m.fits", kind="mosaic"),
            Image(id="lost", path="/l.fits", ms_id="nobody", parent_id="nothing"),
        ]
    )
    await hand.went_into("v2", "mosaic", "mosaic")


def ids(found: Any) -> list[str]:
    return [one.id for one in found]


@pytest.mark.usefixtures("archive")
async def test_an_image_says_where_it_comes_from_and_what_came_of_it(provenance: Any) -> None:
    found = await provenance.image_provenance("v2")
    assert (found.image.id, found.image.path, found.image.version) == ("v2", "/a2.fits", 2)
    assert found.ms == NamedProduct("ms", "/a.ms", None, "gone")
    assert found.calibration == NamedProduct("cal", "/a.B0", None, "run")
    assert [(m.calibration_id, m.how, m.applied) for m in found.calibration_of_ms] == [
        ("cal", "recorded", True)
    ]
    assert found.parent == NamedProduct("v1", "/a1.fits", None, "run")
    assert ids(found.children) == ["residual"]
    assert ids(found.versions) == ["v1", "v2"]
    assert [(image.id, image.role) for image in found.used_in] == [("mosaic", "mosaic")]
    assert (found.inputs, found.cut) == ([], ())
    assert found.job.type == "imaging"
    assert (found.job.parameters, found.job.inputs) == ({"robust": -0.5}, ("/a.ms",))
    assert found.job.software_version == "w 3"
    mosaic = await provenance.image_provenance("mosaic")
    assert [(image.id, image.role) for image in mosaic.inputs] == [("v2", "mosaic")]
    assert (mosaic.ms, mosaic.calibration, mosaic.parent, mosaic.job) == (None,) * 4
    assert ids(mosaic.versions) == ["mosaic"]


@pytest.mark.usefixtures("archive")
async def test_what_is_named_but_not_catalogued_is_named(provenance: Any) -> None:
    found = await provenance.image_provenance("lost")
    assert found.ms == NamedProduct("nobody")
    assert found.parent == NamedProduct("nothing")
    assert found.calibration_of_ms == []
    assert await provenance.image_provenance("nobody") is None
    assert await provenance.ms_provenance("nobody") is None
    assert await provenance.calibration_provenance("nobody") is None


@pytest.mark.usefixtures("archive")
async def test_visibilities_say_what_was_made_of_them(provenance: Any) -> None:
    ms = await provenance.ms_provenance("ms")
    assert ms.product == NamedProduct("ms", "/a.ms", None, "gone")
    assert ids(ms.images) == ["v2", "v1"]
    assert [match.calibration_id for match in ms.matches] == ["cal"]
    assert ms.job is None  # it is not known any more
    assert ms.jobs == [RelatedJob("run", "imaging", "running")]
    cal = await provenance.calibration_provenance("cal")
    assert [match.ms_id for match in cal.matches] == ["ms"]
    assert ids(cal.images) == ["v2", "v1"]
    assert cal.job.job_id == "run"


@pytest.mark.usefixtures("archive")
async def test_long_lists_are_cut_and_say_so(provenance: Any, images: Any) -> None:
    await images.add_many([Image(id=f"c{n}", path=f"/c{n}", parent_id="v2") for n in range(3)])
    found = await provenance.image_provenance("v2", limit=1)
    assert ids(found.children) == ["residual"]
    assert found.cut == ("children", "versions")
    assert (await provenance.ms_provenance("ms", limit=1)).cut == ("images",)
    for limit in (0, 1001):
        with pytest.raises(InvalidValue, match="limit"):
            await provenance.image_provenance("v2", limit=limit)


@pytest.mark.usefixtures("archive")
async def test_a_job_made_the_records_that_name_it(hand: Any, radio_harness: Harness) -> None:
    by_hand = radio_harness.bind(RowRepository, AsyncRowRepository)
    await by_hand.add_source("s", 1.0, 1.0, name="J0004+0100", job_id="run")
    for n in range(4):
        await by_hand.add_measurement(f"m{n}", "v1", 1.0, 1.0, job_id="run")
    found = await hand.made_by("run", 100)
    assert (found.total, found.total_is_exact) == (8, True)
    assert found.items == [
        MadeRecord("v1", "/a1.fits"),
        MadeRecord("v2", "/a2.fits"),
        MadeRecord("cal", "/a.B0"),
        MadeRecord("s", "J0004+0100"),
    ]
    each = await hand.made_of_each("run", 1)
    assert {name: (made.total, ids(made.items)) for name, made in each.items()} == {
        "images": (2, ["v1"]),
        "cal": (1, ["cal"]),
        "sources": (1, ["s"]),
        "measurements": (4, []),
    }
    assert len((await hand.made_by("run", 2)).items) == 2
    assert (await hand.made_by("nobody", 2)).total == 0


async def test_the_lag_is_from_the_end_of_the_observation_to_the_record(
    provenance: Any, images: Any, hand: Any
) -> None:
    now = datetime.now(UTC)
    mjd_of_now = 40_587 + to_microseconds(now) / 86_400e6
    nothing = await provenance.image_lag(7.0)
    assert (nothing.n_images, nothing.median_seconds, nothing.newest_seconds) == (0, None, None)
    assert nothing.by_grade == {}
    for n in range(11):
        # Recorded n hours ago, n + 1 hours after the observation ended.
        ended = mjd_of_now - (2 * n + 1) / 24
        times: dict[str, Any] = {"mid_mjd": ended - 1, "end_mjd": ended}
        if n == 3:
            times = {"mid_mjd": ended}
        given = "fail" if n < 2 else None
        await images.add(Image(id=f"i{n}", path=f"/{n}", grade_given=given, **times))
        await hand.created(f"i{n}", to_microseconds(now - timedelta(hours=n)))
    await images.add(Image(id="timeless", path="/timeless"))
    await images.add(Image(id="old", path="/old", end_mjd=50000.0))
    await hand.created("old", to_microseconds(now - timedelta(days=8)))
    found = await provenance.image_lag(7.0)
    assert (found.n_images, found.is_exact) == (11, True)
    assert found.median_seconds == pytest.approx(6 * 3600, abs=1)
    assert found.p90_seconds == pytest.approx(10 * 3600, abs=1)
    assert found.newest_seconds == pytest.approx(3600, abs=1)
    assert found.by_grade == {"fail": 2, "ungraded": 11}
    assert (await provenance.image_lag(0.24)).n_images == 6
    for days in (0.0, -1.0, float("nan"), 1e9):
        with pytest.raises(InvalidValue, match="days"):
            await provenance.image_lag(days)


def test_quantiles_are_linear_between_neighbours() -> None:
    assert quantile([], 0.5) is None
    assert quantile([3.0], 0.9) == 3.0
    assert quantile([1.0, 2.0], 0.5) == 1.5
    assert quantile([0.0, 10.0, 20.0, 30.0, 40.0], 0.9) == pytest.approx(36.0)
