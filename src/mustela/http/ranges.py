"""Parts of a file over HTTP (RFC 9110, section 14): ``Range``, ``If-Range``, 206 and 416."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from itertools import pairwise
from typing import NamedTuple

#: More parts than that are answered with the whole file.
MOST_RANGES = 32

_SPEC = re.compile(r"(\d*)-(\d*)")
_MOST_DIGITS = 19


class Span(NamedTuple):
    """Bytes from ``start`` up to, not including, ``stop``."""

    start: int
    stop: int

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def parse_range(header: str, size: int) -> list[Span] | None:
    """The parts that a Range header asks for, in its order.

    ``None`` where it is to be ignored (another unit, not well-formed, too many or overlapping
    parts); an empty list where nothing of it can be satisfied (416).
    """
    unit, equals, specs = header.partition("=")
    if unit.strip().lower() != "bytes" or not equals:
        return None
    spans: list[Span] = []
    parts = [part.strip(" \t") for part in specs.split(",")]
    parts = [part for part in parts if part]
    if not parts or len(parts) > MOST_RANGES:
        return None
    for part in parts:
        match = _SPEC.fullmatch(part)
        if match is None or not part.isascii() or max(map(len, match.groups())) > _MOST_DIGITS:
            return None
        first, last = match.groups()
        if not first and not last:
            return None
        if first and last and int(first) > int(last):
            return None
        span = _span(first, last, size)
        if span is not None:
            spans.append(span)
    return None if _overlap(spans) else spans


def _span(first: str, last: str, size: int) -> Span | None:
    """What a part comes to in a file of this size; ``None`` for nothing."""
    if not first:
        length = min(int(last), size)
        return Span(size - length, size) if length else None
    start = int(first)
    if start >= size:
        return None
    return Span(start, min(int(last) + 1, size) if last else size)


def _overlap(spans: list[Span]) -> bool:
    """Overlapping parts would make the server send a file many times over."""
    ordered = sorted(spans)
    return any(later.start < earlier.stop for earlier, later in pairwise(ordered))


def still_same(if_range: str, etag: str, modified: float) -> bool:
    """Whether an If-Range header names the present file: strong comparison of tags, exact dates.

    ``modified`` is in seconds since 1970.
    """
    header = if_range.strip()
    if header.startswith(('"', "W/")):
        return header == etag and not etag.startswith("W/")
    return http_time(header) == int(modified)


def http_time(text: str) -> int | None:
    """An HTTP date in seconds since 1970; ``None`` where it is none."""
    try:
        time = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return int((aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


def http_date(seconds: float) -> str:
    """Seconds since 1970 as an HTTP date."""
    return formatdate(int(seconds), usegmt=True)
