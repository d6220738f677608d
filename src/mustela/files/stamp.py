"""What tells whether a file has changed: its size and its time, as databases can hold them."""

from __future__ import annotations

import os
from typing import NamedTuple

_MOST = 2**63 - 1


class Stamp(NamedTuple):
    """Size in bytes, time of the last change in nanoseconds since 1970."""

    size: int
    mtime_ns: int


def stamp_of(status: os.stat_result) -> Stamp:
    """Times before 1678 or after 2262, which nanoseconds in 64 bits do not reach, are the nearest.

    File systems hold such times, and programs write them: one file must not end a scan.
    """
    return Stamp(status.st_size, max(-_MOST, min(status.st_mtime_ns, _MOST)))
