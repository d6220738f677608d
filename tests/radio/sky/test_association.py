"""Which detection belongs to which source, against a search through all pairs."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mustela.radio.sky.association import (
    Association,
    Method,
    NoPositionErrors,
    Positions,
    associate,
)
from mustela.radio.sky.positions import (
    Vector,
    cross,
    dot,
    length,
    offset_by,
    separation,
    unit_vector,
)
from tests.radio.sky.fix_sky import many, positions

Row = tuple[float, float, float, float]


def de_ruiter(one: Row, other: Row) -> float:
    """Swinbank et al. 2015, with the offsets in the plane that touches halfway."""
    a, b = unit_vector(*one[:2]), unit_vector(*other[:2])
    middle: Vector = (a[0] + b[0], a[1] + b[1], a[2] + b[2])
    east: Vector = cross((0.0, 0.0, 1.0), middle)
    size = length(east)
    east = (east[0] / size, east[1] / size, 0.0) if size else (0.0, 1.0, 0.0)
    north = cross(middle, east)
    apart: Vector = (a[0] - b[0], a[1] - b[1], a[2] - b[2])
    to_east = math.degrees(dot(apart, east)) * 3600
    to_north = math.degrees(dot(apart, north)) * 3600 / length(north)
    return math.sqrt(
        to_east**2 / (one[2] ** 2 + other[2] ** 2) + to_north**2 / (one[3] ** 2 + other[3] ** 2)
    )


def by_brute_force(
    detections: list[Row], sources: list[Row], limit: float, radius: float, method: Method
) -> list[int | None]:
    pairs = []
    for d, detection in enumerate(detections):
        for s, source in enumerate(sources):
            apart = separation(*detection[:2], *source[:2]) * 3600
            r = de_ruiter(detection, source) if method == "de_ruiter" else apart
            if apart <= radius and (method == "nearest" or r < limit):
                pairs.append((r, apart, s, d))
    pairs.sort()
    # Which of two comes first must not hang on the last digits; ties have a test of their own.
    assume(all(after[0] - before[0] > 1e-9 for before, after in pairwise(pairs)))
    found: dict[int, int] = {}
    for _, _, s, d in pairs:
        if d not in found and s not in found.values():
            found[d] = s
    return [found.get(d) for d in range(len(detections))]


def as_positions(rows: list[Row]) -> Positions:
    columns: list[Any] = list(zip(*rows, strict=True)) or [[]] * 4
    return Positions.of(*columns)


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """Detections and sources within half a minute of a position that may be a pole."""
    centre = draw(positions)
    errors = st.floats(0.1, 5.0)
    row = st.tuples(st.floats(0, 360), st.floats(0, 30.0), errors, errors)
    rows = [
        (*offset_by(*centre, turn, far / 3600), ra_err, dec_err)
        for turn, far, ra_err, dec_err in draw(st.lists(row, min_size=2, max_size=16, unique=True))
    ]
    half = draw(st.integers(1, len(rows) - 1))
    return rows[:half], rows[half:]


@many
@given(crowds(), st.sampled_from([1.0, 5.68]), st.sampled_from(["de_ruiter", "nearest"]))
def test_association_equals_a_search_through_all_pairs(
    crowd: tuple[list[Row], list[Row]], limit: float, method: Method
) -> None:
    detections, sources = crowd
    found = associate(
        as_positions(detections),
        as_positions(sources),
        method=method,
        limit=limit,
        max_radius_arcsec=20.0,
    )
    assert [one.source for one in found] == by_brute_force(detections, sources, limit, 20.0, method)
    for detection, one in zip(detections, found, strict=True):
        if one.source is None:
            assert one.kind == "new"
            assert one.de_ruiter is None
        else:
            source = sources[one.source]
            assert one.separation_arcsec == pytest.approx(
                separation(*detection[:2], *source[:2]) * 3600, abs=1e-9
            )
            assert one.de_ruiter == pytest.approx(de_ruiter(detection, source), abs=1e-9)


def one_by_one(detection: Row, source: Row, **options: Any) -> Association:
    (found,) = associate(
        as_positions([detection]),
        as_positions([source]),
        **{"max_radius_arcsec": 60.0, **options},
    )
    return found


def test_the_radius_is_the_formula_of_the_paper_for_small_separations() -> None:
    detection, source = (120.0, 45.0, 1.5, 2.5), (120.001, 45.0005, 0.5, 0.7)
    east = 0.001 * 3600 * math.cos(math.radians(45.00025))
    formula = math.sqrt(east**2 / (1.5**2 + 0.5**2) + 1.8**2 / (2.5**2 + 0.7**2))
    assert one_by_one(detection, source).de_ruiter == pytest.approx(formula, rel=1e-7)


def test_a_match_is_below_the_limit_and_not_at_it() -> None:
    east = (0.0, 0.0, 1.0, 0.0001)
    apart = one_by_one(east, (359.999, 0.0, 1.0, 0.0001)).de_ruiter
    assert apart == pytest.approx(3.6 / math.sqrt(2))
    assert one_by_one(east, (359.999, 0.0, 1.0, 0.0001), limit=apart).source is None


def test_sources_at_ra_0_and_beside_the_pole_are_found() -> None:
    assert one_by_one((0.0001, 5.0, 1, 1), (359.9999, 5.0, 1, 1)).source == 0
    across = one_by_one((0.0, 89.9999, 1, 1), (180.0, 89.9999, 1, 1))
    assert across.separation_arcsec == pytest.approx(0.72)
    assert across.de_ruiter == pytest.approx(0.72 / math.sqrt(2))
    assert one_by_one((77.0, -90.0, 1, 1), (200.0, -90.0, 1, 1)).de_ruiter == pytest.approx(0)


def test_the_nearest_detection_gets_the_source_and_the_other_is_new_and_related() -> None:
    near, far = (10.0, 0.0001, 1.0, 1.0), (10.0, 0.0005, 1.0, 1.0)
    first, second = associate(
        as_positions([far, near]), as_positions([(10.0, 0.0, 1.0, 1.0)]), max_radius_arcsec=60
    )
    assert (second.source, second.kind, second.related) == (0, "one_to_many", None)
    assert (first.source, first.kind, first.related) == (None, "new", 0)


def test_one_detection_between_two_sources_belongs_to_the_nearer_one_only() -> None:
    sources = as_positions([(10.0, 0.0006, 1.0, 1.0), (10.0, -0.0005, 1.0, 1.0)])
    (found,) = associate(as_positions([(10.0, 0.0, 1.0, 1.0)]), sources, max_radius_arcsec=60)
    assert (found.source, found.kind) == (1, "many_to_one")


def test_two_detections_between_two_sources_part_them() -> None:
    sources = as_positions([(10.0, 0.0006, 1.0, 1.0), (10.0, -0.0005, 1.0, 1.0)])
    detections = as_positions([(10.0, -0.0002, 1.0, 1.0), (10.0, -0.0004, 1.0, 1.0)])
    found = associate(detections, sources, max_radius_arcsec=60)
    assert [(one.source, one.kind) for one in found] == [(0, "many_to_many"), (1, "many_to_many")]
    assert found[0].related == 1


def test_ties_go_to_the_smaller_id_and_then_to_the_first_detection() -> None:
    source = (10.0, 0.0, 1.0, 1.0)
    for ids, winner in ((["b", "a"], 1), (["a", "b"], 0)):
        (found,) = associate(
            as_positions([source]), as_positions([source, source]), ids, max_radius_arcsec=1
        )
        assert found.source == winner
    twice = associate(as_positions([source] * 2), as_positions([source]), max_radius_arcsec=1)
    assert [one.source for one in twice] == [0, None]


def test_a_systematic_error_adds_in_quadrature_to_the_detection() -> None:
    detection, source = (10.0, 0.0, 3.0, 3.0), (10.001, 0.0, 1.0, 1.0)
    assert one_by_one(detection, source, systematic_arcsec=4.0).de_ruiter == pytest.approx(
        3.6 / math.sqrt(25 + 1)
    )


def test_nothing_is_matched_beyond_the_search_radius_however_large_its_errors() -> None:
    detection, source = (10.0, 0.0, 500.0, 500.0), (10.01, 0.0, 1.0, 1.0)
    assert one_by_one(detection, source, max_radius_arcsec=35.9).source is None
    assert one_by_one(detection, source, max_radius_arcsec=36.1).source == 0


@pytest.mark.parametrize("error", [0.0, -1.0, math.nan])
def test_unknown_errors_are_refused_unless_they_are_not_needed(error: float) -> None:
    detection = (10.0, 0.0, error, 1.0)
    source = (10.0, 0.0, 0.0 if error == 0.0 else 1.0, 1.0)
    with pytest.raises(NoPositionErrors, match='method="nearest"'):
        one_by_one(detection, source)
    nearest = one_by_one(detection, source, method="nearest")
    assert (nearest.source, nearest.de_ruiter) == (0, None)


def test_an_empty_side_gives_no_pairs() -> None:
    row = (10.0, 0.0, 1.0, 1.0)
    assert associate(as_positions([]), as_positions([row]), max_radius_arcsec=1) == []
    (found,) = associate(as_positions([row]), as_positions([]), max_radius_arcsec=1)
    assert found == Association(None, "new", None, None, None)


def test_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        Positions.of([1.0], [1.0, 2.0], [1.0], [1.0])
    with pytest.raises(ValueError, match="finite"):
        Positions.of([math.nan], [1.0], [1.0], [1.0])
    row = as_positions([(10.0, 0.0, 1.0, 1.0)])
    with pytest.raises(ValueError, match="source ids"):
        associate(row, row, ["a", "b"], max_radius_arcsec=1)
