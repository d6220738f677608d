"""Units and words of the ObsCore data model."""

from __future__ import annotations

import math

import pytest

from mustela.radio.images.record import Image
from mustela.radio.vo.addresses import Archive
from mustela.radio.vo.obscore import (
    COLUMNS,
    frequencies,
    region,
    resolving_power,
    row,
    states_of,
    wavelengths,
)

ARCHIVE = Archive("https://archive.example/api/v1", "example.org", {"r1": "Deep", "r2": "Wide"})


@pytest.mark.parametrize(
    ("frequency", "bandwidth", "shortest", "longest"),
    [
        # 299 792 458 m/s over the upper and lower edge of the band.
        (299_792_458.0, None, 1.0, 1.0),
        (299_792_458.0, 0.0, 1.0, 1.0),
        (1.0e9, 0.2e9, 0.27253859818, 0.33310273111),
        (1.5e9, 1.0e9, 0.149896229, 0.299792458),
        (1.0e9, 2.0e9, 0.149896229, None),
        (None, 1.0e9, None, None),
    ],
)
def test_a_band_in_wavelengths(
    frequency: float | None,
    bandwidth: float | None,
    shortest: float | None,
    longest: float | None,
) -> None:
    found = wavelengths(frequency, bandwidth)
    assert found == (
        None if shortest is None else pytest.approx(shortest, rel=1e-10),
        None if longest is None else pytest.approx(longest, rel=1e-10),
    )


@pytest.mark.parametrize(
    ("shortest", "longest", "low", "high"),
    [
        (0.149896229, 0.299792458, 1.0e9, 2.0e9),
        (1.0, math.inf, 0.0, 299_792_458.0),
        (-math.inf, 1.0, 299_792_458.0, math.inf),
        (0.0, 1.0, 299_792_458.0, math.inf),
    ],
)
def test_wavelengths_as_frequencies(
    shortest: float, longest: float, low: float, high: float
) -> None:
    assert frequencies(shortest, longest) == pytest.approx((low, high), rel=1e-12)


@pytest.mark.parametrize(
    ("stokes", "states"),
    [
        (None, []),
        ("I", ["I"]),
        ("IQUV", ["I", "Q", "U", "V"]),
        ("XXXYYXYY", ["XX", "YY", "XY", "YX"]),
        ("RRLL", ["RR", "LL"]),
    ],
)
def test_the_planes_as_states(stokes: str | None, states: list[str]) -> None:
    assert states_of(stokes) == states


def test_an_image_of_which_nothing_is_known_has_nulls() -> None:
    values = dict(
        zip((c.name for c in COLUMNS), row(Image(id="x", path="/x"), ARCHIVE), strict=True)
    )
    known = {name: value for name, value in values.items() if value is not None}
    assert known.keys() == {
        "dataproduct_type",
        "calib_level",
        "obs_collection",
        "obs_id",
        "obs_title",
        "obs_publisher_did",
        "access_url",
        "access_format",
    }
    # ObsCore wants these of everything.
    assert known["obs_collection"] == "mustela"
    assert known["obs_id"] == "x"


def test_sizes_and_regions() -> None:
    image = Image(
        id="a+b",
        path="/a.FITS.gz",
        filename="a.FITS.gz",
        root_id="r2",
        ra_deg=10.0,
        dec_deg=-5.0,
        radius_deg=0.5,
        file_size=1001,
        frequency_hz=1.0e9,
        bandwidth_hz=1.0e8,
        n_channels=4,
        mid_mjd=59000.0,
        end_mjd=59001.0,
        kind="mosaic",
    )
    values = dict(zip((c.name for c in COLUMNS), row(image, ARCHIVE), strict=True))
    assert (values["access_estsize"], values["s_fov"]) == (2, 1.0)
    assert (values["t_min"], values["t_max"]) == (59000.0, 59001.0)
    assert values["calib_level"] == 3
    assert values["access_url"] == "https://archive.example/api/v1/images/a%2Bb/fits"
    assert values["access_format"] == "application/gzip"
    assert values["obs_collection"] == "Wide"
    only_end = row(image.replace(mid_mjd=None), ARCHIVE)
    assert only_end[[column.name for column in COLUMNS].index("t_min")] == 59001.0
    # A channel is 25 MHz wide.
    assert resolving_power(image) == pytest.approx(40.0)
    assert region(image) == "CIRCLE ICRS 10.000000000 -5.000000000 0.500000000"
    square = image.replace(footprint=(1.0, 2.0, 3.0, 2.0, 3.0, 4.0))
    assert (region(square) or "").split()[2:4] == ["1.000000000", "2.000000000"]


def test_identifiers_lead_back_to_images() -> None:
    assert ARCHIVE.id_of(ARCHIVE.identifier("a+b")) == "a+b"
    assert ARCHIVE.id_of("IVO://EXAMPLE.org/Images?Ab") == "Ab"
    assert ARCHIVE.id_of("Ab") == "Ab"
    assert ARCHIVE.id_of("ivo://other.org/images?Ab") is None
    assert ARCHIVE.id_of("ivo://example.org/images") is None
    assert ARCHIVE.root_ids(["Deep", "mustela", "none"]) == ["r1", ""]
