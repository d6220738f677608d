"""Unit vectors, separations, position angles, offsets."""

from __future__ import annotations

import math
import subprocess
import sys

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given
from hypothesis import strategies as st

from mustela.radio.sky.arrays import separations
from mustela.radio.sky.positions import (
    NotAPosition,
    offset_by,
    offsets,
    position_angle,
    position_of,
    separation,
    unit_vector,
    wrapped,
)
from tests.radio.sky.fix_sky import positions, some

Position = tuple[float, float]


@some
@given(positions, positions)
def test_a_separation_is_what_astropy_says(one: Position, other: Position) -> None:
    theirs = SkyCoord(*one, unit="deg").separation(SkyCoord(*other, unit="deg")).deg
    assert separation(*one, *other) == pytest.approx(theirs, abs=2e-13, rel=1e-12)
    assert separations(*one, *other) == pytest.approx(separation(*one, *other), abs=1e-13)


@pytest.mark.parametrize("apart", [0.0, 1e-12, 1e-7, 1.0, 90.0, 179.9999999, 180.0])
def test_a_separation_is_exact_from_nothing_to_half_a_turn(apart: float) -> None:
    assert separation(10.0, 0.0, 10.0 + apart, 0.0) == pytest.approx(apart, abs=1e-13)


@some
@given(positions, st.floats(0.0, 359.99), st.floats(1e-6, 179.0))
def test_an_offset_lies_in_the_direction_and_at_the_distance_it_was_asked_for(
    start: Position, direction: float, distance: float
) -> None:
    end = offset_by(*start, direction, distance)
    assert separation(*start, *end) == pytest.approx(distance, abs=1e-12)
    off = math.remainder(position_angle(*start, *end) - direction, 360.0)
    assert math.radians(abs(off)) * math.sin(math.radians(distance)) < 1e-13


@some
@given(positions, positions)
def test_offsets_to_east_and_north_are_the_separation_in_quadrature(
    one: Position, other: Position
) -> None:
    east, north = offsets(*one, *other)
    assert math.hypot(east, north) == pytest.approx(separation(*one, *other) * 3600)


def test_a_position_angle_goes_from_north_through_east() -> None:
    here = SkyCoord(359.9, -30.0, unit="deg")
    there = SkyCoord(0.2, -30.1, unit="deg")
    assert position_angle(359.9, -30.0, 0.2, -30.1) == pytest.approx(
        here.position_angle(there).to_value(u.deg)
    )
    assert position_angle(10, 10, 10, 11) == pytest.approx(0.0, abs=1e-9)
    assert position_angle(359.99, 0, 0.01, 0) == pytest.approx(90.0)


@some
@given(positions)
def test_a_position_survives_the_way_to_its_unit_vector_and_back(position: Position) -> None:
    assert separation(*position, *position_of(unit_vector(*position))) < 1e-13


def test_right_ascension_stays_from_0_to_below_360() -> None:
    assert [wrapped(ra) for ra in (0.0, 360.0, -1.0, 725.0, -1e-20)] == [0.0, 0.0, 359.0, 5.0, 0.0]
    assert np.all(separations([360.0, -1.0], [0.0, 0.0], [0.0, 359.0], [0.0, 0.0]) < 1e-13)


@pytest.mark.parametrize(("ra", "dec"), [(math.nan, 0), (math.inf, 0), (0, 90.1), (0, math.nan)])
def test_what_is_no_position_is_refused(ra: float, dec: float) -> None:
    with pytest.raises(NotAPosition, match="-90 to 90"):
        unit_vector(ra, dec)


def test_single_positions_need_no_numpy() -> None:
    modules = "cells, names, region, position_sums"
    program = (
        f"from mustela.radio.sky import {modules}\n"
        "from mustela.radio.variability import sums\n"
        "import sys\n"
        "print(sorted({'numpy', 'astropy', 'cdshealpix', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"[]\n"
