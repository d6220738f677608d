"""Forced fits: exact without noise, unbiased with it, whatever the projection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from astropy.wcs import WCS

from mustela.radio.finding.detection import REASONS, Position
from mustela.radio.finding.forced import force, force_in
from mustela.radio.finding.maps import Maps, make_maps
from mustela.radio.finding.plane import Beam
from tests.radio.finding.synthetic_sky import (
    Star,
    grid_of_stars,
    noise,
    plane,
    sky_wcs,
    stars_on,
    write,
)

SHAPE = (240, 240)
RMS = 1e-3
FLAT = Maps(np.full(SHAPE, RMS, np.float32), np.zeros(SHAPE, np.float32))


def positions(stars: Sequence[Star], wcs: WCS) -> list[Position]:
    ra, dec = wcs.all_pix2world([one.x for one in stars], [one.y for one in stars], 0)
    return [
        Position(str(number), float(one[0]), float(one[1]))
        for number, one in enumerate(zip(ra, dec, strict=True))
    ]


@pytest.mark.parametrize(
    ("projection", "centre", "turned"),
    [
        ("SIN", (150.0, -30.0), 0.0),
        ("SIN", (0.001, 10.0), 30.0),
        ("TAN", (10.0, 89.98), 200.0),
        ("AIT", (200.0, 40.0), 0.0),
        ("CAR", (80.0, 55.0), 0.0),
    ],
)
def test_without_noise_fluxes_are_exact_also_of_neighbours(
    projection: str, centre: tuple[float, float], turned: float
) -> None:
    wcs = sky_wcs(SHAPE, projection=projection, centre=centre, turned_deg=turned)
    stars: list[Star] = []
    for star in grid_of_stars(SHAPE, 60, 1.0, 7):
        stars += [star, Star(star.x + 4.0, star.y + 1.5, 0.3), Star(star.x - 1.0, star.y + 5, -0.2)]
    answers = force_in(plane(stars_on(SHAPE, stars, wcs), wcs), FLAT, positions(stars, wcs))
    for star, answer in zip(stars, answers, strict=True):
        assert answer.reason is None
        assert answer.detection is not None
        assert answer.detection.peak_jy == pytest.approx(star.jy, rel=1e-5)
        assert answer.detection.integrated_jy == answer.detection.peak_jy
        assert answer.detection.flags == ("blended",)


@pytest.mark.parametrize("width", [1.0, 1.4])
def test_fits_in_noise_are_unbiased_and_their_errors_are_true(width: float) -> None:
    shape = (500, 500)
    wcs = sky_wcs(shape)
    stars = [Star(one.x, one.y, 4 * RMS) for one in grid_of_stars(shape, 22, 1.0, 3)]
    image = stars_on(shape, stars, wcs) + noise(shape, RMS, 21, width_pixels=3.92 * width)
    maps = Maps(np.full(shape, RMS, np.float32), np.zeros(shape, np.float32))
    answers = force_in(plane(image, wcs), maps, positions(stars, wcs))
    pulls = []
    for star, answer in zip(stars, answers, strict=True):
        found = answer.detection
        assert found is not None
        assert found.peak_jy is not None
        assert found.peak_error_jy
        pulls.append((found.peak_jy - star.jy) / found.peak_error_jy)
    assert len(pulls) == 441
    assert abs(np.mean(pulls)) < 0.15
    assert np.std(pulls) == pytest.approx(1.0, abs=0.12)


def test_empty_sky_has_no_flux_on_average_on_maps_of_its_own() -> None:
    wcs = sky_wcs(SHAPE)
    seen = plane(noise(SHAPE, RMS, 33) + 0.02, wcs)
    places = positions(grid_of_stars(SHAPE, 14, 1.0, 4), wcs)
    found = [one.detection for one in force_in(seen, make_maps(seen), places)]
    pulls = [(one.peak_jy or 0) / (one.peak_error_jy or 1) for one in found if one]
    assert len(pulls) == len(places) == 225
    assert abs(np.mean(pulls)) < 0.25
    assert np.std(pulls) == pytest.approx(1.0, abs=0.2)


def test_a_bright_neighbour_given_along_does_not_shine_into_a_fit() -> None:
    wcs = sky_wcs(SHAPE)
    faint, bright = Star(100.2, 100.4, 0.01), Star(105.0, 101.0, 1.0)
    seen = plane(stars_on(SHAPE, [faint, bright], wcs), wcs)
    at, beside = positions([faint, bright], wcs)
    (alone,) = force_in(seen, FLAT, [at])
    (with_it,) = force_in(seen, FLAT, [at], neighbours=[beside])
    assert alone.detection
    assert with_it.detection
    assert (alone.detection.peak_jy or 0) > 0.02
    assert with_it.detection.peak_jy == pytest.approx(0.01, rel=1e-4)


def test_crowds_are_fitted_in_pieces() -> None:
    wcs = sky_wcs(SHAPE)
    random = np.random.default_rng(2)
    stars = [
        Star(20.0 + 6 * (n % 12), 20.0 + 6 * (n // 12), float(random.uniform(0.5, 1)))
        for n in range(12 * 12)
    ]
    answers = force_in(plane(stars_on(SHAPE, stars, wcs), wcs), FLAT, positions(stars, wcs))
    for star, answer in zip(stars, answers, strict=True):
        assert answer.detection is not None
        assert answer.detection.peak_jy == pytest.approx(star.jy, rel=0.02)


def test_each_position_is_answered_with_the_reason_where_it_cannot_be_fitted() -> None:
    wcs = sky_wcs(SHAPE)
    image = noise(SHAPE, RMS, 5)
    image[100:140, 100:140] = np.nan
    rms = np.full(SHAPE, RMS, np.float32)
    rms[200:, 200:] = 0.0
    maps = Maps(rms, np.zeros(SHAPE, np.float32))
    stars = [Star(-3.0, 20.0, 0), Star(120.0, 120.0, 0), Star(98.9, 99.4, 0), Star(220.0, 220.0, 0)]
    stars += [Star(40.0, 40.0, 0), Star(40.3, 40.0, 0)]
    places = [*positions(stars, wcs), Position("behind", 330.0, 30.0)]
    answers = force_in(plane(image, wcs), maps, places)
    reasons = [one.reason for one in answers]
    assert reasons == [
        "outside",
        "blank",
        None,
        "no_noise",
        "inseparable",
        "inseparable",
        "outside",
    ]
    assert set(reasons) - {None} == set(REASONS)
    assert [one.id for one in answers] == [one.id for one in places]
    assert all((one.detection is None) == (one.reason is not None) for one in answers)


def test_half_of_a_beam_at_the_edge_is_enough() -> None:
    wcs = sky_wcs(SHAPE)
    edge = Star(0.0, 80.0, 0.5)
    (answer,) = force_in(plane(stars_on(SHAPE, [edge], wcs), wcs), FLAT, positions([edge], wcs))
    assert answer.detection is not None
    assert answer.detection.peak_jy == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize("beam", [Beam(2.0, 2.0, 0.0), Beam(60.0, 20.0, 75.0)])
def test_beams_of_less_than_a_pixel_and_of_many_pixels_work(beam: Beam) -> None:
    wcs = sky_wcs(SHAPE)
    star = Star(120.0, 110.0, 1.0)
    image = stars_on(SHAPE, [star], wcs, beam)
    (answer,) = force_in(plane(image, wcs, beam), FLAT, positions([star], wcs))
    assert answer.detection is not None
    assert answer.detection.peak_jy == pytest.approx(1.0, rel=1e-5)


def test_a_file_is_fitted_as_its_plane_is(tmp_path: Path) -> None:
    wcs = sky_wcs(SHAPE)
    star = Star(80.4, 60.6, 0.1)
    path = write(tmp_path / "f.fits", stars_on(SHAPE, [star], wcs) + noise(SHAPE, RMS, 6), wcs)
    (answer,) = force(str(path), positions([star], wcs))
    assert answer.detection is not None
    assert answer.detection.kind == "forced"
    assert answer.detection.peak_jy == pytest.approx(0.1, abs=5 * RMS)
    rms = write(tmp_path / "f_rms.fits", np.full(SHAPE, 2 * RMS), wcs, None)
    flat = write(tmp_path / "f_bkg.fits", np.zeros(SHAPE), wcs, None)
    (given,) = force(bytes(path), positions([star], wcs), rms=str(rms), background=str(flat))
    assert given.detection is not None
    assert given.detection.local_rms_jy == pytest.approx(2 * RMS)


def test_no_positions_no_answers() -> None:
    wcs = sky_wcs(SHAPE)
    assert force_in(plane(noise(SHAPE, RMS, 1), wcs), FLAT, []) == ()
