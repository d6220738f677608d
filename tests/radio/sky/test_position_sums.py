"""Weighted mean positions as sums."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mustela.radio.sky.position_sums import NoPosition, PositionSums
from mustela.radio.sky.positions import offset_by, separation
from tests.radio.sky.fix_sky import positions, some

Detection = tuple[float, float, float, float]


@st.composite
def detections(draw: st.DrawFn) -> list[Detection]:
    """Of one source: within some arcseconds of a position that may be a pole."""
    centre = draw(positions)
    errors = st.floats(1e-3, 30.0)
    near = st.tuples(st.floats(0, 360), st.floats(0, 20.0), errors, errors)
    return [
        (*offset_by(*centre, turn, far / 3600), ra_err, dec_err)
        for turn, far, ra_err, dec_err in draw(st.lists(near, min_size=1, max_size=12))
    ]


def summed(all_of: list[Detection]) -> PositionSums:
    sums = PositionSums()
    for one in all_of:
        sums = sums.added(*one)
    return sums


def position_of(sums: PositionSums) -> tuple[float, float]:
    position = sums.position()
    assert position is not None
    return position


@some
@given(detections())
def test_the_mean_is_the_same_in_any_order_and_merged_in_parts(
    found: list[Detection],
) -> None:
    order = sorted(found, key=hash)
    half = len(found) // 2
    expected = summed(found)
    for other in (summed(order), summed(found[:half]).merged(summed(found[half:]))):
        assert other.n == len(found)
        assert separation(*position_of(expected), *position_of(other)) < 1e-12
        assert other.errors_arcsec() == pytest.approx(expected.errors_arcsec(), rel=1e-12)


@some
@given(detections(), detections())
def test_what_is_taken_away_again_leaves_the_mean(
    found: list[Detection], more: list[Detection]
) -> None:
    sums = summed(found)
    for one in found:
        sums = sums.added(*one)
    for one in found:
        sums = sums.removed(*one)
    assert separation(*position_of(sums), *position_of(summed(found))) < 1e-9
    assert summed(more).without(summed(more)) == PositionSums()


def test_a_mean_is_weighted_by_the_inverse_of_the_variance() -> None:
    sums = PositionSums().added(10.0, 0.0, 1.0, 1.0).added(10.001, 0.0, 2.0, 2.0)
    assert position_of(sums) == pytest.approx((10.0 + 0.001 / 5, 0.0), abs=1e-12)
    assert sums.errors_arcsec() == pytest.approx((math.sqrt(0.8), math.sqrt(0.8)))


def test_a_mean_lies_between_its_positions_at_ra_0_and_at_the_poles() -> None:
    across = PositionSums().added(359.999, 10.0, 1, 1).added(0.001, 10.0, 1, 1)
    assert separation(*position_of(across), 0.0, 10.0) < 1e-7  # the great circle's middle
    pole = PositionSums()
    for ra in (0.0, 90.0, 180.0, 270.0):
        pole = pole.added(ra, -89.999, 1, 1)
    assert separation(*position_of(pole), 0.0, -90.0) < 1e-12


def test_nothing_has_no_position_and_opposites_have_no_mean() -> None:
    assert PositionSums().position() is None
    assert PositionSums().errors_arcsec() is None
    assert PositionSums().added(0, 0, 1, 1).added(180, 0, 1, 1).position() is None


def test_very_unequal_errors_still_have_a_position() -> None:
    assert position_of(PositionSums().added(5.0, 6.0, 1e-6, 1e3)) == pytest.approx((5.0, 6.0))


@pytest.mark.parametrize("errors", [(0.0, 1.0), (1.0, -1.0), (math.nan, 1.0), (1.0, math.inf)])
def test_a_position_without_an_error_has_no_weight(errors: tuple[float, float]) -> None:
    with pytest.raises(NoPosition, match="above 0"):
        PositionSums.of(1.0, 2.0, *errors)
