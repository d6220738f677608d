"""The noise of an image does not know of its sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mustela.radio.imaging.noise import robust_rms
from tests.radio.imaging.skies import data_of

DATA = Path(__file__).parents[4] / "shared" / "data" / "radio"


def field(sources: int, sigma: float = 2.5e-4, side: int = 600) -> NDArray[np.floating[Any]]:
    """Noise and sources with a beam of seven pixels, from five standard deviations up."""
    random = np.random.default_rng(7)
    pixels = random.normal(0, sigma, (side, side))
    rows, columns = np.mgrid[-10:11, -10:11]
    shape = np.exp(-(rows**2 + columns**2) / 18)
    for _ in range(sources):
        row, column = random.integers(10, side - 10, 2)
        pixels[row - 10 : row + 11, column - 10 : column + 11] += (
            5 * sigma * (1 + random.pareto(1)) * shape
        )
    return pixels


@pytest.mark.parametrize("sources", [0, 20, 100])
def test_sources_do_not_count(sources: int) -> None:
    assert robust_rms(field(sources)) == pytest.approx(2.5e-4, rel=0.03)


def test_an_offset_does_not_count() -> None:
    assert robust_rms(field(20) + 100.0) == pytest.approx(2.5e-4, rel=0.03)


def test_blank_and_padded_pixels_do_not_count() -> None:
    pixels = field(20)
    pixels[:200] = np.nan
    pixels[:, :250] = 0.0
    pixels[250, 400] = np.inf
    assert robust_rms(pixels) == pytest.approx(2.5e-4, rel=0.03)


def test_coarse_steps_are_no_padding() -> None:
    pixels = np.round(field(0, sigma=1.0))
    assert robust_rms(pixels) == pytest.approx(1.0, rel=0.08)


@pytest.mark.parametrize("pixels", [[], [np.nan] * 9, [1.0], [0.0] * 9, [5.0] * 9])
def test_where_there_is_no_noise_it_is_unknown(pixels: list[float]) -> None:
    assert robust_rms(np.array(pixels)) is None


@pytest.mark.skipif(not DATA.exists(), reason="the files of ../shared/data are not here")
def test_it_is_the_local_noise_of_a_published_catalogue() -> None:
    local = data_of(DATA / "aegean_1904_comp.fits")["local_rms"]
    found = robust_rms(data_of(DATA / "aegean_1904-66_SIN.fits"))
    assert found == pytest.approx(float(np.median(local)), rel=0.1)


@pytest.mark.skipif(not DATA.exists(), reason="the files of ../shared/data are not here")
@pytest.mark.parametrize("epoch", ["01", "02", "04"])
def test_it_is_the_median_of_a_map_of_noise(epoch: str) -> None:
    noise_map = data_of(DATA / f"vast_epoch{epoch}.noiseMap.fits")
    found = robust_rms(data_of(DATA / f"vast_epoch{epoch}.fits"))
    assert found == pytest.approx(float(np.median(noise_map[noise_map > 0])), rel=0.1)
