"""What makes a product good, from figures and limits alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mustela.radio.grading.astrometry import Astrometry, astrometry
from mustela.radio.grading.image_rule import ImageFacts, grade_image
from mustela.radio.grading.job_rule import GradeCounts, grade_job
from mustela.radio.grading.reason import GRADES, Reason, parse_reason, worst
from mustela.radio.grading.source_rule import SourceFacts, grade_source
from mustela.radio.grading.visibilities_rule import (
    CalibrationTableFacts,
    MeasurementSetFacts,
    grade_calibration_table,
    grade_ms,
)
from mustela.radio.rules.record import GradingRule
from mustela.radio.sky.positions import offset_by, separation

RULE = GradingRule()
GOOD: dict[str, Any] = {
    "kind": "restored",
    "ra_deg": 10.0,
    "noise_jy": 1e-3,
    "theoretical_noise_jy": 8e-4,
    "peak_jy": 1.0,
    "dynamic_range": 1000.0,
    "blank_fraction": 0.1,
    "beam_major_arcsec": 12.0,
    "beam_minor_arcsec": 8.0,
}


@pytest.mark.parametrize(
    ("changes", "grade", "reasons"),
    [
        ({}, "good", ()),
        ({"noise_jy": 2.4e-3}, "warn", ("noise_ratio: 3 > 2 (warn, theoretical)",)),
        ({"noise_jy": 4.96e-3}, "fail", ("noise_ratio: 6.2 > 5 (fail, theoretical)",)),
        ({"noise_jy": 1.6e-3}, "good", ()),  # at the limit is not beyond it
        ({"noise_jy": 0.0}, "warn", ("noise_zero (warn)",)),
        ({"noise_jy": None}, None, ("unmeasured (noise)",)),
        ({"noise_jy": None, "ra_deg": None}, None, ("unmeasured (position, noise)",)),
        ({"theoretical_noise_jy": None}, "good", ()),
        ({"dynamic_range": 5.0}, "warn", ("dynamic_range: 5 < 10 (warn)",)),
        ({"dynamic_range": 1.0}, "fail", ("dynamic_range: 1 < 3 (fail)",)),
        ({"dynamic_range": 1.0, "kind": "residual"}, "good", ()),
        ({"blank_fraction": 0.7}, "warn", ("blank_fraction: 0.7 > 0.5 (warn)",)),
        ({"blank_fraction": 0.999}, "fail", ("blank_fraction: 0.999 > 0.99 (fail)",)),
        ({"beam_minor_arcsec": 2.0}, "warn", ("beam_axis_ratio: 6 > 4 (warn)",)),
        ({"beam_major_arcsec": 2.0, "beam_minor_arcsec": 12.0}, "warn", None),
        ({"beam_major_arcsec": 0.0}, "warn", ("flag (warn, beam_zero)",)),
        (
            {"beam_major_arcsec": 0.0, "flags": ("beam_zero",)},
            "warn",
            ("flag (warn, beam_zero)",),
        ),
        ({"flags": ("truncated",), "noise_jy": None}, "fail", ("flag (fail, truncated)",)),
        ({"flags": ("date_conflict",)}, "warn", ("flag (warn, date_conflict)",)),
        (
            {"flags": ("beam_missing", "all_blank"), "noise_jy": 1.0},
            "fail",
            (
                "flag (warn, beam_missing)",
                "flag (fail, all_blank)",
                "noise_ratio: 1250 > 5 (fail, theoretical)",
            ),
        ),
        ({"kind": "psf", "noise_jy": 1.0, "dynamic_range": 1.0}, "good", ()),
        ({"kind": "mask", "noise_jy": None, "blank_fraction": None}, "good", ()),
        (
            {"kind": "mask", "peak_jy": None, "blank_fraction": None},
            None,
            ("unmeasured (pixels)",),
        ),
    ],
)
def test_an_image_is_graded(
    changes: dict[str, Any], grade: str | None, reasons: tuple[str, ...] | None
) -> None:
    found = grade_image(ImageFacts(**{**GOOD, **changes}), RULE)
    assert found.grade == grade
    if reasons is not None:
        assert found.texts == reasons


def test_without_theory_the_noise_is_held_against_what_is_usual_of_the_field() -> None:
    facts = ImageFacts(**{**GOOD, "theoretical_noise_jy": None})
    assert grade_image(facts, RULE, 4e-4).texts == (
        "noise_ratio: 2.5 > 2 (warn, usual of the field)",
    )
    assert grade_image(ImageFacts(**GOOD), RULE, 1e-9).grade == "good"  # theory goes first
    impossible = ImageFacts(**{**GOOD, "theoretical_noise_jy": 0.0})
    assert grade_image(impossible, RULE, 4e-4).grade == "warn"
    assert grade_image(facts, RULE, 0.0).grade == "good"


def test_flags_are_the_operators_to_judge() -> None:
    facts = ImageFacts(**{**GOOD, "flags": ("frequency_from_rest", "date_conflict")})
    assert grade_image(facts, RULE).texts == ("flag (warn, date_conflict)",)
    rule = GradingRule(flags_fail=("date_conflict",), flags_ignored=())
    assert grade_image(facts, rule).texts == (
        "flag (warn, frequency_from_rest)",
        "flag (fail, date_conflict)",
    )


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-9, 1.0), st.floats(1e-9, 1.0), st.floats(0, 1), st.floats(0, 1))
def test_more_noise_and_more_blanks_never_make_an_image_better(
    noise: float, more_noise: float, blank: float, more_blank: float
) -> None:
    def grade(noise_jy: float, blank_fraction: float) -> int:
        measured = {"noise_jy": noise_jy, "blank_fraction": blank_fraction}
        found = grade_image(ImageFacts(**{**GOOD, **measured}), RULE).grade
        assert found is not None
        return GRADES.index(found)

    low, high = sorted((noise, more_noise))
    few, many = sorted((blank, more_blank))
    assert grade(low, few) <= grade(high, many)


def test_beams_are_held_against_the_operators_limits() -> None:
    rule = GradingRule(beam_major_warn_arcsec=10.0, beam_major_fail_arcsec=15.0)
    assert grade_image(ImageFacts(**GOOD), rule).texts == ("beam_major: 12 > 10 (warn)",)
    wide = ImageFacts(**{**GOOD, "beam_major_arcsec": 20.0})
    assert grade_image(wide, rule).grade == "fail"


def test_a_limit_that_is_not_set_asks_nothing() -> None:
    nothing: dict[str, Any] = {
        name: None
        for name in GradingRule.__struct_fields__
        if name.endswith(("warn", "fail", "arcsec", "beams")) and name != "flags_fail"
    }
    rule = GradingRule(**nothing)
    awful = {"noise_jy": 9.0, "dynamic_range": 0.1, "blank_fraction": 1.0, "beam_minor_arcsec": 0.1}
    facts = ImageFacts(**{**GOOD, **awful})
    assert grade_image(facts, rule, astrometry=Astrometry(99, 0.9)).grade == "good"


@pytest.mark.parametrize(
    ("n", "offset", "grade"),
    [(4, 0.9, "good"), (5, 0.1, "good"), (5, 0.3, "warn"), (5, 0.6, "fail"), (0, None, "good")],
)
def test_positions_are_judged_from_enough_sources_on(
    n: int, offset: float | None, grade: str
) -> None:
    found = grade_image(ImageFacts(**GOOD), RULE, astrometry=Astrometry(n, offset))
    assert found.grade == grade


@pytest.mark.parametrize(
    ("facts", "grade", "reasons"),
    [
        ({"n_rows": 10, "start_mjd": 1.0, "flagged_fraction": 0.1}, "good", ()),
        ({"n_rows": 10, "start_mjd": 1.0}, None, ("unmeasured (flagged_fraction)",)),
        (
            {"n_rows": 9, "start_mjd": 1.0, "flagged_fraction": 0.6},
            "warn",
            ("flagged_fraction: 0.6 > 0.5 (warn)",),
        ),
        ({"flagged_fraction": 1.0}, "fail", ("flagged_fraction: 1 > 0.95 (fail)",)),
        ({"n_rows": 0}, "fail", ("no_rows (fail)",)),
        ({"n_antennas": 1}, "fail", ("n_antennas: 1 < 2 (fail)",)),
        ({"flags": ("empty:FIELD",)}, "warn", ("flag (warn, empty:FIELD)",)),
        (
            {"n_rows": 9, "start_mjd": 1.0, "flagged_fraction": 0.0, "flags": ("rows_sampled",)},
            "good",
            (),
        ),
    ],
)
def test_a_measurement_set_is_graded(
    facts: dict[str, Any], grade: str | None, reasons: tuple[str, ...]
) -> None:
    found = grade_ms(MeasurementSetFacts(**facts), RULE)
    assert (found.grade, found.texts) == (grade, reasons)


def scattered(number: int, radius: float) -> dict[str, Any]:
    """So many detections, each with this de Ruiter radius."""
    return {"n_de_ruiter": number, "sum_de_ruiter_squared": number * radius**2}


def test_a_calibration_table_is_graded() -> None:
    known: dict[str, Any] = {"start_mjd": 1.0, "flagged_fraction": 0.0}
    assert grade_calibration_table(CalibrationTableFacts(n_solutions=5, **known), RULE).grade == (
        "good"
    )
    assert grade_calibration_table(CalibrationTableFacts(n_solutions=0), RULE).grade == "fail"
    assert grade_calibration_table(CalibrationTableFacts(), RULE).grade is None


@pytest.mark.parametrize(
    ("facts", "grade", "reasons"),
    [
        ({}, None, ("unmeasured (detections)",)),
        ({"n_detections": 2, "n_epochs": 2}, "good", ()),
        ({"n_detections": 2}, "warn", ("no_epochs (warn)",)),
        ({"n_detections": 2, "n_in_failed_images": 2}, "fail", ("images_failed (fail)",)),
        (
            {"n_detections": 5, "n_epochs": 5, **scattered(5, 4.0)},
            "warn",
            ("position_scatter: 4 > 3 (warn)",),
        ),
        ({"n_detections": 2, "n_epochs": 2, **scattered(2, 4.0)}, "good", ()),
        (
            {"n_detections": 4, "n_epochs": 4, "n_flagged": 3},
            "warn",
            ("flagged_fits: 0.75 > 0.5 (warn)",),
        ),
        (
            {"n_detections": 1, "n_epochs": 9},
            "warn",
            ("single_detection: 1 < 2 (warn)",),
        ),
    ],
)
def test_a_source_is_graded(
    facts: dict[str, Any], grade: str | None, reasons: tuple[str, ...]
) -> None:
    found = grade_source(SourceFacts(**facts), RULE)
    assert (found.grade, found.texts) == (grade, reasons)


def test_a_job_is_as_good_as_the_worst_that_it_made() -> None:
    good, mixed = GradeCounts(good=3), GradeCounts(good=2, warn=1, ungraded=4)
    assert grade_job("completed", {"images": good}).grade == "good"
    found = grade_job("completed", {"images": mixed, "ms": GradeCounts(fail=1)})
    assert found.grade == "fail"
    assert found.reasons == ("made (warn, 1 of 7 images)", "made (fail, 1 of 1 ms)")
    assert found.made["images"] == mixed
    assert grade_job("failed", {"images": good}).reasons == ("status (fail, failed)",)
    assert grade_job("timeout", {}).grade == "fail"
    assert grade_job("cancelled", {"images": good}).grade == "warn"
    nothing = grade_job("completed", {"images": GradeCounts(ungraded=2)})
    assert (nothing.grade, nothing.reasons) == (
        None,
        ("unmeasured (nothing graded was made)",),
    )


def test_the_worst_of_no_grades_is_none() -> None:
    assert worst([]) is worst([None]) is None
    assert worst(["good", None, "fail", "warn"]) == "fail"


_figures = st.floats(-1e300, 1e300)


@settings(max_examples=60, deadline=None)
@given(
    st.from_regex(r"[a-z_]+", fullmatch=True),
    st.sampled_from(GRADES),
    st.none() | st.tuples(_figures, _figures).filter(lambda pair: pair[0] != pair[1]),
    st.none() | st.text(),
)
def test_a_reason_is_read_back_from_its_text(
    word: str, grade: Any, figures: tuple[float, float] | None, note: str | None
) -> None:
    value, limit = figures or (None, None)
    given_ = Reason(word, grade, value, limit, note)
    found = parse_reason(str(given_))
    assert (found.word, found.grade, found.note) == (word, grade, note)
    if value is None or limit is None:
        assert (found.value, found.limit) == (None, None)
    else:
        assert found.limit == limit
        assert found.value is not None
        assert math.isclose(found.value, value, rel_tol=1e-3)
        assert (found.value > limit) == (value > limit)


def test_other_texts_are_kept_as_notes() -> None:
    assert parse_reason("what is this?") == Reason("other", note="what is this?")
    assert parse_reason("unmeasured (noise)") == Reason("unmeasured", note="noise")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 360, exclude_max=True), st.floats(-90, 90)), min_size=1, max_size=8
    ),
    st.floats(0, 360),
    st.floats(0.0, 1.5),
)
def test_offsets_are_those_of_every_pair_compared(
    references: list[tuple[float, float]], angle: float, beams: float
) -> None:
    beam = 30.0
    detections = [offset_by(ra, dec, angle, beams * beam / 3600) for ra, dec in references]
    nearest = [min(separation(*d, *r) for r in references) * 3600 / beam for d in detections]
    near = sorted(n for n in nearest if n <= 1.0)
    found = astrometry(detections, references, beam)
    assert found.n_matched == len(near)
    if near:
        assert found.median_offset_beams == pytest.approx(
            (near[(len(near) - 1) // 2] + near[len(near) // 2]) / 2
        )
