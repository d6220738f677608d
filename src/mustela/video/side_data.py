"""What a container says beside its streams: how to turn the picture, and Dolby Vision.

PyAV shows this data only with a decoded frame. Decoding costs more than all else that a probe
does, and fails for encrypted files; FFmpeg's own summary of a file (``av_dump_format``, here 65 µs)
has it without. The summary's wording is FFmpeg's and may change with it: ``test_probe.py`` would
tell.
"""

from __future__ import annotations

import re
import threading
from typing import Any, NamedTuple, cast

import av.logging
from av.container import InputContainer

#: Without "title : " before them, as user's words would have.
_STREAM = re.compile(r" *Stream #\d+:(\d+)")
_ROTATION = re.compile(r" *(?:Display Matrix|displaymatrix): rotation of (\S+) degrees")
_DOLBY_VISION = re.compile(r" *DOVI configuration record: ")

#: The level of FFmpeg's log is the process's.
_logging = threading.Lock()


class SideData(NamedTuple):
    """``rotation``: degrees clockwise, 0 to 359; ``None`` where the matrix turns nothing."""

    rotation: int | None = 0
    dolby_vision: bool = False


def side_data(container: InputContainer, stream_index: int) -> SideData:
    with _logging:
        av.logging.set_level(av.logging.INFO)
        try:
            summary: str = cast(Any, container).dumps_format()  # not in PyAV's annotations
        finally:
            av.logging.set_level(None)
    return parse(summary, stream_index)


def parse(summary: str, stream_index: int) -> SideData:
    if "rotation of" not in summary and "DOVI" not in summary:
        return SideData()  # as of most files
    rotation: int | None = 0
    dolby_vision = False
    here = False
    for line in summary.splitlines():
        if found := _STREAM.match(line):
            here = int(found[1]) == stream_index
        elif here and (found := _ROTATION.match(line)):
            rotation = _clockwise(found[1])
        elif here and _DOLBY_VISION.match(line):
            dolby_vision = True
    return SideData(rotation, dolby_vision)


def _clockwise(counterclockwise: str) -> int | None:
    try:
        return round(-float(counterclockwise)) % 360
    except (ValueError, OverflowError):  # "nan", of a matrix that maps everything to a point
        return None
