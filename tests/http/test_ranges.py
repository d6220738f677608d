"""What a Range header asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mustela.http.ranges import MOST_RANGES, Span, http_date, http_time, parse_range, still_same


@pytest.mark.parametrize(
    ("header", "spans"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=2-", [(2, 10)]),
        ("bytes=2-99", [(2, 10)]),
        ("bytes=-3", [(7, 10)]),
        ("bytes=-99", [(0, 10)]),
        ("Bytes = 0-1 , 4-5,", [(0, 2), (4, 6)]),
        ("bytes=6-7,0-1", [(6, 8), (0, 2)]),
        ("bytes=10-", []),
        ("bytes=-0", []),
        ("bytes=99-100,0-1", [(0, 2)]),
    ],
)
def test_parts_are_cut_to_the_file(header: str, spans: list[tuple[int, int]]) -> None:
    assert parse_range(header, 10) == [Span(*span) for span in spans]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=1-2-3",
        "bytes=٣-٤",
        "lines=0-1",
        "bytes=0-5,2-8",
        "bytes=" + "9" * 30 + "-",
        "bytes=" + ",".join(f"{n * 2}-{n * 2}" for n in range(MOST_RANGES + 1)),
    ],
)
def test_what_is_not_well_formed_or_an_attack_is_ignored(header: str) -> None:
    assert parse_range(header, 10_000) is None


@given(
    st.text(alphabet="0123456789-,= bytesx", max_size=40).map(lambda text: "bytes=" + text)
    | st.text(max_size=40),
    st.integers(0, 100),
)
def test_whatever_is_sent_parts_lie_within_the_file_and_apart(header: str, size: int) -> None:
    spans = parse_range(header, size)
    for span in spans or ():
        assert 0 <= span.start < span.stop <= size
    assert sum(span.stop - span.start for span in spans or ()) <= size


@given(st.integers(1, 1000), st.data())
def test_a_well_formed_part_answers_the_bytes_python_would(size: int, data: st.DataObject) -> None:
    body = bytes(n % 251 for n in range(size))
    first = data.draw(st.integers(0, size - 1))
    last = data.draw(st.integers(first, 2 * size))
    spans = parse_range(f"bytes={first}-{last}", size)
    assert spans is not None
    assert body[spans[0].start : spans[0].stop] == body[first : last + 1]
    suffix = data.draw(st.integers(1, 2 * size))
    spans = parse_range(f"bytes=-{suffix}", size)
    assert spans is not None
    assert body[spans[0].start : spans[0].stop] == body[-suffix:]


def test_if_range_compares_strongly() -> None:
    date = http_date(1_700_000_000.7)
    assert still_same('"a"', '"a"', 0)
    assert not still_same('W/"a"', '"a"', 0)
    assert not still_same('W/"a"', 'W/"a"', 0)
    assert still_same(date, '"a"', 1_700_000_000.7)
    assert not still_same(date, '"a"', 1_700_000_001)
    assert not still_same("nonsense", '"a"', 0)


@given(st.integers(0, 4_000_000_000))
def test_http_dates_are_read_back(seconds: int) -> None:
    assert http_time(http_date(seconds)) == seconds


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert http_time(text) is None or isinstance(http_time(text), int)
