"""Names made of coordinates."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mustela.radio.sky.names import iau_name
from mustela.radio.sky.positions import NotAPosition
from tests.radio.sky.fix_sky import many, positions


@pytest.mark.parametrize(
    ("ra", "dec", "name"),
    [
        (188.73629, -12.58242, "MUS J123456.7-123456"),
        (0.0, 0.0, "MUS J000000.0+000000"),
        (0.0, -0.0, "MUS J000000.0+000000"),
        (0.0, -1e-9, "MUS J000000.0-000000"),
        (10.0, -0.999999999999, "MUS J004000.0-005959"),
        (359.9999999999, 89.9999999999, "MUS J235959.9+895959"),
        (360.0, 90.0, "MUS J000000.0+900000"),
        (-0.0001, -90.0, "MUS J235959.9-900000"),
        (187.705, 12.391, "MUS J123049.2+122327"),  # 49.2 s to the digit, 49.19999 as a double
    ],
)
def test_a_name_is_truncated_and_never_rounded(ra: float, dec: float, name: str) -> None:
    assert iau_name(ra, dec) == name


def test_precision_counts_the_decimals_of_right_ascension() -> None:
    # The example of the form with which acronyms are registered: 19h57m40.558s +33d38'27.96".
    ra, dec = 299.418991666666, 33.6411
    assert iau_name(ra, dec, "SAMPLE", precision=0) == "SAMPLE J195740+333827"
    assert iau_name(ra, dec, "SAMPLE", precision=1) == "SAMPLE J195740.5+333827"
    assert iau_name(ra, dec, "SAMPLE", precision=2) == "SAMPLE J195740.55+333827.9"
    assert iau_name(ra, dec, "SAMPLE", precision=3) == "SAMPLE J195740.557+333827.96"


@many
@given(positions, st.integers(0, 5))
def test_a_name_is_the_low_corner_of_the_box_its_source_is_in(
    position: tuple[float, float], precision: int
) -> None:
    ra, dec = position
    name = iau_name(ra, dec, "X", precision)
    found = re.fullmatch(
        r"X J(\d\d)([0-5]\d)([0-5]\d[.\d]*)([+-])(\d\d)([0-5]\d)([0-5]\d[.\d]*)", name
    )
    assert found is not None
    h, m, s, sign, d, arcmin, arcsec = found.groups()
    ra_step, dec_step = 10.0**-precision, 10.0 ** -max(precision - 1, 0)
    in_seconds = int(h) * 3600 + int(m) * 60 + float(s)
    assert -1e-7 < ra * 240 - in_seconds < ra_step + 1e-7
    assert (
        -1e-7
        < abs(dec) * 3600 - (int(d) * 3600 + int(arcmin) * 60 + float(arcsec))
        < dec_step + 1e-7
    )
    assert (sign == "-") == (dec < 0)


def test_nonsense_has_no_name() -> None:
    with pytest.raises(NotAPosition):
        iau_name(0.0, 91.0)
    with pytest.raises(ValueError, match="precision"):
        iau_name(0.0, 0.0, precision=-1)
