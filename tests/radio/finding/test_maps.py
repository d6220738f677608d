"""Noise and background maps."""

from __future__ import annotations

import numpy as np
import pytest

from mustela.radio.finding.maps import make_maps
from mustela.radio.finding.noise_correlation import correlation_width
from tests.radio.finding.synthetic_sky import (
    BEAM,
    grid_of_stars,
    noise,
    plane,
    sky_wcs,
    stars_on,
)

SHAPE = (256, 256)
WCS_ = sky_wcs(SHAPE)


def test_the_noise_is_right_to_a_few_per_cent_also_among_sources() -> None:
    stars = grid_of_stars(SHAPE, 60, 0.5, 1)
    maps = make_maps(plane(stars_on(SHAPE, stars, WCS_) + noise(SHAPE, 1e-3, 2), WCS_))
    assert np.median(maps.rms) == pytest.approx(1e-3, rel=0.05)
    assert abs(np.median(maps.background)) < 2e-4


def test_noise_and_background_follow_the_image() -> None:
    across = np.linspace(1.0, 3.0, SHAPE[1])[None, :]
    seen = plane(noise(SHAPE, 1e-3, 3) * across + 0.01 * across, WCS_)
    maps = make_maps(seen)
    assert maps.rms[:, 230].mean() / maps.rms[:, 25].mean() == pytest.approx(2.33, rel=0.15)
    assert maps.background[:, 230].mean() == pytest.approx(0.01 * across[0, 230], rel=0.05)


def test_blank_pixels_stay_blank_and_spoil_nothing() -> None:
    image = noise(SHAPE, 1e-3, 4)
    image[:, :150] = np.nan
    maps = make_maps(plane(image, WCS_))
    assert np.isnan(maps.rms[:, :150]).all()
    assert np.isnan(maps.background[:, :150]).all()
    assert np.isfinite(maps.rms[:, 150:]).all()
    assert np.median(maps.rms[:, 150:]) == pytest.approx(1e-3, rel=0.1)


@pytest.mark.parametrize("shape", [(1, 40), (7, 5), (40, 1)])
def test_the_smallest_images_have_maps(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).normal(size=shape)
    maps = make_maps(plane(image, sky_wcs(shape), BEAM))
    assert maps.rms.shape == shape
    assert np.isfinite(maps.rms).all()


@pytest.mark.parametrize("width", [0.25, 1.0, 1.4])
def test_the_correlation_of_the_noise_is_measured(width: float) -> None:
    rms = np.full(SHAPE, 1.0, dtype=np.float32)
    image = noise(SHAPE, 1.0, 5, width_pixels=4.0 * width).astype(np.float32)
    if width < 0.5:
        assert correlation_width(image, rms, 4.0) < 0.6
    else:
        assert correlation_width(image, rms, 4.0) == pytest.approx(width, rel=0.1)


def test_too_few_pixels_count_as_correlated_like_the_beam() -> None:
    few = np.ones((5, 5), dtype=np.float32)
    assert correlation_width(few, few, 4.0) == 1.0
