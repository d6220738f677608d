"""Times, bands, beams, units, kinds and parameters, as headers write them."""

from __future__ import annotations

from typing import Any

import pytest

from mustela.radio.imaging.axes import Axes, axes_of
from mustela.radio.imaging.beam import beam_of
from mustela.radio.imaging.frequency import Band, band_of
from mustela.radio.imaging.kind import kind_of, pbcor_of
from mustela.radio.imaging.opened import OpenImage
from mustela.radio.imaging.parameters import parameters_of
from mustela.radio.imaging.times import Times, times_of
from mustela.radio.imaging.units import janskys, normalised
from tests.radio.imaging.skies import FREQUENCY, header, sky_cards

NOON = 59064.5  # 2020-08-03T12:00:00


@pytest.mark.parametrize(
    ("cards", "start"),
    [
        ({"DATE-OBS": "2020-08-03T12:00:00"}, NOON),
        ({"DATE-OBS": "2020-08-03T12:00:00.000Z"}, NOON),
        ({"DATE-OBS": "2020-08-03 12:00"}, NOON),
        ({"DATE-BEG": "2020-08-03T12:00:00", "DATE-OBS": "2020-08-03"}, NOON),
        ({"MJD-OBS": NOON}, NOON),
        ({"DATE-OBS": "2020-08-03", "MJD-OBS": NOON}, NOON),
        ({"DATE-OBS": "03/08/95"}, 49932.0),
        ({"DATE-OBS": "19930417"}, 49094.0),
        ({"DATE-OBS": "2020-08-03T12:00:37", "TIMESYS": "TAI"}, NOON),
        ({"DATE-OBS": "2020-08-03T12:01:09.184", "TIMESYS": "TT"}, NOON),
        ({"DATE-OBS": "2020-08-03T12:00:18", "TIMESYS": "GPS"}, NOON),
        ({"DATE-OBS": "1988-01-01T12:00:24", "TIMESYS": "TAI"}, 47161.5 + 0.0),
        ({}, None),
    ],
)
def test_the_start_is_read_as_mjd_utc(cards: dict[str, Any], start: float | None) -> None:
    found = times_of(header(cards)).start_mjd
    assert found == (None if start is None else pytest.approx(start, abs=1e-9))


def test_an_end_is_read_and_never_made_up() -> None:
    begin = {"DATE-OBS": "2020-08-03T12:00:00"}
    assert times_of(header(begin | {"EXPTIME": 60.0})) == Times(NOON, None, None, 60.0)
    assert times_of(header(begin | {"DURATION": 60.0})) == Times(NOON, None, None, 60.0)
    quarter = Times(NOON, NOON + 0.125, NOON + 0.25)
    assert times_of(header(begin | {"DATE-END": "2020-08-03T18:00:00"})) == quarter
    assert times_of(header(begin | {"MJD-END": NOON + 0.25})) == quarter
    assert times_of(header(begin | {"TELAPSE": 21600.0})) == quarter
    assert times_of(header({"MJD-AVG": NOON})) == Times(None, NOON, None)


@pytest.mark.parametrize(
    ("cards", "flags"),
    [
        ({"DATE-OBS": "0000-00-00T00:00:00"}, ("date_impossible",)),
        ({"DATE-OBS": "yesterday"}, ("date_impossible",)),
        ({"DATE-OBS": "1858-11-17T00:00:00"}, ("date_impossible",)),
        ({"MJD-OBS": 0.0}, ("date_impossible",)),
        ({"DATE-OBS": "2020-08-03T12:00:00", "MJD-OBS": 50000.0}, ("date_conflict",)),
        ({"DATE-OBS": "2020-08-03T12:00:00", "MJD-END": NOON - 1}, ("date_conflict",)),
    ],
)
def test_impossible_dates_are_left_out_and_flagged(
    cards: dict[str, Any], flags: tuple[str, ...]
) -> None:
    found = times_of(header(cards))
    assert found.flags == flags
    assert found.start_mjd == (NOON if flags == ("date_conflict",) else None)
    assert found.end_mjd is None


def axes(cards: dict[str, Any], channels: int = 1) -> Axes:
    found = axes_of(header(sky_cards() | cards), (channels, 40, 50))
    assert found is not None
    return found


def band(channels: int = 1, **cards: Any) -> Band:
    merged = FREQUENCY | cards
    return band_of(header(merged), axes(merged, channels))


REST = 1.420405751786e9


@pytest.mark.parametrize(
    ("cards", "frequency", "width"),
    [
        ({}, 889.5e6, 4e6),
        ({"CTYPE3": "freq"}, 889.5e6, 4e6),
        ({"CTYPE3": "FREQ-LSR", "CUNIT3": "HZ"}, 889.5e6, 4e6),
        ({"CUNIT3": "MHz", "CRVAL3": 888.0, "CDELT3": 1.0}, 889.5e6, 4e6),
        ({"CRPIX3": 2.5, "CDELT3": -1e6}, 888e6, 4e6),
        ({"CTYPE3": "WAVE", "CUNIT3": "m", "CRVAL3": 0.2, "CRPIX3": 2.5, "CDELT3": 0.0},
         299792458 / 0.2, None),
        ({"CTYPE3": "VRAD", "CUNIT3": "km/s", "CRVAL3": 299792.458 / 4, "CRPIX3": 2.5,
          "CDELT3": 0.0, "RESTFRQ": REST}, REST * 0.75, None),
        ({"CTYPE3": "VOPT", "CUNIT3": "m/s", "CRVAL3": 299792458.0, "CRPIX3": 2.5,
          "CDELT3": 0.0, "RESTFRQ": REST}, REST / 2, None),
        ({"CTYPE3": "VELO-LSR", "CUNIT3": None, "CRVAL3": 299792458.0, "CRPIX3": 2.5,
          "CDELT3": 0.0, "RESTFREQ": REST, "VELREF": 1}, REST / 2, None),
        ({"CTYPE3": "VELO-LSR", "CUNIT3": None, "CRVAL3": 299792458.0 / 2, "CRPIX3": 2.5,
          "CDELT3": 0.0, "RESTFREQ": REST, "VELREF": 257}, REST / 2, None),
        ({"CTYPE3": "VRAD", "CUNIT3": "m/s", "CRVAL3": 0.0}, None, None),
        ({"CTYPE3": "VRAD", "CUNIT3": "furlong", "CRVAL3": 0.0, "RESTFRQ": REST}, None, None),
    ],
)  # fmt: skip
def test_the_band_is_read_from_any_spectral_axis(
    cards: dict[str, Any], frequency: float | None, width: float | None
) -> None:
    merged = {name: value for name, value in (FREQUENCY | cards).items() if value is not None}
    found = band_of(header(merged), axes(merged, 4))
    assert found.frequency_hz == (None if frequency is None else pytest.approx(frequency, rel=1e-9))
    assert found.bandwidth_hz == (None if width is None else pytest.approx(width))
    assert (found.n_channels, found.flags) == (4, ())


def test_a_band_that_is_not_positive_is_flagged() -> None:
    assert band(CRVAL3=-1.0, CDELT3=0.0) == Band(None, None, 1, ("frequency_impossible",))


def test_without_a_spectral_axis_the_rest_frequency_is_taken_with_a_flag() -> None:
    plain = axes({})
    assert band_of(header({"OBSFREQ": 2e9, "RESTFRQ": REST}), plain) == Band(2e9)
    assert band_of(header({"RESTFRQ": REST}), plain) == Band(REST, flags=("frequency_from_rest",))
    assert band_of(header({}), plain) == Band()
    assert band(RESTFRQ=REST).frequency_hz == 888e6


def beam(cards: dict[str, Any], beams: Any = None, history: Any = ()) -> Any:
    found = OpenImage(
        header(cards), axes({}), lambda index: None, hdu=0, history=list(history), beams=beams
    )
    read = beam_of(found)
    return read.major_arcsec, read.minor_arcsec, read.pa_deg, read.flags


def test_beams_come_from_keywords_tables_and_history() -> None:
    assert beam({"BMAJ": 0.01, "BMIN": 0.005, "BPA": 30.0}) == (36.0, 18.0, 30.0, ())
    assert beam({"BMAJ": 0.01, "BMIN": 0.01}) == (36.0, 36.0, None, ())
    planes = [(5.0, 4.0, 89.0), (6.0, 4.5, -89.0), (0.0, 0.0, 0.0), (7.0, 5.0, 87.0)]
    assert beam({}, planes) == (6.0, 4.5, 89.0, ())
    noted = ["AIPS   CLEAN BMAJ=  2.0E-02 BMIN=  1.0E-02 BPA=   5.00", "more"]
    noted = ["AIPS   CLEAN BMAJ=  9.0E-02 BMIN=  9.0E-02 BPA=   0.00", *noted]
    assert beam({}, history=noted) == (72.0, 36.0, 5.0, ())
    assert beam({"CLEANBMJ": 0.01, "CLEANBMN": 0.005, "CLEANBPA": 1.0})[0] == 36.0
    assert beam({}) == (None, None, None, ())
    assert beam({"BMAJ": 0.0, "BMIN": 0.0, "BPA": 0.0}) == (None, None, None, ("beam_zero",))


@pytest.mark.parametrize(
    ("said", "units", "factor"),
    [
        ("JY/BEAM", "Jy/beam", 1.0),
        ("Jy beam-1", "Jy/beam", 1.0),
        ("Jy.beam^-1", "Jy/beam", 1.0),
        ("jy/bm", "Jy/beam", 1.0),
        ("mJy/beam", "mJy/beam", 1e-3),
        ("MJY/BEAM", "mJy/beam", 1e-3),
        ("uJy/beam", "uJy/beam", 1e-6),
        ("µJy/beam", "uJy/beam", 1e-6),
        ("JY/PIXEL", "Jy/pixel", 1.0),
        ("Jy", "Jy", 1.0),
        ("MJy/sr", "MJy/sr", None),
        ("K", "K", None),
        ("KELVIN", "K", None),
        ("Jy/beam.km/s", "Jy/beam.km/s", None),
        ("counts", "counts", None),
        ("  ", None, None),
        (None, None, None),
    ],
)
def test_units_have_one_spelling(said: str | None, units: str | None, factor: float | None) -> None:
    assert normalised(said) == units
    assert janskys(units) == factor


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("field.image", "restored"),
        ("field.image.pbcor.fits", "restored"),
        ("field.image.tt0", "restored"),
        ("field.image.tt1", None),
        ("field.residual", "residual"),
        ("field.residual.tt0", "residual"),
        ("field.psf", "psf"),
        ("field.model", "model"),
        ("field.mask", "mask"),
        ("field.pb", None),
        ("field.sumwt", None),
        ("field.alpha", None),
        ("wsclean-MFS-image.fits", "restored"),
        ("wsclean-MFS-image-pb.fits", "restored"),
        ("wsclean-0003-dirty.fits", "dirty"),
        ("wsclean-MFS-psf.fits", "psf"),
        ("wsclean-MFS-model.fits.gz", "model"),
        ("wsclean-MFS-residual.fits.fz", "residual"),
        ("noiseMap.image.i.SB10335.cont.taylor.0.restored.fits", "noise"),
        ("vast_epoch01.meanMap.fits", "background"),
        ("racs_rms.fits", "noise"),
        ("racs_bkg.fits", "background"),
        ("weights.i.SB10335.linmos.fits", "mosaic"),
        ("survey_mosaic.fits", "mosaic"),
        ("psf.image.i.field.fits", "psf"),
        ("something.fits", "restored"),
    ],
)
def test_the_kind_is_told_by_the_name(name: str, kind: str | None) -> None:
    assert kind_of(name, "Jy/beam", has_beam=True) == kind


def test_without_a_telling_name_the_unit_says_the_kind() -> None:
    assert kind_of("x.fits", "Jy/pixel", has_beam=False) == "model"
    assert kind_of("x.fits", "mJy/beam", has_beam=True) == "restored"
    assert kind_of("x.fits", "Jy/beam", has_beam=False) is None
    assert kind_of("x.fits", None, has_beam=True) is None


def test_the_primary_beams_correction_is_told_by_name_or_history() -> None:
    assert pbcor_of("a.image.pbcor.fits", []) is True
    assert pbcor_of("a-MFS-image-pb.fits", []) is True
    assert pbcor_of("a.pb", []) is None
    assert pbcor_of("a.fits", ["tclean(vis='x', pbcor=False)"]) is False
    assert pbcor_of("a.fits", ["impbcor(imagename='x')"]) is True
    assert pbcor_of("a.fits", []) is None


def test_wsclean_tells_its_parameters() -> None:
    history = [
        "wsclean -size 4096 4096 -niter 1000 -weight briggs 0.5 -scale 2.5asec -na",
        "me x.ms",
    ]
    cards = {"ORIGIN": "WSClean", "WSCNITER": 900.0, "WSCWEIGH": "Briggs'(0.5)", "WSCVERSI": "3.2"}
    found = parameters_of(header(cards), history)
    assert found == {
        "software": "wsclean",
        "size": "4096 4096",
        "niter": 900,
        "weighting": "briggs",
        "robust": 0.5,
        "scale": "2.5asec",
        "version": "3.2",
    }


def test_casa_and_aips_tell_their_parameters() -> None:
    history = [
        "importuvfits(niter=7)",
        "taskname=tclean",
        "tclean( vis='a.ms', imsize=[512, 512], cell='2arcsec', weighting=\"briggs\", robust=",
        ">-0.5, niter=1000, pbcor=True )",
    ]
    assert parameters_of(header({}), history) == {
        "software": "casa",
        "task": "tclean",
        "imsize": "[512, 512]",
        "cell": "2arcsec",
        "weighting": "briggs",
        "robust": -0.5,
        "niter": 1000,
    }
    aips = ["AIPS   CLEAN NITER=    12461 PRODUCT=1   / NORMAL"]
    assert parameters_of(header({}), aips) == {"software": "aips", "niter": 12461}
    assert parameters_of(header({}), ["nothing of it"]) is None
