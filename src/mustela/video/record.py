"""What is known of a video."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from mustela.store.record import Record


class Video(Record):
    """One file of footage; what the file does not say is ``None``, never invented.

    An empty ``id`` is made when the video is added. ``path`` is the absolute path, as path text
    (undecodable bytes ``\\xHH``, a backslash doubled).
    ``width`` and ``height`` are the coded picture in pixels, ``display_width`` and
    ``display_height`` what a player shows, after ``rotation`` (degrees clockwise) and pixel
    aspect. ``duration_frames`` is a count of the container where ``frames_exact``, else derived
    from duration and frame rate. Frame rate and pixel aspect are exact fractions. ``bit_rate`` is
    in bit/s, ``audio_rate`` in Hz, ``file_size`` in bytes, ``mtime_ns`` in nanoseconds since 1970.
    ``recorded_at`` and ``start_timecode`` are what the file says of its recording.
    ``thumbnail_path`` is a key in the file store; ``job_id`` the job that made the record.
    ``missing_since``: when a scan first did not find the file. ``rating`` is 0 to 5.
    """

    __slots__ = ()

    hidden: ClassVar[tuple[str, ...]] = ("mtime_ns",)  # too large a number for JSON's readers

    id: str = ""
    path: str = ""
    root_id: str | None = None
    filename: str = ""
    duration_frames: int | None = None
    frames_exact: bool | None = None
    frame_rate_numerator: int | None = None
    frame_rate_denominator: int | None = None
    width: int | None = None
    height: int | None = None
    display_width: int | None = None
    display_height: int | None = None
    pixel_aspect_numerator: int | None = None
    pixel_aspect_denominator: int | None = None
    rotation: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    container: str | None = None
    bit_rate: int | None = None
    pixel_format: str | None = None
    field_order: str | None = None
    hdr: str | None = None
    audio_channels: int | None = None
    audio_rate: int | None = None
    audio_languages: tuple[str, ...] = ()
    subtitle_languages: tuple[str, ...] = ()
    duration_seconds: float | None = None
    recorded_at: datetime | None = None
    start_timecode: str | None = None
    file_size: int | None = None
    mtime_ns: int | None = None
    modified_at: datetime | None = None
    fingerprint: str | None = None
    missing_since: datetime | None = None
    tags: tuple[str, ...] = ()
    rating: int | None = None
    note: str | None = None
    thumbnail_path: str | None = None
    job_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def frame_rate(self) -> float | None:
        """Frames per second, rounded to what a float holds."""
        if not self.frame_rate_numerator or not self.frame_rate_denominator:
            return None
        return self.frame_rate_numerator / self.frame_rate_denominator
