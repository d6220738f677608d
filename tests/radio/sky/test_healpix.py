"""Cells of single positions, against the library that does it for arrays."""

from __future__ import annotations

import cdshealpix
import numpy as np
import pytest
from hypothesis import given

from mustela.radio.sky.arrays import angles, cells_of, unit_vectors
from mustela.radio.sky.healpix import DEEPEST, REACH, cell_of, middle_of
from mustela.radio.sky.positions import angle, unit_vector
from tests.radio.sky.fix_sky import many, positions


def middle_of_index(order: int, cell: int) -> tuple[float, float, float]:
    within = cell & ((1 << 2 * order) - 1)
    x = sum((within >> 2 * bit & 1) << bit for bit in range(order))
    y = sum((within >> 2 * bit + 1 & 1) << bit for bit in range(order))
    return middle_of(order, cell >> 2 * order, x, y)


@many
@given(positions)
def test_a_position_is_in_its_cell(position: tuple[float, float]) -> None:
    middle = middle_of_index(DEEPEST, cell_of(*position))
    assert angle(middle, unit_vector(*position)) <= REACH[DEEPEST]


@many
@given(positions)
def test_one_position_has_the_same_cell_as_among_many(position: tuple[float, float]) -> None:
    alone, among_many = cell_of(*position), int(cells_of(*position)[0])
    if alone != among_many:  # within rounding of the edge between two cells
        apart = angle(middle_of_index(DEEPEST, alone), middle_of_index(DEEPEST, among_many))
        assert apart <= 2 * REACH[DEEPEST]


def test_random_positions_have_exactly_the_cells_that_cdshealpix_gives() -> None:
    rng = np.random.default_rng(12)
    ra, dec = rng.uniform(0, 360, 4000), np.degrees(np.arcsin(rng.uniform(-1, 1, 4000)))
    dec[:500] = 90 - 10 ** rng.uniform(-12, 1, 500)
    dec[500:1000] = -dec[:500]
    assert [cell_of(*at) for at in zip(ra.tolist(), dec.tolist(), strict=True)] == (
        cells_of(ra, dec).tolist()
    )


@pytest.mark.parametrize("order", range(6))
def test_no_corner_or_edge_of_a_cell_is_out_of_its_reach(order: int) -> None:
    cells = np.arange(12 * 4**order)
    middles = np.array([middle_of_index(order, cell) for cell in cells.tolist()])
    lon, lat = cdshealpix.healpix_to_lonlat(cells, order)
    assert angles(middles, unit_vectors(lon.deg, lat.deg)).max() < 1e-14
    lon, lat = cdshealpix.vertices(cells, order, step=8)
    reached = angles(unit_vectors(lon.deg, lat.deg), middles[:, None, :]).max()
    assert 0.99 * REACH[order] < reached < REACH[order]


def test_a_cell_is_an_integer_that_every_database_holds() -> None:
    assert 0 <= cell_of(0, 90) < cell_of(359.999999, -90) < 12 * 4**29 < 2**63
