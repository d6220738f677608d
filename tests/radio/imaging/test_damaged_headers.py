"""Whatever stands in a header, the answer is facts, a reason, or ``Unreadable``."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mustela.files.failure import Unreadable
from mustela.radio.imaging.errors import ImagingError
from mustela.radio.imaging.examine import examine
from mustela.radio.imaging.facts import ImageFacts, NotAnImage
from mustela.radio.imaging.picture import thumbnail
from tests.radio.imaging.skies import FREQUENCY, STOKES, noise, write


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = write(
        tmp_path_factory.mktemp("sound") / "a.fits",
        noise((1, 2, 8, 9)),
        **FREQUENCY,
        **STOKES,
        DATE_OBS="2020-08-03T12:00:00",
        TIMESYS="TAI",
        RESTFRQ=1.4e9,
        LONPOLE=180.0,
        PC1_1=1.0,
        EQUINOX=2000.0,
    )
    return path.read_bytes()


VALUES = st.sampled_from(
    [
        "T",
        "0",
        "-1",
        "1E300",
        "-1E300",
        "1E-300",
        "NaN",
        "'INF'",
        "''",
        "'RA---XYZ'",
        "'RA---TAN-SIP'",
        "'GLON-CAR'",
        "'FREQ-LOG'",
        "'VELO'",
        "'9999-99-99T99:99:99'",
        "'0001-01-01'",
        "99999999999999999999",
        "(1,2)",
        "'unclosed",
        "",
    ]
)


@pytest.mark.parametrize("claimed", [b"1000", b"99999999999999999999"])
def test_a_header_that_claims_endless_axes_is_refused_at_once(
    sound: bytes, tmp_path: Path, claimed: bytes
) -> None:
    place = sound.index(b"NAXIS   =")
    content = bytearray(sound)
    content[place + 10 : place + 80] = claimed.rjust(20).ljust(70)
    path = tmp_path / "endless.fits"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="axes"):
        examine(os.fsencode(path))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.lists(st.tuples(st.integers(2, 40), VALUES), min_size=1, max_size=3))
def test_no_value_of_a_card_is_fatal(
    sound: bytes, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, str]]
) -> None:
    content = bytearray(sound)
    for card, value in changes:
        if content[card * 80 + 8 : card * 80 + 10] == b"= ":
            content[card * 80 + 10 : card * 80 + 80] = value.rjust(20).ljust(70).encode()
    answer(bytes(content), tmp_path_factory)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(st.tuples(st.integers(0, 3600), st.integers(0, 255)), min_size=1, max_size=9)
)
def test_no_damaged_byte_is_fatal(
    sound: bytes, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    content = bytearray(sound)
    for place, value in changes:
        content[place] = value
    answer(bytes(content), tmp_path_factory)


def answer(content: bytes, factory: pytest.TempPathFactory) -> None:
    path = Path(factory.getbasetemp(), "damaged.fits")
    path.write_bytes(content)
    try:
        found = examine(os.fsencode(path))
        thumbnail(path)
    except (Unreadable, ImagingError):
        return
    sent = msgspec.json.encode(found)  # no number in it that is not finite
    assert msgspec.json.decode(sent, type=ImageFacts | NotAnImage) == found
