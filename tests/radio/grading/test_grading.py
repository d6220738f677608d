"""Grades in the database, on every engine, sync and async."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec
import pytest
from sqlalchemy import true

from mustela.files.schema import files_metadata
from mustela.jobs.external_operations import new_run
from mustela.jobs.operations import AsyncJobRepository, JobRepository
from mustela.jobs.schema import jobs_metadata
from mustela.radio.cal.record import CalibrationTable
from mustela.radio.grading.job_rule import GradeCounts
from mustela.radio.grading.repository import AsyncGradingRepository, GradingRepository
from mustela.radio.images.record import Image
from mustela.radio.images.records import records as image_records
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.references.record import Reference
from mustela.radio.references.repository import AsyncReferenceRepository, ReferenceRepository
from mustela.radio.rules.record import GradingRule, RadioRules
from mustela.radio.rules.repository import AsyncRulesRepository, RulesRepository
from mustela.radio.schema import radio_metadata
from mustela.store import AsyncRepository, SyncRepository, Unit, write
from mustela.store.errors import InvalidValue
from mustela.store.events import AsyncEventRepository, EventRepository
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.radio.rows_by_hand import AsyncRowRepository, RowRepository
from tests.radio.sources.made import image as made_image
from tests.radio.sources.made import measurement, source

GOOD = Image(
    path="/good",
    kind="restored",
    field="F",
    stokes="I",
    frequency_hz=1.4e9,
    ra_deg=10.0,
    dec_deg=-30.0,
    radius_deg=0.5,
    noise_jy=1e-3,
    dynamic_range=100.0,
    beam_major_arcsec=10.0,
    beam_minor_arcsec=8.0,
)


class BulkOperations:
    """A grade for all images at once."""

    @write
    def give(self, grade: str | None) -> Unit[int]:
        return (yield from image_records.update_where(true(), {}, {"grade_given": grade}))


class BulkRepository(BulkOperations, SyncRepository):
    """For code that waits."""


class AsyncBulkRepository(BulkOperations, AsyncRepository):
    """For an event loop."""


@pytest.fixture
async def radio_harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine((jobs_metadata, files_metadata, radio_metadata)) as harness:
        yield harness


@pytest.fixture
def grading(radio_harness: Harness) -> Any:
    return radio_harness.bind(GradingRepository, AsyncGradingRepository)


@pytest.fixture
def by_hand(radio_harness: Harness) -> Any:
    return radio_harness.bind(RowRepository, AsyncRowRepository)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[int]]:
    """Which images' grades changed, as epochs would hear it."""
    calls: list[Sequence[int]] = []

    def regraded(changes: Mapping[int, object]) -> Unit[None]:
        calls.append(list(changes))
        yield from ()

    monkeypatch.setattr(image_records, "regraded", regraded)
    return calls


async def test_images_are_graded_and_say_why(images: Any, grading: Any) -> None:
    await images.add_many(
        [
            GOOD.replace(id="good", theoretical_noise_jy=1e-3),
            GOOD.replace(id="loud", path="/loud", theoretical_noise_jy=1e-4),
            GOOD.replace(id="cut", path="/cut", flags=("truncated",), noise_jy=None),
            Image(id="bare", path="/bare"),
        ]
    )
    part = await grading.grade_images(["good", "loud", "cut", "bare", "nobody"])
    assert (part.looked_at, part.changed, part.next) == (4, 4, None)
    found = {image.id: (image.grade, image.grade_reasons) async for image in images.everything()}
    assert found == {
        "good": ("good", ()),
        "loud": ("fail", ("noise_ratio: 10 > 5 (fail, theoretical)",)),
        "cut": ("fail", ("flag (fail, truncated)",)),
        "bare": (None, ("unmeasured (position, noise)",)),
    }
    graded = await images.get("good")
    assert graded.graded_at is not None
    assert graded.grade_computed == "good"
    assert await images.history("good") != []
    assert all(entry.action == "insert" for entry in await images.history("good"))
    with pytest.raises(InvalidValue, match="500"):
        await grading.grade_images([str(n) for n in range(501)])


async def test_grading_again_changes_nothing_and_says_nothing(
    images: Any, grading: Any, radio_harness: Harness
) -> None:
    events = radio_harness.bind(EventRepository, AsyncEventRepository)
    await images.add(GOOD.replace(id="one"))
    await grading.grade_images(["one"])
    before = await images.get("one")
    newest = (await events.window()).newest
    assert (await grading.grade_images(["one"])).changed == 0
    assert await images.get("one") == before
    assert (await events.window()).newest == newest
    await images.update("one", blank_fraction=0.8)
    assert (await grading.grade_images(["one"])).changed == 1
    assert [e.topic for e in (await events.after(newest, 10)).events] == ["images"] * 2


async def test_the_noise_of_a_field_is_that_of_its_other_images(images: Any, grading: Any) -> None:
    def image(n: int, **others: Any) -> Image:
        return GOOD.replace(
            id=f"i{n}", path=f"/{n}", mid_mjd=59000.0 + n, noise_jy=1e-3 + n * 1e-6, **others
        )

    await images.add_many([image(n) for n in range(5)])
    loud = image(5).replace(noise_jy=3e-3)
    elsewhere = [
        loud.replace(id="field", path="/a", field="G"),
        loud.replace(id="band", path="/b", frequency_hz=3e9),
        loud.replace(id="kind", path="/c", kind="residual"),
        loud.replace(id="stokes", path="/d", stokes="V"),
        loud.replace(id="no_frequency", path="/e", frequency_hz=None),
    ]
    await images.add_many([loud, *elsewhere])
    await grading.grade_next("images")
    assert (await images.get("i5")).grade_reasons == (
        "noise_ratio: 2.994 > 2 (warn, usual of the field)",
    )
    for image_ in elsewhere:
        assert (await images.get(image_.id)).grade == "good", image_.id
    # Four others are too few.
    await images.retire("i0", "why not")
    await grading.grade_images(["i5"])
    assert (await images.get("i5")).grade == "good"


async def test_a_person_has_the_last_word(images: Any, grading: Any, heard: Any) -> None:
    await images.add(GOOD.replace(id="one"))
    await grading.grade_images(["one"])
    assert heard == [[1]]
    assert (await images.update("one", grade_given="fail")).grade == "fail"
    assert len(heard) == 2
    # Graded again, the computed grade waits.
    await images.update("one", blank_fraction=0.8)
    await grading.grade_images(["one"])
    found = await images.get("one")
    assert (found.grade, found.grade_computed, found.grade_given) == ("fail", "warn", "fail")
    assert len(heard) == 2  # the grade that holds is the same
    given = next(e for e in await images.history("one") if "grade_given" in (e.after or {}))
    await images.revert(given.id)
    found = await images.get("one")
    assert (found.grade, found.grade_given) == ("warn", None)
    await images.revert((await images.history("one"))[0].id)
    assert (await images.get("one")).grade == "fail"
    assert (await images.update("one", grade_given=None)).grade == "warn"
    assert (await images.update("one", grade_given="warn")).grade == "warn"
    assert heard == [[1]] * 5  # not for the last: given and computed agree


async def test_a_given_grade_comes_back_with_a_deleted_record(images: Any, grading: Any) -> None:
    await images.add(GOOD.replace(id="one", grade_given="warn"))
    assert (await images.get("one")).grade == "warn"
    await grading.grade_images(["one"])
    before = await images.get("one")
    assert (before.grade, before.grade_computed) == ("warn", "good")
    await images.delete("one")
    await images.revert((await images.history("one"))[0].id)
    assert await images.get("one") == before


async def test_bulk_edits_of_grades_and_their_undo_keep_the_grade_that_holds(
    images: Any, grading: Any, radio_harness: Harness, heard: Any
) -> None:
    await images.add_many([GOOD.replace(id=f"i{n}", path=f"/{n}") for n in range(3)])
    await images.update("i2", grade_given="warn")
    await grading.grade_next("images")
    bulk = radio_harness.bind(BulkRepository, AsyncBulkRepository)
    heard.clear()
    assert await bulk.give("fail") == 3
    assert [i.grade async for i in images.everything()] == ["fail"] * 3
    change = (await images.history("i0"))[0].change_id
    await images.revert(change)
    assert {i.id: i.grade async for i in images.everything()} == {
        "i0": "good",
        "i1": "good",
        "i2": "warn",
    }
    assert await bulk.give(None) == 1
    assert (await images.get("i2")).grade == "good"
    assert [sorted(seqs) for seqs in heard] == [[1, 2, 3], [1, 2, 3], [3]]


async def test_a_walk_grades_every_row_of_a_table_once(
    images: Any, measurement_sets: Any, calibration_tables: Any, grading: Any
) -> None:
    await images.add_many([GOOD.replace(id=f"i{n}", path=f"/{n}") for n in range(5)])
    seen, after = 0, 0
    while True:
        part = await grading.grade_next("images", after, 2)
        seen += part.changed
        if part.next is None:
            break
        after = part.next
    assert seen == 5
    await measurement_sets.add(MeasurementSet(id="m", path="/m", n_rows=0))
    await calibration_tables.add(
        CalibrationTable(id="c", path="/c", n_solutions=9, start_mjd=5e4, flagged_fraction=0.7)
    )
    assert (await grading.grade_next("ms")).changed == 1
    assert (await grading.grade_next("cal")).changed == 1
    assert (await measurement_sets.get("m")).grade_reasons == ("no_rows (fail)",)
    assert (await calibration_tables.get("c")).grade == "warn"
    assert (await grading.grade_ms(["m"])).changed == 0
    assert (await grading.grade_calibration_tables(["c"])).changed == 0
    await measurement_sets.update("m", grade_given="good")
    await calibration_tables.update("c", grade_given="fail")
    assert (await measurement_sets.get("m")).grade == "good"
    assert (await calibration_tables.get("c")).grade == "fail"
    with pytest.raises(InvalidValue, match="sources"):
        await grading.grade_next("roots")
    with pytest.raises(InvalidValue, match="500"):
        await grading.grade_next("images", 0, 501)


async def test_other_rules_grade_otherwise(
    images: Any, grading: Any, radio_harness: Harness
) -> None:
    rules = radio_harness.bind(RulesRepository, AsyncRulesRepository)
    await images.add(GOOD.replace(id="one", blank_fraction=0.4))
    await grading.grade_images(["one"])
    await rules.set_rules(RadioRules(grading=GradingRule(blank_fraction_fail=0.3)))
    assert (await grading.grade_next("images")).changed == 1
    assert (await images.get("one")).grade == "fail"


async def test_positions_are_held_against_the_references_that_are_loaded(
    images: Any, grading: Any, by_hand: Any, radio_harness: Harness
) -> None:
    references = radio_harness.bind(ReferenceRepository, AsyncReferenceRepository)
    await images.add_many([GOOD.replace(id="near"), GOOD.replace(id="off", path="/off")])
    for n in range(6):
        dec = -30.0 + n * 0.05
        await by_hand.add_measurement(f"n{n}", "near", 10.0, dec + 1 / 3600)
        await by_hand.add_measurement(f"o{n}", "off", 10.0, dec + 7 / 3600)
        await by_hand.add_measurement(f"f{n}", "off", 10.0, dec, kind="forced")
    await grading.grade_next("images")
    assert (await images.get("off")).grade == "good"  # nothing is loaded
    sources = [Reference(f"s{n}", 10.0, -30.0 + n * 0.05) for n in range(6)]
    await references.replace("icrf", "calibrator", sources)
    assert (await grading.grade_next("images")).changed == 0
    await references.replace("icrf", "astrometry", sources)
    assert (await grading.grade_next("images")).changed == 1
    assert (await images.get("near")).grade == "good"
    assert (await images.get("off")).grade_reasons == (
        "astrometry: 0.7 > 0.5 (fail, beams, 6 sources)",
    )


async def test_sources_are_graded_from_their_sums(grading: Any, by_hand: Any) -> None:
    known = {"n_detections": 3, "n_epochs": 3}
    made: dict[str, dict[str, float]] = {
        "fine": {**known, "n_de_ruiter": 3, "sum_de_ruiter_squared": 3.0},
        "failed": {**known, "n_in_failed_images": 3},
        "scattered": {
            **known,
            "n_flagged": 3,
            "n_de_ruiter": 3,
            "sum_de_ruiter_squared": 3.0**2 + 4.0**2 + 5.0**2,
        },
        "undetected": {"n_measurements": 3},
    }
    for id, sums in made.items():
        await by_hand.add_source(id, 10.0, -30.0, **sums)
    assert (await grading.grade_next("sources")).changed == 4
    assert await by_hand.grade_of_source("fine") == ("good", "[]")
    assert await by_hand.grade_of_source("failed") == ("fail", '["images_failed (fail)"]')
    assert await by_hand.grade_of_source("undetected") == (None, '["unmeasured (detections)"]')
    grade, reasons = await by_hand.grade_of_source("scattered")
    assert grade == "warn"
    assert msgspec.json.decode(reasons) == [
        "position_scatter: 4.082 > 3 (warn)",
        "flagged_fits: 1 > 0.5 (warn)",
    ]
    assert (await grading.grade_sources(["fine", "failed"])).changed == 0


async def test_the_grade_of_a_source_follows_each_measurement_that_arrives(
    images: Any, sources: Any, grading: Any
) -> None:
    for n in range(5):
        await images.add(made_image(f"i{n}", 59000.0 + n))
    await sources.add(source("s"))
    await grading.grade_sources(["s"])

    async def graded() -> tuple[str | None, tuple[str, ...]]:
        found = await sources.get("s")
        return found.grade, found.grade_reasons

    assert await graded() == (None, ("unmeasured (detections)",))
    await sources.add_measurements("i0", [measurement()], source_ids=["s"])
    assert await graded() == ("good", ())
    for n in (1, 2):
        await sources.add_measurements(f"i{n}", [measurement(kind="forced")], source_ids=["s"])
    assert await graded() == ("warn", ("single_detection: 1 < 2 (warn)",))
    await sources.add_measurements("i3", [measurement(flags=("edge",))], source_ids=["s"])
    assert await graded() == ("good", ())
    await sources.add_measurements("i4", [measurement(flags=("edge",))], source_ids=["s"])
    assert await graded() == ("warn", ("flagged_fits: 0.6667 > 0.5 (warn)",))
    await sources.delete_measurements("i4")
    assert await graded() == ("good", ())


async def test_the_grade_of_a_source_follows_an_association(
    images: Any, sources: Any, grading: Any
) -> None:
    pytest.importorskip("scipy", reason="associations need the extra `radio`")
    await sources.add(source("s", ra_error_arcsec=1.0, dec_error_arcsec=1.0))
    await grading.grade_sources(["s"])
    for n in range(3):
        await images.add(made_image(f"i{n}", 59000.0 + n))
        far = measurement(dec_deg=-30.0 + (-1) ** n * 3.5 / 3600)
        await sources.add_measurements(f"i{n}", [far])
        await sources.associate(f"i{n}")
    found = await sources.get("s")
    radii = [one.de_ruiter for one in await sources.measurements("s")]
    assert len(radii) == 3
    scatter = math.sqrt(sum(radius**2 for radius in radii) / 3)
    assert found.grade == "warn"
    assert found.grade_reasons == (f"position_scatter: {scatter:.4g} > 3 (warn)",)


async def test_a_source_that_nobody_graded_has_no_grade(images: Any, sources: Any) -> None:
    await images.add(made_image("i"))
    await sources.add(source("s"))
    await sources.add_measurements("i", [measurement()], source_ids=["s"])
    assert (await sources.get("s")).grade is None


async def test_the_grade_of_a_source_follows_those_of_its_images(
    images: Any, sources: Any, grading: Any
) -> None:
    for n in range(3):
        await images.add(made_image(f"i{n}", 59000.0 + n, kind="psf" if n == 2 else "restored"))
        await sources.add(source(f"s{n}"))
        await sources.add_measurements(f"i{n}", [measurement()], source_ids=[f"s{n}"])
    await sources.add(source("ungraded"))
    await sources.add_measurements("i0", [measurement()], source_ids=["ungraded"])
    await grading.grade_sources(["s0", "s1", "s2"])

    async def grades() -> list[str | None]:
        return [one.grade for one in await sources.list_sources(sort="id")]

    assert await grades() == ["good", "good", "warn", None]
    await images.update("i0", grade_given="fail")
    assert await grades() == ["fail", "good", "warn", None]
    assert (await sources.get("s0")).grade_reasons == ("images_failed (fail)",)
    # An image that is no epoch counts for the grade all the same.
    await images.update("i2", grade_given="fail")
    assert await grades() == ["fail", "good", "fail", None]
    await images.revert((await images.history("i0"))[0].id)
    await images.update("i2", grade_given="warn")
    assert await grades() == ["good", "good", "warn", None]
    await images.delete("i1")
    assert await grades() == ["good", None, "warn", None]
    # Rules grade images, too.
    await grading.grade_images(["i0"])
    assert (await images.get("i0")).grade is None
    await images.observe("i0", flags=("truncated",), noise_jy=None)
    await grading.grade_images(["i0"])
    assert (await grades())[0] == "fail"


async def test_a_job_is_graded_by_what_names_it(
    images: Any, measurement_sets: Any, grading: Any, radio_harness: Harness
) -> None:
    jobs = radio_harness.bind(JobRepository, AsyncJobRepository)
    await jobs.open_run(new_run("imaging", {}, id="run"))
    assert await grading.grade_job("nobody") is None
    assert (await grading.grade_job("run")).grade is None
    await images.add_many(
        [
            GOOD.replace(id=f"i{n}", path=f"/{n}", job_id="run", blank_fraction=n / 3)
            for n in range(3)
        ]
    )
    await measurement_sets.add(MeasurementSet(path="/m", job_id="run"))
    await grading.grade_next("images")
    found = await grading.grade_job("run")
    assert (found.grade, found.status) == ("warn", "running")
    assert found.made == {
        "images": GradeCounts(good=2, warn=1),
        "ms": GradeCounts(ungraded=1),
    }
    await images.update("i0", job_id="gone")
    assert (await grading.grade_job("gone")).status is None
