"""What a file of footage says of itself. Free of FFmpeg, for who only reads the answers."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a ``Video`` that its file decides; what the file does not say is ``None``.

    ``duration_frames`` is a count where ``frames_exact``: it stands in the container (which may
    lie) or was counted. Else it is derived from duration and frame rate, or unknown. The frame
    rate is an exact fraction, the mean over the file where the rate varies. ``width`` and
    ``height`` are of the stored picture, ``display_width`` and ``display_height`` of the shown
    one, turned by ``rotation`` (degrees clockwise) with square pixels. ``field_order`` is
    ``progressive``, ``tt``, ``bb``, ``tb`` or ``bt``: which field is stored, and shown, first.
    ``hdr`` is ``dolby_vision``, ``hdr10``, ``pq`` or ``hlg``. ``bit_rate`` is the whole file's,
    in bit/s; ``audio_rate`` is in Hz. Languages are the tracks', each once, in their order.
    """

    container: str
    fingerprint: str
    file_size: int
    duration_seconds: float | None = None
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
    pixel_format: str | None = None
    field_order: str | None = None
    hdr: str | None = None
    bit_rate: int | None = None
    audio_codec: str | None = None
    audio_channels: int | None = None
    audio_rate: int | None = None
    audio_languages: tuple[str, ...] = ()
    subtitle_languages: tuple[str, ...] = ()
    recorded_at: datetime | None = None
    start_timecode: str | None = None
