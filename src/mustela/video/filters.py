"""The filters of a list of videos, with the Python types that callers give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypedDict

from mustela.store import to_microseconds
from mustela.store.record import encode_texts


class VideoFilters(TypedDict, total=False):
    """Every filter is optional; a video must satisfy all that are given.

    Sizes are in bytes, durations in seconds or frames, bit rates in bit/s, frame rates in frames
    per second, pictures in coded pixels; ``min_`` and ``max_`` are inclusive, as are times.
    ``folder`` is a path below the root. ``missing``: whether the last scan did not find the file.
    """

    codec: str
    audio_codec: str
    container: str
    pixel_format: str
    field_order: str
    hdr: str
    rotation: int
    root_id: str
    fingerprint: str
    filename: str
    tag: str
    language: str
    subtitle_language: str
    folder: str
    ids: Sequence[str]
    job_id: str
    min_frame_rate: float
    max_frame_rate: float
    min_width: int
    max_width: int
    min_height: int
    max_height: int
    min_duration_seconds: float
    max_duration_seconds: float
    min_duration_frames: int
    max_duration_frames: int
    min_file_size: int
    max_file_size: int
    min_bit_rate: int
    max_bit_rate: int
    min_rating: int
    max_rating: int
    min_audio_channels: int
    max_audio_channels: int
    min_audio_rate: int
    max_audio_rate: int
    recorded_after: datetime
    recorded_before: datetime
    created_after: datetime
    created_before: datetime
    updated_after: datetime
    updated_before: datetime
    modified_after: datetime
    modified_before: datetime
    missing: bool
    has_hdr: bool
    has_audio: bool
    has_video: bool
    has_rating: bool
    has_note: bool


def _nanoseconds(time: datetime, more: int = 0) -> int:
    """As files have them; no file has a time beyond 64 bits, so that the ends will do."""
    return max(-(2**63), min(to_microseconds(time) * 1000 + more, 2**63 - 1))


#: What becomes of a filter's value before it is bound.
CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "ids": encode_texts,
    "language": lambda value: f'"{value}"',
    "subtitle_language": lambda value: f'"{value}"',
    "folder": lambda value: value.strip("/") + "/",
    "root_id": lambda value: value or "",
    "modified_after": _nanoseconds,
    "modified_before": lambda value: _nanoseconds(value, 999),
}
