"""What belongs to a Measurement Set, on every engine, sync and async."""

from __future__ import annotations

from typing import Any

import pytest

from mustela.files.root import AsyncRootRepository, RootRepository
from mustela.files.root_directory import RootDirectory
from mustela.radio.cal.record import CalibrationTable
from mustela.radio.matching.repository import AsyncMatchingRepository, MatchingRepository
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.references.record import Reference
from mustela.radio.references.repository import AsyncReferenceRepository, ReferenceRepository
from mustela.radio.rules.record import MatchingRule, RadioRules
from mustela.radio.rules.repository import AsyncRulesRepository, RulesRepository
from mustela.store.errors import InvalidValue, NotFound
from mustela.store.events import AsyncEventRepository, EventRepository
from mustela.store.testing import Harness

MS = MeasurementSet(
    id="ms",
    path="/data/night1.ms",
    name="SB1.ms",
    telescope="ASKAP",
    field_names=("3C48",),
    ra_deg=24.4,
    dec_deg=33.1,
    frequency_min_hz=1e9,
    start_mjd=59000.0,
    end_mjd=59000.1,
)


def table(id: str, **values: Any) -> CalibrationTable:
    return CalibrationTable(id=id, path=f"/data/{id}.cal", **values)


@pytest.fixture
def matching(radio_harness: Harness) -> Any:
    return radio_harness.bind(MatchingRepository, AsyncMatchingRepository)


def pairs(found: Any) -> list[tuple[str, str, bool]]:
    return [(match.calibration_id, match.how, match.applied) for match in found]


async def test_every_table_that_matches_is_listed_with_how(
    matching: Any, measurement_sets: Any, calibration_tables: Any
) -> None:
    await measurement_sets.add_many(
        [
            MS.replace(calibration_applied=("/elsewhere/used.cal",)),
            MS.replace(id="other", path="/other.ms", name=None, start_mjd=None, end_mjd=None),
        ]
    )
    valid = {"start_mjd": 59000.02, "end_mjd": 59000.05}
    await calibration_tables.add_many(
        [
            table("named", ms_name="SB1.ms"),
            table("file", ms_name="night1.ms", start_mjd=59003.0, end_mjd=59003.0),
            table("valid", type="B Jones", **valid),
            table("valid2", start_mjd=59000.06, end_mjd=59000.06, telescope="askap"),
            table("used"),
            table("late", start_mjd=59002.0, end_mjd=59002.1),
            table("vla", telescope="VLA", **valid),
            table("field", field_names=("3C147",), **valid),
            table("retired", retired_reason="bad", **valid),
        ]
    )
    await calibration_tables.retire("retired", "bad")
    assert await matching.match(["ms", "other", "nobody"]) == 5
    found = await matching.calibration_of("ms")
    assert pairs(found) == [
        ("file", "recorded", False),
        ("named", "recorded", False),
        ("used", "recorded", True),
        ("valid", "validity", False),
        ("valid2", "validity", False),
    ]
    valid_match = found[3]
    assert (valid_match.ms_path, valid_match.calibration_path) == (
        "/data/night1.ms",
        "/data/valid.cal",
    )
    assert (valid_match.calibration_type, valid_match.calibration_start_mjd) == (
        "B Jones",
        59000.02,
    )
    assert await matching.calibration_of("other") == []
    (back,) = await matching.measurement_sets_of("valid")
    assert back == valid_match


async def test_matching_again_changes_nothing_and_drops_what_does_not_hold(
    matching: Any, measurement_sets: Any, calibration_tables: Any, radio_harness: Harness
) -> None:
    events = radio_harness.bind(EventRepository, AsyncEventRepository)
    await measurement_sets.add(MS)
    await calibration_tables.add_many(
        [
            table("valid", start_mjd=59000.0, end_mjd=59000.0),
            table("said", start_mjd=58000.0, end_mjd=58000.0),
        ]
    )
    await matching.record_calibration("ms", "said")
    assert await matching.match(["ms"]) == 1
    newest = (await events.window()).newest
    assert await matching.match(["ms"]) == 0
    assert (await events.window()).newest == newest
    await calibration_tables.observe("valid", end_mjd=58000.0, start_mjd=58000.0)
    assert await matching.match(["ms"]) == 1
    assert pairs(await matching.calibration_of("ms")) == [("said", "recorded", False)]
    # What is found later adds to what was recorded.
    await measurement_sets.observe("ms", calibration_applied=("said.cal",))
    assert await matching.match(["ms"]) == 1
    assert pairs(await matching.calibration_of("ms")) == [("said", "recorded", True)]
    with pytest.raises(InvalidValue, match="100"):
        await matching.match([str(n) for n in range(101)])


async def test_a_tolerance_is_the_operators(
    matching: Any, measurement_sets: Any, calibration_tables: Any, radio_harness: Harness
) -> None:
    rules = radio_harness.bind(RulesRepository, AsyncRulesRepository)
    await measurement_sets.add(MS)
    await calibration_tables.add(table("near", start_mjd=59000.2, end_mjd=59000.3))
    assert await matching.match(["ms"]) == 0
    wide = MatchingRule(validity_tolerance_seconds=3 * 3600.0)
    await rules.set_rules(RadioRules(matching=wide))
    assert await matching.match(["ms"]) == 1


async def test_programs_say_what_belongs_together(
    matching: Any, measurement_sets: Any, calibration_tables: Any
) -> None:
    await measurement_sets.add(MS)
    await calibration_tables.add(table("t"))
    await matching.record_calibration("ms", "t", applied=True, job_id="run")
    (match,) = await matching.calibration_of("ms")
    assert (match.how, match.applied, match.job_id) == ("recorded", True, "run")
    await matching.record_calibration("ms", "t")
    await matching.record_calibration("ms", "t")
    assert pairs(await matching.calibration_of("ms")) == [("t", "recorded", False)]
    assert await matching.forget_calibration("ms", "t") is True
    assert await matching.forget_calibration("ms", "t") is False
    assert await matching.calibration_of("ms") == []
    said = [
        (entry.before["calibration"], entry.after["calibration"])
        for entry in await measurement_sets.history("ms")
        if entry.action == "update"
    ]
    first = {"t": {"how": "recorded", "applied": 1, "job_id": "run"}}
    second = {"t": {"how": "recorded", "applied": 0, "job_id": None}}
    assert said == [(second, {}), (first, second), ({}, first)]
    for ms_id, calibration_id in (("nobody", "t"), ("ms", "nobody")):
        with pytest.raises(NotFound):
            await matching.record_calibration(ms_id, calibration_id)
    await matching.record_calibration("ms", "t")
    await calibration_tables.delete("t")
    assert await matching.calibration_of("ms") == []


async def test_matches_come_back_with_what_was_deleted(
    matching: Any, measurement_sets: Any, calibration_tables: Any
) -> None:
    await measurement_sets.add(MS)
    await calibration_tables.add_many(
        [table("said"), table("valid", start_mjd=59000.0, end_mjd=59000.0), table("told")]
    )
    await matching.record_calibration("ms", "said", applied=True, job_id="run")
    await matching.record_calibration("ms", "told")
    await matching.match(["ms"])
    before = await matching.calibration_of("ms")
    assert len(before) == 3
    for records, id in ((measurement_sets, "ms"), (calibration_tables, "said")):
        await records.delete(id)
        assert len(await matching.calibration_of("ms")) == (0 if id == "ms" else 2)
        await records.revert((await records.history(id))[0].id)
        assert await matching.calibration_of("ms") == before
    # Both go, and come back in either order; a whole root's as well.
    await calibration_tables.delete("said")
    await measurement_sets.leave_root("")
    await calibration_tables.revert((await calibration_tables.history("said"))[0].id)
    assert await matching.measurement_sets_of("said") == []
    await measurement_sets.revert((await measurement_sets.history("ms"))[0].change_id)
    assert await matching.calibration_of("ms") == before
    await calibration_tables.leave_root("")
    await calibration_tables.revert((await calibration_tables.history("told"))[0].change_id)
    assert await matching.calibration_of("ms") == before


async def test_a_new_record_has_no_matches_of_the_deleted_one_whose_id_it_has(
    matching: Any, measurement_sets: Any, calibration_tables: Any
) -> None:
    await measurement_sets.add(MS)
    await calibration_tables.add(table("said"))
    await matching.record_calibration("ms", "said")
    await calibration_tables.delete("said")
    await calibration_tables.add(table("said"))
    await calibration_tables.delete("said")
    await calibration_tables.revert((await calibration_tables.history("said"))[0].id)
    assert await matching.calibration_of("ms") == []


async def test_paths_below_roots_are_whole(
    matching: Any, measurement_sets: Any, calibration_tables: Any, radio_harness: Harness
) -> None:
    roots = radio_harness.bind(RootRepository, AsyncRootRepository)
    await roots.add(RootDirectory("/data", "a disk"), collections=["radio"])
    await measurement_sets.add(MS.replace(calibration_applied=("/data/t.cal",)))
    await calibration_tables.add(table("t"))
    await calibration_tables.add(table("t2").replace(path="/elsewhere/t.cal"))
    await matching.match(["ms"])
    (match,) = await matching.calibration_of("ms")
    assert (match.calibration_path, match.ms_path) == ("/data/t.cal", "/data/night1.ms")


async def test_calibrators_within_the_beam_are_listed_by_distance(
    matching: Any, measurement_sets: Any, radio_harness: Harness
) -> None:
    references = radio_harness.bind(ReferenceRepository, AsyncReferenceRepository)
    await references.replace(
        "vla",
        "calibrator",
        [Reference("far", 24.4, 35.1), Reference("near", 24.4, 33.2), Reference("off", 9.0, 9.0)],
    )
    await references.replace("icrf", "astrometry", [Reference("other", 24.4, 33.1)])
    await measurement_sets.add_many(
        [
            MS,
            MeasurementSet(id="lost", path="/lost"),
            MS.replace(id="deaf", path="/deaf", frequency_min_hz=None),
        ]
    )
    found = await matching.calibrator_matches("ms", antenna_diameter_m=12.0)
    assert found.radius_deg == pytest.approx(0.809, abs=1e-3)
    assert [match.source.name for match in found.items] == ["near"]
    assert found.items[0].separation_deg == pytest.approx(0.1)
    assert found.items[0].separation_beams == pytest.approx(0.1 / found.radius_deg)
    wide = await matching.calibrator_matches("ms", radius_deg=3.0, antenna_diameter_m=12.0)
    assert [match.source.name for match in wide.items] == ["near", "far"]
    with pytest.raises(NotFound):
        await matching.calibrator_matches("nobody", radius_deg=1.0)
    for id, options, message in (
        ("lost", {"radius_deg": 1.0}, "points"),
        ("ms", {}, "how wide"),
        ("ms", {"radius_deg": 0.0}, "no radius"),
        ("deaf", {"antenna_diameter_m": 12.0}, "frequency"),
    ):
        with pytest.raises(InvalidValue, match=message):
            await matching.calibrator_matches(id, **options)
