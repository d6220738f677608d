"""How many frames a video has, and how sure that is."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from mustela.video.media import codec_context

#: Files up to this size, in bytes, are read through where nothing else tells their duration.
_READ_THROUGH = 256 * 1024 * 1024
#: And up to this size where nothing tells their count: it takes a millisecond, and a frame more or
#: less is much in a short clip.
_SMALL = 1024 * 1024
_INTERLACED = range(2, 6)
_CLOCK_TIME = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d{1,9})?)")


class FrameCount(NamedTuple):
    """``exact``: counted, by the container's writer or here. ``duration`` where read through."""

    frames: int | None
    exact: bool = False
    duration: Fraction | None = None


def count_frames(
    container: InputContainer,
    stream: VideoStream,
    duration: Fraction | None,
    rate: Fraction | None,
) -> FrameCount:
    """From the container, else counted where the file is small, else derived.

    ``duration`` is the container's, in seconds. A container without a duration was cut off or is
    still being written, so that its own count is a promise only: it is counted where the file is
    not too large.
    """
    if duration is None and container.size <= _READ_THROUGH:
        return _read_through(container, stream)
    if stream.frames > 0:
        return FrameCount(stream.frames, exact=True)
    # A packet may hold one field of an interlaced picture, so those are not counted.
    if container.size <= _SMALL and _field_order(stream) not in _INTERLACED:
        return _read_through(container, stream)
    seconds = _stream_duration(stream) or duration
    derived = None if seconds is None or rate is None else round(seconds * rate)
    noted = _noted(stream)
    # Programs copy such notes from one file into another of a different length.
    if noted is not None and (derived is None or abs(noted - derived) <= max(2, derived // 50)):
        return FrameCount(noted, exact=True)
    return FrameCount(derived or None)


def _stream_duration(stream: VideoStream) -> Fraction | None:
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    if found := _CLOCK_TIME.fullmatch(stream.metadata.get("DURATION", "")):  # Matroska
        return int(found[1]) * 3600 + int(found[2]) * 60 + Fraction(found[3])
    return None


def _field_order(stream: VideoStream) -> int:
    context = codec_context(stream)
    return 0 if context is None else context.field_order


def _noted(stream: VideoStream) -> int | None:
    """The count among Matroska's statistics tags."""
    for key, value in stream.metadata.items():
        if key.startswith("NUMBER_OF_FRAMES") and value.isdecimal():
            return int(value)
    return None


def _read_through(container: InputContainer, stream: VideoStream) -> FrameCount:
    count = 0
    start: int | None = None
    end = 0
    try:
        for packet in container.demux(stream):
            if packet.size and not packet.is_discard:
                count += 1
            if packet.pts is not None:
                start = packet.pts if start is None else min(start, packet.pts)
                end = max(end, packet.pts + (packet.duration or 0))
    except FFmpegError:
        pass  # damaged from here on: what came before counts
    if start is None or not stream.time_base:
        return FrameCount(count, exact=True)
    return FrameCount(count, exact=True, duration=(end - start) * stream.time_base)
