"""Pictures of images: north up, east left, and every pixel knows its place."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mustela.files.failure import Unreadable
from mustela.radio.imaging.colours import COLOUR_MAPS, colour_table
from mustela.radio.imaging.errors import PictureRefused
from mustela.radio.imaging.picture import Rendered, render, thumbnail
from mustela.radio.imaging.sky_axes import from_cards
from mustela.radio.imaging.stretch import STRETCHES
from tests.radio.imaging.skies import BEAM, noise, sky_cards, write


def pixels_of(picture: Rendered) -> Any:
    """Rows from the top; red, green, blue, opacity."""
    with Image.open(io.BytesIO(picture.data)) as opened:
        assert opened.size == (picture.width, picture.height)
        return np.asarray(opened.convert("RGBA")).astype(int)


def brightest(picture: Rendered) -> tuple[float, float]:
    """Column and row, from the upper left, of the centre of light."""
    grey = pixels_of(picture)[..., 0].astype(float)
    grey = np.where(grey >= 0.6 * grey.max(), grey, 0)
    rows, columns = np.mgrid[: picture.height, : picture.width]
    return float((columns * grey).sum() / grey.sum()), float((rows * grey).sum() / grey.sum())


def rotated(angle: float, mirrored: bool = False) -> dict[str, Any]:
    """A WCS whose north is turned by so many degrees."""
    turn = math.radians(angle)
    side = 1 if mirrored else -1
    return {
        "CDELT1": 1.0,
        "CDELT2": 1.0,
        "PC1_1": side * 1e-3 * math.cos(turn),
        "PC1_2": side * -1e-3 * math.sin(turn),
        "PC2_1": 1e-3 * math.sin(turn),
        "PC2_2": 1e-3 * math.cos(turn),
    }


def with_star(path: Path, east_px: float, north_px: float, size: int = 61, **cards: Any) -> Path:
    """One bright star so far from the centre, in pixels, of an otherwise dark image."""
    place = from_cards(sky_cards(size, size) | cards)
    ra = 150.0 + east_px * 1e-3 / math.cos(math.radians(30))
    x, y = (float(value) for value in place.to_pixels(ra, -30.0 + north_px * 1e-3))
    rows, columns = np.mgrid[:size, :size]
    star = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 4).astype(np.float32)
    return write(path, star, **cards)


@pytest.mark.parametrize("angle", [0.0, 90.0, 180.0, -90.0, 30.0, 137.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_north_is_up_and_east_is_left(tmp_path: Path, angle: float, mirrored: bool) -> None:
    path = with_star(tmp_path / "a.fits", 5, 20, **rotated(angle, mirrored))
    picture = render(path, stretch="linear", colour_map="grey")
    column, row = brightest(picture)
    middle = (picture.width - 1) / 2, (picture.height - 1) / 2
    assert middle[1] - row == pytest.approx(20, abs=0.6)
    assert middle[0] - column == pytest.approx(5, abs=0.6)


@pytest.mark.parametrize("angle", [0.0, 90.0, 30.0])
@pytest.mark.parametrize("size", [61, 20])
def test_a_pictures_pixels_know_their_place(tmp_path: Path, angle: float, size: int) -> None:
    path = with_star(tmp_path / "a.fits", -8, 12, **rotated(angle))
    picture = render(path, stretch="linear", colour_map="grey", size=size)
    assert max(picture.width, picture.height) <= size
    assert picture.wcs is not None
    ra = 150.0 - 8e-3 / math.cos(math.radians(30))
    column, row = (float(v) for v in from_cards(picture.wcs).to_pixels(ra, -30.0 + 12e-3))
    assert brightest(picture) == pytest.approx((column, row), abs=0.6)


def test_without_turning_the_first_row_is_at_the_bottom(tmp_path: Path) -> None:
    data = np.zeros((4, 6), np.float32)
    data[0, 5] = 1.0
    path = write(tmp_path / "a.fits", data, **rotated(180.0))
    grey = pixels_of(render(path, stretch="asinh", colour_map="grey", north_up=False))[..., 0]
    assert np.unravel_index(grey.argmax(), grey.shape) == (3, 5)


def test_an_image_without_coordinates_has_a_picture_too(tmp_path: Path) -> None:
    cards = dict.fromkeys(sky_cards(), None)
    picture = render(write(tmp_path / "a.fits", **cards))
    assert (picture.width, picture.height, picture.wcs) == (50, 40, None)


def test_large_images_are_shrunk_by_the_means_of_blocks(tmp_path: Path) -> None:
    data = np.zeros((90, 70), np.float32)
    data[::3, ::3] = 9.0  # the mean of every block of three is one
    data[:3, :3] = np.nan
    data[3:6, :3], data[4, 1] = np.nan, 1.0
    picture = render(write(tmp_path / "a.fits", data), size=30, colour_map="grey")
    assert (picture.width, picture.height) == (24, 30)
    shown = pixels_of(picture)
    assert shown[-1, 0, 3] == 0  # nothing but blanks
    assert shown[-2, 0, 3] == 255  # one pixel is enough
    assert len(np.unique(shown[:-1, :-1, 0])) == 1


def test_every_stretch_and_colour_map_works_on_any_image(tmp_path: Path) -> None:
    data = noise()
    data[0] = np.nan
    paths = [
        write(tmp_path / "a.fits", data),
        write(tmp_path / "flat.fits", np.ones((8, 8), np.float32)),
        write(tmp_path / "blank.fits", np.full((8, 8), np.nan, np.float32)),
    ]
    for path in paths:
        for stretch in STRETCHES:
            for name in COLOUR_MAPS:
                picture = render(path, stretch=stretch, colour_map=name)
                assert pixels_of(picture).shape == (picture.height, picture.width, 4)
    assert pixels_of(render(paths[2]))[..., 3].max() == 0
    assert (pixels_of(render(paths[0]))[-1, :, 3] == 0).all()


def test_a_cube_shows_the_channel_that_is_measured(tmp_path: Path) -> None:
    cube = np.zeros((3, 8, 8), np.float32)
    cube[1] = np.nan
    cube[0, 7, 7] = 1.0
    cube[2] = np.nan
    path = write(tmp_path / "a.fits", cube, CTYPE3="FREQ", CRVAL3=1e9, CDELT3=1e6, CRPIX3=1.0)
    shown = pixels_of(render(path, stretch="asinh", colour_map="grey"))[..., 0]
    assert np.unravel_index(shown.argmax(), shown.shape) == (0, 7)


def test_colour_maps_rise_from_dark_to_bright() -> None:
    for name in ("grey", "cubehelix", "heat"):
        light = colour_table(name).astype(float) @ [0.30, 0.59, 0.11]
        assert light[0] < 1
        assert light[-1] > 254
        assert (np.diff(light) > -1.5).all()
    assert (colour_table("grey_inverted") == colour_table("grey")[::-1]).all()


def test_a_thumbnail_is_a_small_webp(tmp_path: Path) -> None:
    picture = thumbnail(write(tmp_path / "a.fits", noise((300, 600))))
    assert (picture.width, picture.height) == (200, 100)
    assert picture.media_type == "image/webp"
    assert picture.data[8:12] == b"WEBP"


def test_half_an_image_has_no_picture(tmp_path: Path) -> None:
    path = write(tmp_path / "a.fits", noise((300, 600)))
    path.write_bytes(path.read_bytes()[:400000])
    with pytest.raises(Unreadable) as caught:
        render(path)
    assert caught.value.stage == "truncated"


@pytest.mark.parametrize(
    "wrong",
    [{"stretch": "log"}, {"colour_map": "jet"}, {"size": 0}, {"size": 5000}, {"media_type": "x"}],
)
def test_what_does_not_exist_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(PictureRefused):
        render(write(tmp_path / "a.fits", **BEAM), **wrong)
