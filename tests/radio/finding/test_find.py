"""Finding sources: what is put into an image is found in it, and nothing else."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from astropy.io import fits

from mustela.radio.finding.detection import FLAGS, Detection
from mustela.radio.finding.errors import (
    BlankImage,
    FindingError,
    ImageTooLarge,
    NoBeam,
    UnusableImage,
    UnusableMaps,
)
from mustela.radio.finding.find import find, find_in
from mustela.radio.finding.maps import Maps, make_maps, maps_beside
from mustela.radio.finding.plane import Beam, open_plane
from tests.radio.finding.synthetic_sky import (
    BEAM,
    Floats,
    Star,
    grid_of_stars,
    noise,
    plane,
    sky,
    sky_wcs,
    stars_on,
    write,
)

SHAPE = (120, 140)
RMS = 1e-3
STARS = [Star(40.3, 35.6, 0.05), Star(95.8, 40.2, 0.03), Star(60.1, 84.7, 0.08)]
WCS_ = sky_wcs(SHAPE)


def small_image() -> Floats:
    return stars_on(SHAPE, STARS, WCS_) + noise(SHAPE, RMS, 11)


def apart_arcsec(detection: Detection, star: Star) -> float:
    ra, dec = WCS_.all_pix2world([star.x], [star.y], 0)
    there = sky(float(ra[0]), float(dec[0]))
    return float(sky(detection.ra_deg, detection.dec_deg).separation(there).arcsec)


def check_stars(found: tuple[Detection, ...], scale: float = 1.0) -> None:
    assert len(found) == len(STARS)
    for star in STARS:
        best = min(found, key=lambda one: apart_arcsec(one, star))
        assert apart_arcsec(best, star) < 1.0
        assert best.peak_jy == pytest.approx(star.jy * scale, abs=4 * RMS * scale)


def test_the_sources_put_into_an_image_are_found_where_they_are(tmp_path: Path) -> None:
    found = find(str(write(tmp_path / "field.fits", small_image(), WCS_)))
    check_stars(found)
    for one in found:
        assert one.kind == "detected"
        assert one.island is not None
        assert one.name == f"{one.island}/{one.component}"
        assert one.local_rms_jy == pytest.approx(RMS, rel=0.25)
        assert one.deconvolved_major_arcsec is not None
        assert set(one.flags) <= set(FLAGS)


def test_errors_say_how_far_off_positions_and_flux_densities_are() -> None:
    shape = (260, 260)
    wcs, random = sky_wcs(shape), np.random.default_rng(5)
    stars = [
        Star(one.x, one.y, float(random.uniform(0.02, 0.1)))
        for one in grid_of_stars(shape, 36, 1.0, 6)
    ]
    seen = plane(stars_on(shape, stars, wcs) + noise(shape, RMS, 8), wcs)
    found = find_in(seen, make_maps(seen))
    x, y = wcs.all_world2pix([one.ra_deg for one in found], [one.dec_deg for one in found], 0)
    pulls = []
    for star in stars:
        nearest = int(np.argmin(np.hypot(x - star.x, y - star.y)))
        one = found[nearest]
        assert one.ra_error_arcsec
        assert one.dec_error_arcsec
        assert one.peak_error_jy
        pulls.append(
            (
                (x[nearest] - star.x) * 2.5 / one.ra_error_arcsec,
                (y[nearest] - star.y) * 2.5 / one.dec_error_arcsec,
                ((one.peak_jy or 0) - star.jy) / one.peak_error_jy,
            )
        )
    assert len(stars) >= 36
    assert np.abs(np.mean(pulls, axis=0)).max() < 4 / math.sqrt(len(stars))
    assert np.std(pulls, axis=0).max() < 1.5
    assert np.std(pulls, axis=0).min() > 0.6
    assert np.abs(pulls).max() < 5


def test_nothing_is_invented_in_pure_noise() -> None:
    for seed in range(3):
        seen = plane(noise((300, 300), RMS, seed), sky_wcs((300, 300)))
        assert find_in(seen, make_maps(seen), seed_sigma=7.0) == ()


def test_what_is_found_travels_as_plain_values(tmp_path: Path) -> None:
    found = find(str(write(tmp_path / "field.fits", small_image(), WCS_)))
    there = msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=tuple[Detection, ...])
    assert there == found
    for one in found:
        for value in msgspec.structs.asdict(one).values():
            assert type(value) in (float, str, tuple, type(None))
            assert not isinstance(value, float) or math.isfinite(value)


def test_a_file_name_may_be_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = write(tmp_path / "field.fits", small_image(), WCS_)
    odd = bytes(tmp_path) + b"/f\xff.fits"
    path.rename(odd.decode("utf-8", "surrogateescape"))
    check_stars(find(odd))


@pytest.mark.parametrize("axes", [3, 4, 5])
def test_further_axes_are_looked_through(tmp_path: Path, axes: int) -> None:
    image = small_image()
    path = tmp_path / "cube.fits"
    header = WCS_.to_header()
    for axis, kind in ((3, "FREQ"), (4, "STOKES"), (5, "COMPLEX")):
        if axis <= axes:
            header[f"CTYPE{axis}"] = kind
            header[f"CRVAL{axis}"], header[f"CDELT{axis}"], header[f"CRPIX{axis}"] = 1.0, 1.0, 1.0
    header["BMAJ"], header["BMIN"], header["BPA"] = 12 / 3600, 8 / 3600, 30.0
    header["BUNIT"] = "Jy/beam"
    cube = np.stack([np.zeros(SHAPE), image]).astype(np.float32)
    fits.PrimaryHDU(cube.reshape((1,) * (axes - 3) + cube.shape), header).writeto(path)
    check_stars(find(str(path), index=(0,) * (axes - 3) + (1,)))
    with pytest.raises(UnusableImage, match="no plane 2"):
        find(str(path), index=(0,) * (axes - 3) + (2,))


@pytest.mark.parametrize("order", [(1, 4), (4, 1)])
def test_of_a_cube_stokes_i_in_its_first_channel_is_searched_and_said(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    """Planes of V and I, in either order, each with three channels."""
    header = WCS_.to_header()
    header["CTYPE3"], header["CRVAL3"], header["CDELT3"], header["CRPIX3"] = "FREQ", 1e9, 1e6, 1.0
    header["CTYPE4"], header["CRPIX4"] = "STOKES", 1.0
    header["CRVAL4"], header["CDELT4"] = order[0], order[1] - order[0]
    header["BMAJ"], header["BMIN"], header["BPA"] = 12 / 3600, 8 / 3600, 30.0
    header["BUNIT"] = "Jy/beam"
    cube = np.zeros((2, 3, *SHAPE), dtype=np.float32)
    cube[order.index(1), 0] = small_image()
    fits.PrimaryHDU(cube, header).writeto(tmp_path / "cube.fits")
    plane_ = open_plane(str(tmp_path / "cube.fits"))
    assert plane_.said == "Stokes I, channel 1 of 3"
    found = find(str(tmp_path / "cube.fits"))
    check_stars(found)
    assert all("first_channel" in one.flags for one in found)
    cube[order.index(1), 0] = np.nan
    fits.PrimaryHDU(cube, header).writeto(tmp_path / "blank.fits")
    with pytest.raises(BlankImage, match=r"\(Stokes I, channel 1 of 3\) is blank"):
        find(str(tmp_path / "blank.fits"))


def test_a_casa_image_is_searched_as_its_twin_in_fits(tmp_path: Path) -> None:
    images = pytest.importorskip(
        "casacore.images", reason="python-casacore has no wheel for this platform"
    )
    tables: Any = pytest.importorskip("casacore.tables")
    twin = write(tmp_path / "twin.fits", small_image(), WCS_)
    read = images.image(str(twin))
    path = tmp_path / "sky.image"
    mask = np.zeros(SHAPE, dtype=bool)
    mask[:5] = True
    values = np.ma.masked_array(read.getdata(), mask=mask)
    made = images.image(str(path), values=values, coordsys=read.coordinates(), maskname="mask0")
    del made, read
    table = tables.table(str(path), readonly=False, ack=False)
    beam = {
        name: {"value": value, "unit": unit}
        for name, value, unit in (
            ("major", BEAM.major_arcsec, "arcsec"),
            ("minor", BEAM.minor_arcsec, "arcsec"),
            ("positionangle", BEAM.pa_deg, "deg"),
        )
    }
    table.putkeyword("units", "Jy/beam")
    table.putkeyword("imageinfo", {"imagetype": "Intensity", "restoringbeam": beam})
    table.close()
    found = find(bytes(path))
    check_stars(found)
    assert all(one.flags == () for one in found)
    assert np.isnan(open_plane(bytes(path)).data[:5]).all()
    with pytest.raises(ImageTooLarge, match="limit is 100"):
        find(bytes(path), max_pixels=100)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnusableImage, match="cannot be read"):
        find(bytes(tmp_path / "empty"))


def test_compressed_images_and_other_hdus_are_read(tmp_path: Path) -> None:
    plain = write(tmp_path / "field.fits", small_image(), WCS_)
    with fits.open(plain) as hdus:
        primary: Any = hdus[0]
        tiles = fits.CompImageHDU(primary.data, primary.header, quantize_level=64)
        fits.HDUList([fits.PrimaryHDU(), tiles]).writeto(tmp_path / "field.fits.fz")
        hdus.writeto(tmp_path / "field.fits.gz")
    check_stars(find(str(tmp_path / "field.fits.fz")))
    check_stars(find(str(tmp_path / "field.fits.fz"), hdu=1))
    check_stars(find(str(tmp_path / "field.fits.gz")))
    with pytest.raises(UnusableImage, match="HDU 0"):
        find(str(tmp_path / "field.fits.fz"), hdu=0)


def test_flux_densities_are_in_jansky_whatever_the_unit(tmp_path: Path) -> None:
    milli = write(tmp_path / "m.fits", small_image() * 1000, WCS_, BUNIT="mJy beam-1")
    check_stars(find(str(milli)))
    unsaid = write(tmp_path / "u.fits", small_image(), WCS_, BUNIT="")
    found = find(str(unsaid))
    check_stars(found)
    assert all("unit_assumed" in one.flags for one in found)
    with pytest.raises(UnusableImage, match="'K'"):
        find(str(write(tmp_path / "k.fits", small_image(), WCS_, BUNIT="K")))


def test_a_galactic_image_gives_icrs(tmp_path: Path) -> None:
    wcs = sky_wcs(SHAPE, axes=("GLON", "GLAT"), centre=(30.0, 10.0))
    image = stars_on(SHAPE, STARS[:1], wcs, Beam(24.0, 12.0, 0.0)) + noise(SHAPE, RMS, 2)
    path = write(tmp_path / "gal.fits", image, wcs, Beam(24.0, 12.0, 0.0))
    (found,) = find(str(path))
    lon, lat = wcs.all_pix2world([STARS[0].x], [STARS[0].y], 0)
    there = sky(float(lon[0]), float(lat[0]), "galactic")
    here = sky(found.ra_deg, found.dec_deg)
    assert here.separation(there).arcsec < 1.5
    # The beam points to the north of the Galaxy.
    pole = sky(0, 90, "galactic")
    north = here.position_angle(pole).deg % 180
    assert found.pa_deg is not None
    assert abs((found.pa_deg - north + 90) % 180 - 90) < 10


def test_an_image_without_a_beam_is_refused_until_it_is_given_one(tmp_path: Path) -> None:
    path = str(write(tmp_path / "nobeam.fits", small_image(), WCS_, None))
    with pytest.raises(NoBeam, match="BMAJ"):
        find(path)
    check_stars(find(path, beam=BEAM))


@pytest.mark.parametrize(
    ("header", "kind", "words"),
    [
        ({"BMAJ": 0.0}, NoBeam, "which is none"),
        ({"BMIN": -1.0}, NoBeam, "which is none"),
        ({"BPA": "north"}, NoBeam, "position angle"),
        ({"CTYPE1": "LINEAR", "CTYPE2": "LINEAR"}, UnusableImage, "celestial"),
    ],
)
def test_a_wrong_header_is_refused_with_the_reason(
    tmp_path: Path, header: dict[str, Any], kind: type[FindingError], words: str
) -> None:
    path = write(tmp_path / "wrong.fits", small_image(), WCS_, **header)
    with pytest.raises(kind, match=words):
        find(str(path))


def test_files_in_which_nothing_can_be_found_are_refused(tmp_path: Path) -> None:
    blank = write(tmp_path / "blank.fits", np.full(SHAPE, np.nan), WCS_)
    with pytest.raises(BlankImage):
        find(str(blank))
    good = write(tmp_path / "good.fits", small_image(), WCS_)
    with pytest.raises(ImageTooLarge, match="140 x 120"):
        find(str(good), max_pixels=1000)
    short = tmp_path / "short.fits"
    short.write_bytes(good.read_bytes()[:20000])
    with pytest.raises(UnusableImage):
        find(str(short))
    text = tmp_path / "text.fits"
    text.write_text("no FITS")
    with pytest.raises(UnusableImage):
        find(str(text))


def test_given_maps_are_used_and_found_beside_the_image(tmp_path: Path) -> None:
    path = write(tmp_path / "field.fits", small_image() + 0.5, WCS_)
    assert maps_beside(str(path)) is None
    write(tmp_path / "field_rms.fits", np.full(SHAPE, 2e-3), WCS_, None)
    write(tmp_path / "field_bkg.fits", np.full(SHAPE, 0.5), WCS_, None)
    beside = maps_beside(bytes(path))
    assert beside is not None
    found = find(str(path), rms=beside[0], background=beside[1])
    check_stars(found)
    assert {round(one.local_rms_jy or 0, 6) for one in found} == {2e-3}
    assert found[0].background_jy == pytest.approx(0.5)
    other = write(tmp_path / "other.fits", np.zeros((9, 9)) + 1, WCS_, None)
    with pytest.raises(UnusableMaps, match="9 x 9"):
        find(str(path), rms=str(other), background=beside[1])


def test_an_island_too_large_to_fit_is_summed() -> None:
    shape = (200, 200)
    wcs = sky_wcs(shape)
    y, x = np.mgrid[: shape[0], : shape[1]]
    blob = 0.05 * np.exp(-0.5 * ((x - 100) ** 2 + (y - 100) ** 2) / 15.0**2)
    seen = plane(blob + noise(shape, RMS, 4), wcs)
    maps = Maps(np.full(shape, RMS, np.float32), np.zeros(shape, np.float32))
    (found,) = find_in(seen, maps)
    assert found.flags == ("not_fitted", "too_large_to_fit")
    assert found.major_arcsec is None
    assert found.ra_error_arcsec is None
    beam_pixels = math.pi * 12 * 8 / 2.5**2 / (4 * math.log(2))
    assert found.integrated_jy == pytest.approx(0.05 * 2 * math.pi * 15**2 / beam_pixels, rel=0.1)


def test_an_image_without_noise_has_no_measure_of_what_is_a_source() -> None:
    model = np.zeros(SHAPE)
    model[50:53, 60:63] = 1.0
    seen = plane(model, WCS_)
    maps = make_maps(seen)
    assert np.isnan(maps.rms).all()
    assert find_in(seen, maps) == ()


def test_holes_are_found_only_on_demand() -> None:
    seen = plane(-stars_on(SHAPE, STARS[:1], WCS_) + noise(SHAPE, RMS, 9), WCS_)
    maps = make_maps(seen)
    assert find_in(seen, maps) == ()
    (hole,) = find_in(seen, maps, negative=True)
    assert hole.peak_jy == pytest.approx(-STARS[0].jy, abs=4 * RMS)


def test_thresholds_that_make_no_sense_are_refused() -> None:
    seen = plane(small_image(), WCS_)
    with pytest.raises(ValueError, match="flood_sigma"):
        find_in(seen, make_maps(seen), seed_sigma=3.0, flood_sigma=4.0)


def test_finding_says_nothing_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    find(str(write(tmp_path / "field.fits", small_image(), WCS_)))
    assert capfd.readouterr() == ("", "")
