"""Finding, importing and forcing on published images, against their published catalogues."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mustela.radio.finding.beside import catalogue_beside
from mustela.radio.finding.catalogue import read_catalogue
from mustela.radio.finding.detection import Detection, Position
from mustela.radio.finding.find import find, find_in
from mustela.radio.finding.footprint import inside_image
from mustela.radio.finding.forced import force_in
from mustela.radio.finding.maps import make_maps
from mustela.radio.finding.plane import open_plane
from tests.radio.finding.published import published
from tests.radio.finding.synthetic_sky import sky

BEAM_1904_ARCSEC = 864.0


def places(detections: tuple[Detection, ...]) -> Any:
    return sky([one.ra_deg for one in detections], [one.dec_deg for one in detections])


def test_the_published_catalogue_of_1904_66_is_found_again() -> None:
    image, catalogue = published("aegean_1904-66_SIN.fits"), published("aegean_1904_comp.fits")
    known = tuple(
        one
        for one in read_catalogue(str(catalogue)).detections
        if (one.peak_jy or 0) > 7 * (one.local_rms_jy or 1)
    )
    assert len(known) == 31
    found = find(str(image))
    nearest, apart, _ = places(known).match_to_catalog_sky(places(found))
    recovered = apart.arcsec < BEAM_1904_ARCSEC / 3
    assert recovered.mean() >= 0.95
    pairs = [
        (one, found[int(at)])
        for one, at, good in zip(known, nearest, recovered, strict=True)
        if good
    ]

    def median_ratio(field: str) -> float:
        return float(np.median([getattr(ours, field) / getattr(one, field) for one, ours in pairs]))

    assert median_ratio("peak_jy") == pytest.approx(1.0, abs=0.03)
    assert median_ratio("integrated_jy") == pytest.approx(1.0, abs=0.10)
    assert median_ratio("local_rms_jy") == pytest.approx(1.0, abs=0.10)


def test_forced_fits_agree_with_detections_of_bright_isolated_points() -> None:
    plane = open_plane(str(published("aegean_1904-66_SIN.fits")))
    maps = make_maps(plane)
    found = find_in(plane, maps)
    here = places(found)
    ratios = []
    for number, one in enumerate(found):
        apart = here.separation(here[number]).arcsec
        bright = (one.peak_jy or 0) > 20 * (one.local_rms_jy or 1)
        shape = (one.integrated_jy or 0) / (one.peak_jy or 1)
        if not bright or np.sort(apart)[1] < 3 * BEAM_1904_ARCSEC or not 0.9 < shape < 1.15:
            continue
        (answer,) = force_in(plane, maps, [Position("x", one.ra_deg, one.dec_deg)])
        assert answer.detection is not None
        ratios.append((answer.detection.peak_jy or 0) / (one.peak_jy or 1))
    assert len(ratios) >= 3
    assert np.abs(np.array(ratios) - 1).max() < 0.05


@pytest.mark.parametrize(("epoch", "sources"), [("01", 4), ("02", 7), ("03", 4), ("04", 5)])
def test_selavys_components_of_vast_epochs_are_found_again(epoch: str, sources: int) -> None:
    image = published(f"vast_epoch{epoch}.fits")
    catalogue = catalogue_beside(str(image))
    assert catalogue is not None
    known = read_catalogue(catalogue).detections
    found = find(str(image))
    assert len(known) == len(found) == sources
    nearest, apart, _ = places(known).match_to_catalog_sky(places(found))
    assert apart.arcsec.max() < 0.5
    for one, at in zip(known, nearest, strict=True):
        assert found[int(at)].peak_jy == pytest.approx(one.peak_jy, rel=0.01)
        assert found[int(at)].integrated_jy == pytest.approx(one.integrated_jy, rel=0.01)


def test_rows_outside_of_the_image_can_be_told() -> None:
    plane = open_plane(str(published("vast_epoch01.fits")))
    known = read_catalogue(str(published("vast_epoch01.selavy.components.csv"))).detections
    assert inside_image(plane, known) == (False, True, True, True, True)


@pytest.mark.parametrize(
    ("name", "kind", "rows"),
    [
        ("aegean_1904_comp.fits", "aegean", 51),
        ("aegean_1904_comp_renamed_cols.fits", "aegean", 47),
        ("aegean_1904_incomplete_cat.csv", "aegean", 11),
        ("racs_1357-18_aegean_comp.fits", "aegean", 7225),
        ("racs_1237+12A_gaussians.fits", "pybdsf", 3),
        ("racs_1237+12A_sources.fits", "pybdsf", 1),
        ("vast_epoch01.selavy.components.txt", "selavy", 4),
        ("vast_epoch01.selavy.components.xml", "selavy", 4),
        ("vast_epoch01.selavy.components.csv", "selavy", 5),
        ("vast_epoch-invalid.selavy.components.txt", "selavy", 0),
    ],
)
def test_published_catalogues_are_read(name: str, kind: str, rows: int) -> None:
    found = read_catalogue(str(published(name)))
    assert (found.format, len(found.detections)) == (kind, rows)


def test_selavys_three_formats_say_the_same() -> None:
    text = read_catalogue(str(published("vast_epoch01.selavy.components.txt"))).detections
    table = read_catalogue(str(published("vast_epoch01.selavy.components.xml"))).detections
    for one, other in zip(text, table, strict=True):
        assert one.name == other.name
        assert one.peak_jy == pytest.approx(other.peak_jy)
        assert one.peak_jy is not None
        assert 0.5 < one.peak_jy < 3


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("aegean_synthetic_test.fits", 90),
        ("mwa_fornaxA.fits", 5),
        ("scorpio_faint_snr_crop.fits", 5),
        ("d_int16_blank.fits", 40),
    ],
)
def test_other_published_images_have_sources(name: str, least: int) -> None:
    assert len(find(str(published(name)))) >= least
