"""What an image says of itself, on images made for the purpose."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from astropy.io import fits

from mustela.files.failure import Unreadable
from mustela.files.fingerprint import fingerprint
from mustela.radio.imaging.examine import examine
from mustela.radio.imaging.facts import FLAGS, KINDS, ImageFacts, NotAnImage
from mustela.radio.imaging.sky_axes import from_cards
from tests.radio.imaging.skies import (
    BEAM,
    FREQUENCY,
    STOKES,
    data_of,
    header,
    header_of,
    noise,
    set_cards,
    sky_cards,
    write,
)


def facts(path: Path) -> ImageFacts:
    """And they travel between processes unchanged."""
    found = examine(os.fsencode(path))
    assert isinstance(found, ImageFacts)
    sent = msgspec.msgpack.encode(found)
    assert msgspec.msgpack.decode(sent, type=ImageFacts | NotAnImage) == found
    assert set(found.flags) <= set(FLAGS)
    assert found.kind is None or found.kind in KINDS
    return found


def test_an_ordinary_image_says_everything(tmp_path: Path) -> None:
    pixels = noise((1, 1, 40, 50))
    pixels[..., 7, 9] = 0.5
    pixels[..., :4, :] = np.nan
    path = write(
        tmp_path / "field.image.fits",
        pixels,
        **FREQUENCY,
        **STOKES,
        TELESCOP="ASKAP",
        INSTRUME="wide",
        OBSERVER="Karl",
        OBJECT="F1",
        DATE_OBS="2020-08-03T12:00:00",
        EXPTIME=600.0,
    )
    found = facts(path)
    assert found.fingerprint == fingerprint(path)
    assert found.file_size == path.stat().st_size
    assert (found.telescope, found.instrument, found.observer, found.field) == (
        "ASKAP",
        "wide",
        "Karl",
        "F1",
    )
    assert (found.hdu, found.width_px, found.height_px, found.n_planes) == (0, 50, 40, 1)
    assert (found.ra_deg, found.dec_deg) == pytest.approx((150.0, -30.0), abs=1e-9)
    assert found.pixel_scale_arcsec == pytest.approx(3.6)
    assert (found.projection, found.stokes, found.units, found.kind) == (
        "SIN",
        "I",
        "Jy/beam",
        "restored",
    )
    assert (found.frequency_hz, found.bandwidth_hz, found.n_channels) == (888e6, 1e6, 1)
    assert (found.beam_major_arcsec, found.beam_minor_arcsec, found.beam_pa_deg) == (14.4, 10.8, 20)
    assert (found.start_mjd, found.mid_mjd, found.end_mjd) == (59064.5, None, None)
    assert found.integration_seconds == 600.0
    assert found.noise_jy == pytest.approx(1e-3, rel=0.06)
    assert found.peak_jy == pytest.approx(0.5)
    assert found.dynamic_range == pytest.approx(0.5 / (found.noise_jy or 0), rel=1e-6)
    assert found.blank_fraction == pytest.approx(0.1, abs=1e-12)
    assert found.flags == ()


def test_the_cards_rebuild_the_coordinates(tmp_path: Path) -> None:
    found = facts(write(tmp_path / "a.fits"))
    assert found.wcs is not None
    ra, dec = from_cards(found.wcs).to_sky(24.5, 19.5)
    assert (float(ra), float(dec)) == pytest.approx((found.ra_deg, found.dec_deg), abs=1e-9)


def test_what_is_not_said_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    fits.writeto(path, noise(), header(sky_cards()))
    found = facts(path)
    said_nowhere = (
        *("telescope", "field", "frequency_hz", "stokes", "beam_major_arcsec", "units"),
        *("start_mjd", "end_mjd", "integration_seconds", "kind", "pbcor", "imaging"),
    )
    for field in said_nowhere:
        assert getattr(found, field) is None, field
    assert found.flags == ("units_missing",)


def test_the_first_image_of_the_sky_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "many.fits"
    table = fits.BinTableHDU.from_columns([fits.Column("x", "J", array=[1, 2])])
    spectrum = fits.ImageHDU(np.zeros((5, 5)), header({"CTYPE1": "FREQ", "CTYPE2": "TIME"}))
    without = fits.ImageHDU(np.ones((8, 8)))
    good = fits.ImageHDU(noise(), header(sky_cards() | BEAM))
    fits.HDUList([fits.PrimaryHDU(), table, spectrum, without, good, good.copy()]).writeto(path)
    assert facts(path).hdu == 4


def test_an_image_that_lost_its_coordinates_is_still_an_image(tmp_path: Path) -> None:
    path = tmp_path / "lost.fits"
    fits.writeto(path, noise(), header(BEAM))
    found = facts(path)
    assert found.flags == ("wcs_missing",)
    assert (found.ra_deg, found.footprint, found.wcs) == (None, None, None)
    assert found.noise_jy == pytest.approx(1e-3, rel=0.1)


@pytest.mark.parametrize("suffix", [".fits.gz", ".fits.fz", ".fit", ".imfits"])
def test_compressed_images_say_the_same(tmp_path: Path, suffix: str) -> None:
    plain = write(tmp_path / "plain.fits")
    path = tmp_path / f"other{suffix}"
    if suffix == ".fits.gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif suffix == ".fits.fz":
        data, cards = data_of(plain), header_of(plain)
        fits.CompImageHDU(data, cards, compression_type="GZIP_2", quantize_level=0).writeto(path)
    else:
        shutil.copy(plain, path)
    expected, found = facts(plain), facts(path)
    same = {"hdu": expected.hdu, "fingerprint": expected.fingerprint}
    same["file_size"] = expected.file_size
    assert found.hdu == (1 if suffix == ".fits.fz" else 0)
    assert msgspec.structs.replace(found, **same) == expected


def test_integers_are_scaled_and_blank_where_they_say_so(tmp_path: Path) -> None:
    path = write(tmp_path / "i.fits", np.arange(2000, dtype=np.int16).reshape(40, 50))
    scaling = {"BSCALE": 0.5, "BZERO": 1.0, "BLANK": 1999}
    packed = tmp_path / "i.fits.fz"
    part = fits.CompImageHDU(data_of(path), header_of(path), do_not_scale_image_data=True)
    part.header.update(scaling)
    part.writeto(packed)
    set_cards(path, scaling)
    for one in (path, packed):
        found = facts(one)
        assert (found.min_jy, found.peak_jy) == (1.0, 1.0 + 0.5 * 1998)
        assert found.blank_fraction == pytest.approx(1 / 2000, abs=1e-12)


def test_stokes_i_and_the_middle_channel_are_measured(tmp_path: Path) -> None:
    cube = np.zeros((2, 5, 40, 50), np.float32)
    for stokes in range(2):
        for channel in range(5):
            cube[stokes, channel] = noise(seed=channel) + 10 * stokes + channel
    path = write(tmp_path / "q.fits", cube, **FREQUENCY, **(STOKES | {"CRPIX4": 2.0}))
    found = facts(path)
    assert found.stokes is None  # code 0 is no Stokes parameter
    path = write(
        tmp_path / "qi.fits", cube, **FREQUENCY, **(STOKES | {"CRVAL4": 2.0, "CDELT4": -1.0})
    )
    found = facts(path)
    assert (found.stokes, found.n_channels, found.n_planes) == ("QI", 5, 10)
    assert found.frequency_hz == 890e6
    assert found.peak_jy == pytest.approx(12, abs=0.1)


def test_a_blank_middle_channel_gives_way_to_its_neighbour(tmp_path: Path) -> None:
    cube = np.stack([noise(seed=channel) + channel for channel in range(5)])
    cube[2:] = np.nan
    found = facts(write(tmp_path / "cube.fits", cube, **FREQUENCY))
    assert found.peak_jy == pytest.approx(1, abs=0.1)
    assert "all_blank" not in found.flags


def test_axes_in_any_order_are_understood(tmp_path: Path) -> None:
    cards = sky_cards() | BEAM
    swapped = {
        f"{name[:-1]}{'231'[int(name[-1]) - 1]}" if name[-1] in "12" else name: value
        for name, value in cards.items()
    }
    swapped |= {name.replace("3", "1"): value for name, value in FREQUENCY.items()}
    pixels = noise()
    pixels[3, 7] = 1.0
    path = tmp_path / "f.fits"
    fits.writeto(path, pixels[:, :, None], header(swapped))
    found = facts(path)
    assert (found.width_px, found.height_px, found.n_channels) == (50, 40, 1)
    assert (found.ra_deg, found.peak_jy) == pytest.approx((150.0, 1.0), abs=1e-6)


def test_figures_are_in_jy_whatever_the_pixels_are_in(tmp_path: Path) -> None:
    found = facts(write(tmp_path / "m.fits", noise(sigma=1.0), BUNIT="mJy/beam"))
    assert found.units == "mJy/beam"
    assert found.noise_jy == pytest.approx(1e-3, rel=0.06)
    found = facts(write(tmp_path / "k.fits", noise(sigma=1.0), BUNIT="K"))
    assert (found.noise_jy, found.peak_jy, found.min_jy) == (None, None, None)
    assert found.dynamic_range is not None
    assert found.flags == ("units_not_jy",)


@pytest.mark.parametrize(
    ("cards", "flag"),
    [
        ({"BMAJ": 0.0, "BMIN": 0.0}, "beam_zero"),
        ({"BMAJ": None, "BMIN": None, "BPA": None}, "beam_missing"),
        ({"BMAJ": 14.4, "BMIN": 10.8}, "beam_suspicious"),
        ({"BMAJ": 3e-3, "BMIN": 4e-3}, "beam_suspicious"),
        ({"DATE_OBS": "2999-01-01T00:00:00"}, "date_impossible"),
        ({"DATE_OBS": "2020-02-31"}, "date_impossible"),
        ({"DATE_OBS": "2020-02-29"}, "time_of_day_missing"),
        ({"CDELT1": 0.0}, "wcs_unsolvable"),
        ({"CTYPE2": "DEC--TAN"}, "wcs_unsolvable"),
        ({"CRPIX1": 1e6}, "wcs_unsolvable"),
        ({"CDELT2": 0.5}, "scale_wrong"),
        ({"RESTFRQ": 1.4e9}, "frequency_from_rest"),
    ],
)
def test_what_is_wrong_is_flagged_and_never_fatal(
    tmp_path: Path, cards: dict[str, Any], flag: str
) -> None:
    found = facts(write(tmp_path / "w.fits", **cards))
    assert flag in found.flags
    assert found.noise_jy == pytest.approx(1e-3, rel=0.06)


def test_an_all_blank_image_is_flagged(tmp_path: Path) -> None:
    found = facts(write(tmp_path / "n.fits", np.full((40, 50), np.nan, np.float32)))
    assert found.flags == ("all_blank",)
    assert (found.blank_fraction, found.peak_jy, found.noise_jy) == (1.0, None, None)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_truncated_image_keeps_what_its_header_says(tmp_path: Path, compressed: bool) -> None:
    path = write(tmp_path / "t.fits", noise((200, 300)))
    whole = path.read_bytes()
    if compressed:
        path = tmp_path / "t.fits.gz"
        packed = gzip.compress(whole)
        path.write_bytes(packed[: len(packed) // 2])
    else:
        path.write_bytes(whole[: len(whole) // 2])
    found = facts(path)
    assert found.flags == ("truncated",)
    assert (found.width_px, found.noise_jy, found.blank_fraction) == (300, None, None)


def test_damaged_tiles_are_a_flag(tmp_path: Path) -> None:
    path = tmp_path / "a.fits.fz"
    part = fits.CompImageHDU(
        noise((200, 300)), header(sky_cards() | BEAM), compression_type="GZIP_1", quantize_level=0
    )
    part.writeto(path)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 9000] = bytes(9000)
    path.write_bytes(content)
    found = facts(path)
    assert found.flags == ("data_unreadable",)
    assert (found.width_px, found.noise_jy) == (300, None)


def test_a_file_that_lacks_its_padding_only_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "p.fits")
    whole = path.read_bytes()
    path.write_bytes(whole[: -(-len(whole) // 2880 * 2880) - (2880 - 8000 % 2880)])
    assert facts(path).flags == ()


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"SIMPLE  = nonsense", b"\x1f\x8b broken gzip", b"SIMPLE  =   T" + b" " * 5000],
)
def test_what_is_no_sound_fits_file_is_unreadable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.fits"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as caught:
        examine(os.fsencode(path))
    assert caught.value.stage in {"open", "header"}


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        examine(os.fsencode(tmp_path / "none.fits"))


def test_sound_files_without_an_image_say_what_they_are(tmp_path: Path) -> None:
    table = tmp_path / "table.fits"
    fits.BinTableHDU.from_columns([fits.Column("x", "J", array=[1])]).writeto(table)
    spectrum = tmp_path / "spectrum.fits"
    fits.writeto(spectrum, np.zeros(10))
    groups = tmp_path / "uv.fits"
    data = fits.GroupData(np.zeros((3, 1, 4)), bitpix=-32, parnames=["UU"], pardata=[np.zeros(3)])
    fits.GroupsHDU(data).writeto(groups)
    hdf5 = tmp_path / "x.h5"
    hdf5.write_bytes(bytes(2048) + b"\x89HDF\r\n\x1a\n" + bytes(100))
    one = write(tmp_path / "one.fits", np.zeros((1, 1), np.float32))
    empty = tmp_path / "empty.fits"
    fits.PrimaryHDU().writeto(empty)
    reasons = {}
    for path in (table, spectrum, groups, hdf5, one, empty, tmp_path):
        found = examine(os.fsencode(path))
        assert isinstance(found, NotAnImage)
        reasons[path.name] = found.reason
    assert "table" in reasons["table.fits"]
    assert "one-dimensional" in reasons["spectrum.fits"]
    assert "UVFITS" in reasons["uv.fits"]
    assert "HDF5" in reasons["x.h5"]
    assert "one pixel" in reasons["one.fits"]
    assert "without data" in reasons["empty.fits"]
    assert "directory" in reasons[tmp_path.name]


def test_names_that_are_not_utf8_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.fits")
    odd = os.fsencode(tmp_path) + b"/caf\xe9-residual.fits"
    Path(os.fsdecode(odd)).write_bytes(path.read_bytes())
    found = examine(odd)
    assert isinstance(found, ImageFacts)
    assert found.kind == "residual"
