"""Where images lie on the sky."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from mustela.radio.imaging.axes import axes_of
from mustela.radio.imaging.directions import vector
from mustela.radio.imaging.footprint import Footprint, footprint
from mustela.radio.imaging.sky_axes import SkyAxes, sky_axes
from tests.radio.imaging.skies import header, sky_cards


def sky(cards: dict[str, Any], width: int = 50, height: int = 40) -> SkyAxes:
    made = header(sky_cards(width, height) | cards)
    axes = axes_of(made, (height, width))
    assert axes is not None
    found = sky_axes(made, axes)
    assert found is not None
    return found


def place(cards: dict[str, Any], width: int = 50, height: int = 40) -> Footprint:
    found = footprint(sky(cards, width, height), width, height)
    assert found is not None
    return found


def corners(found: Footprint) -> Any:
    assert found.polygon is not None
    return np.array(found.polygon).reshape(-1, 2)


def test_a_small_field_has_its_four_outer_corners() -> None:
    found = place({})
    assert (found.ra_deg, found.dec_deg) == pytest.approx((150.0, -30.0), abs=1e-9)
    assert len(corners(found)) == 4
    x, y = sky({}).to_pixels(*corners(found).T)
    outer = {(-0.5, -0.5), (49.5, -0.5), (49.5, 39.5), (-0.5, 39.5)}
    assert {(round(float(a), 4), round(float(b), 4)) for a, b in zip(x, y, strict=True)} == outer
    assert found.radius_deg == pytest.approx(np.hypot(25e-3, 20e-3), rel=1e-4)


@pytest.mark.parametrize("cdelt", [-1e-3, 1e-3])
def test_corners_are_counter_clockwise_seen_from_inside(cdelt: float) -> None:
    points = corners(place({"CDELT1": cdelt}))
    east, north = (points[:, 0] - 150) * np.cos(np.radians(30)), points[:, 1] + 30
    # Seen from inside, east is left: x = -east.
    turning = np.cross(
        np.diff(np.c_[-east, north, np.zeros(4)], axis=0)[0],
        np.diff(np.c_[-east, north, np.zeros(4)], axis=0)[1],
    )
    assert turning[2] > 0


@pytest.mark.parametrize(
    "cards",
    [
        {"CTYPE1": "GLON-SIN", "CTYPE2": "GLAT-SIN", "CRVAL1": 330.0, "RADESYS": "ICRS"},
        {"RADESYS": "FK4", "EQUINOX": 1950.0},
        {"RADESYS": "FK5", "EQUINOX": 1979.9},
    ],
)
def test_other_frames_are_turned_into_icrs(cards: dict[str, Any]) -> None:
    found = place(cards)
    if "RADESYS" in cards and cards["RADESYS"] == "ICRS":
        expected: Any = SkyCoord(330, -30, unit="deg", frame="galactic").icrs
    else:
        name = cards["RADESYS"].lower()
        equinox = ("B" if name == "fk4" else "J") + str(cards["EQUINOX"])
        expected = SkyCoord(150, -30, unit="deg", frame=name, equinox=equinox).icrs
    assert (found.ra_deg, found.dec_deg) == pytest.approx(
        (expected.ra.deg, expected.dec.deg), abs=1e-8
    )


@pytest.mark.parametrize("projection", ["SIN", "TAN", "ARC", "CAR", "AIT", "NCP"])
@pytest.mark.parametrize("scale", [0.01, 0.3])
def test_the_polygon_and_the_circle_hold_every_pixel(projection: str, scale: float) -> None:
    cards = sky_cards(projection=projection, scale_deg=scale)
    if projection in {"CAR", "AIT"}:
        cards |= {"CRVAL2": 0.0, "CRPIX2": 50.0}
    elif projection == "NCP":
        cards |= {"CRVAL2": -60.0}
    found, axes = place(cards), sky(cards)
    x, y = np.meshgrid(np.arange(50), np.arange(40))
    pixels = vector(*axes.to_sky(x.ravel(), y.ravel()))
    centre = vector(found.ra_deg, found.dec_deg)
    away = np.degrees(2 * np.arcsin(np.linalg.norm(pixels - centre, axis=1) / 2))
    assert away.max() <= found.radius_deg + 1e-9
    edge = vector(*corners(found).T)
    # Left of every side, as its points turn, but for a pixel where the edge bends inwards.
    middle = edge.sum(axis=0)
    turning = np.array([angle_about(pixel, edge) for pixel in pixels[:: len(pixels) // 200]])
    assert np.mean(np.abs(turning) > np.pi) > 0.95
    assert middle @ centre > 0


def angle_about(point: Any, polygon: Any) -> float:
    """How far the polygon turns about the point: a whole turn where it lies inside."""
    towards = polygon - (polygon @ point)[:, None] * point
    after = np.roll(towards, -1, axis=0)
    turn = np.arctan2(np.cross(towards, after) @ point, (towards * after).sum(axis=1))
    return float(turn.sum())


def test_across_right_ascension_zero_and_the_pole() -> None:
    found = place({"CRVAL1": 0.0})
    assert found.ra_deg == pytest.approx(0.0, abs=1e-9) or found.ra_deg == pytest.approx(360.0)
    assert found.radius_deg < 0.04
    found = place({"CRVAL2": -90.0})
    assert found.dec_deg == pytest.approx(-90.0)
    assert found.radius_deg == pytest.approx(np.hypot(25e-3, 20e-3), rel=1e-4)


def test_an_all_sky_image_has_no_polygon() -> None:
    cards = sky_cards(360, 180, projection="AIT", scale_deg=1.0) | {"CRVAL2": 0.0}
    found = place(cards, 360, 180)
    assert found.polygon is None
    assert found.radius_deg > 160


def test_corners_off_the_sky_leave_a_circle_about_the_valid_part() -> None:
    cards = sky_cards(120, 120, scale_deg=1.0)  # SIN ends at 57.3 pixels from the middle
    found = footprint(sky(cards, 120, 120), 120, 120)
    assert found is not None
    assert found.radius_deg >= 75
    assert found.polygon is None or len(found.polygon) == 48


def test_an_image_wholly_off_the_sky_has_no_place() -> None:
    assert footprint(sky({"CRPIX1": 1e6}), 50, 40) is None
