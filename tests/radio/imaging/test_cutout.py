"""Cutouts have their parent's coordinates."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from mustela.radio.imaging.axes import axes_of
from mustela.radio.imaging.cutout import cutout, cutout_picture
from mustela.radio.imaging.errors import CutoutTooLarge, ImagingError, OutsideImage
from mustela.radio.imaging.header import quiet
from mustela.radio.imaging.sky_axes import SkyAxes, from_cards, sky_axes
from tests.radio.imaging.skies import (
    BEAM,
    FREQUENCY,
    STOKES,
    data_of,
    header_of,
    noise,
    set_cards,
    sky_cards,
    write,
)

WIDTH, HEIGHT = 60, 45


def opened(content: bytes) -> tuple[Any, Any]:
    with quiet(), fits.open(io.BytesIO(content)) as parts:
        part: Any = parts[0]
        return part.header.copy(), part.data.copy()


def place(header: Any, shape: tuple[int, ...]) -> SkyAxes:
    axes = axes_of(header, shape)
    assert axes is not None
    found = sky_axes(header, axes)
    assert found is not None
    return found


SKIES: dict[str, dict[str, Any]] = {
    **{code: {"projection": code} for code in ("SIN", "TAN", "ARC", "AIT", "CAR")},
    "NCP": {"projection": "NCP"},
    "galactic": {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN", "RADESYS": None},
    "rotated": {"PC1_1": 0.8, "PC1_2": -0.6, "PC2_1": 0.6, "PC2_2": 0.8},
    "B1950": {"RADESYS": "FK4", "EQUINOX": 1950.0},
}


@pytest.fixture(scope="module")
def parents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("parents")
    made = {}
    for name, given_cards in SKIES.items():
        cards = dict(given_cards)
        base = sky_cards(WIDTH, HEIGHT, projection=cards.pop("projection", "SIN"), scale_deg=0.02)
        # The reference lies off the centre, as in a mosaic's tile.
        base |= {"CRPIX1": 80.3, "CRPIX2": -12.7}
        made[name] = write(folder / f"{name}.fits", noise((HEIGHT, WIDTH)), **(base | cards))
    return made


@pytest.mark.parametrize("name", list(SKIES))
@settings(max_examples=12, deadline=None)
@given(
    x=st.floats(-4.5, WIDTH + 3.5),
    y=st.floats(-4.5, HEIGHT + 3.5),
    width=st.integers(12, 30),
    height=st.integers(12, 30),
)
def test_coordinates_and_pixels_are_the_parents(
    parents: dict[str, Path], name: str, x: float, y: float, width: int, height: int
) -> None:
    path = parents[name]
    parent = place(header_of(path), (HEIGHT, WIDTH))
    ra, dec = (float(value) for value in parent.to_sky(x, y))
    content = cutout(path, ra_deg=ra, dec_deg=dec, width_px=width, height_px=height)
    header, data = opened(content)
    assert data.shape == (height, width)
    child = place(header, data.shape)
    columns, rows = np.array([0.0, width - 1, width / 2]), np.array([0.0, height / 3, height - 1])
    there = parent.to_pixels(*child.to_sky(columns, rows))
    shift = there[0][0] - columns[0], there[1][0] - rows[0]
    assert np.allclose(there[0] - columns, round(shift[0]), atol=1e-6)
    assert np.allclose(there[1] - rows, round(shift[1]), atol=1e-6)
    assert abs((width - 1) / 2 + shift[0] - x) <= 0.51
    assert abs((height - 1) / 2 + shift[1] - y) <= 0.51
    left, bottom = round(shift[0]), round(shift[1])
    padded = np.pad(data_of(path), 50, constant_values=np.nan)
    expected = padded[bottom + 50 : bottom + 50 + height, left + 50 : left + 50 + width]
    assert np.array_equal(data, expected, equal_nan=True)


def test_beam_unit_and_all_axes_stay(tmp_path: Path) -> None:
    cube = np.stack([noise(seed=channel) + channel for channel in range(5)])[None]
    path = write(tmp_path / "a.fits", cube, **FREQUENCY, **STOKES, OBJECT="F1", HISTORY="made")
    header, data = opened(cutout(path, ra_deg=150.0, dec_deg=-30.0, size_deg=0.01))
    assert data.shape == (1, 1, 10, 10)
    assert (header["BMAJ"], header["BMIN"], header["BPA"]) == (4e-3, 3e-3, 20.0)
    assert (header["BUNIT"], header["OBJECT"]) == ("Jy/beam", "F1")
    assert data.mean() == pytest.approx(2, abs=0.01)  # the middle channel ...
    frequency = header["CRVAL3"] + (1 - header["CRPIX3"]) * header["CDELT3"]
    assert frequency == 890e6  # ... and it says so
    assert header["CTYPE4"] == "STOKES"
    history = list(header["HISTORY"])
    assert history[0] == "made"
    assert history[1] == "Cutout by Mustela of a.fits"
    assert "NaN" not in "".join(history)


def test_what_lies_outside_is_nan_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.fits")
    header, data = opened(cutout(path, ra_deg=150.0, dec_deg=-30.02, width_px=9))
    assert np.isnan(data[:4]).all()
    assert np.isfinite(data[5:]).all()
    assert "pixels outside the original image are NaN" in list(header["HISTORY"])


def test_outside_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.fits")
    for ra, dec in ((151.0, -30.0), (330.0, 30.0)):
        with pytest.raises(OutsideImage):
            cutout(path, ra_deg=ra, dec_deg=dec, size_deg=0.01)
    lost = write(tmp_path / "lost.fits", **dict.fromkeys(sky_cards(), None))
    with pytest.raises(OutsideImage):
        cutout(lost, ra_deg=150.0, dec_deg=-30.0, size_deg=0.01)


def test_the_limit_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.fits")
    with pytest.raises(CutoutTooLarge, match="16,777,216"):
        cutout(path, ra_deg=150.0, dec_deg=-30.0, width_px=5000)
    with pytest.raises(ImagingError, match="size_deg"):
        cutout(path, ra_deg=150.0, dec_deg=-30.0)


def test_compressed_and_scaled_parents_give_plain_cutouts(tmp_path: Path) -> None:
    cards = fits.Header(sky_cards() | BEAM)
    packed = tmp_path / "a.fits.fz"
    fits.CompImageHDU(noise(), cards, quantize_level=0, compression_type="GZIP_2").writeto(packed)
    header, data = opened(cutout(packed, ra_deg=150.0, dec_deg=-30.0, width_px=10))
    assert np.array_equal(data, noise()[15:25, 20:30])
    assert not [keyword for keyword in header if keyword.startswith("ZCMP")]
    scaled = write(tmp_path / "b.fits", np.arange(2000, dtype=np.int16).reshape(40, 50))
    set_cards(scaled, {"BSCALE": 0.5, "BLANK": 0})
    header, data = opened(cutout(scaled, ra_deg=150.0, dec_deg=-30.0, width_px=50, height_px=40))
    assert np.isnan(data[0, 0])
    assert data[0, 3] == 1.5
    assert "BSCALE" not in header


def test_beams_of_each_channel_become_their_median(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    cards = fits.Header(sky_cards() | FREQUENCY | {"CASAMBM": True, "BUNIT": "Jy/beam"})
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column(name, "E", unit=unit, array=values)
            for name, unit, values in (
                ("BMAJ", "arcsec", [9, 10.8, 12]),
                ("BMIN", "arcsec", [7.2] * 3),
                ("BPA", "deg", [1, 2, 3]),
            )
        ],
        name="BEAMS",
    )
    fits.HDUList([fits.PrimaryHDU(np.stack([noise()] * 3), cards), table]).writeto(path)
    header, _ = opened(cutout(path, ra_deg=150.0, dec_deg=-30.0, width_px=9))
    assert (header["BMAJ"], header["BMIN"], header["BPA"]) == pytest.approx((3e-3, 2e-3, 2.0))
    assert "CASAMBM" not in header


def test_a_cutout_has_a_picture(tmp_path: Path) -> None:
    path = write(tmp_path / "a.fits")
    picture = cutout_picture(path, ra_deg=150.0, dec_deg=-30.01, width_px=12)
    assert (picture.width, picture.height, picture.media_type) == (12, 12, "image/png")
    assert picture.wcs is not None
    x, y = from_cards(picture.wcs).to_pixels(150.0, -30.01)
    assert (float(x), float(y)) == pytest.approx((5.5, 5.5), abs=0.51)
