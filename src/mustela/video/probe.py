"""Reading what a file of footage says of itself. Runs in child processes only."""

from __future__ import annotations

import math
import os
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from mustela.files.failure import Unreadable
from mustela.files.fingerprint import fingerprint
from mustela.video.frame_count import count_frames
from mustela.video.frame_rate import frame_rate
from mustela.video.media import audio_stream, codec_name, open_media, video_stream
from mustela.video.probed import Probe
from mustela.video.side_data import side_data
from mustela.video.start import recorded_at, start_timecode

_FIELD_ORDERS = {1: "progressive", 2: "tt", 3: "bb", 4: "tb", 5: "bt"}
_BT2020 = 9
_PQ = 16
_HLG = 18


def probe(path: bytes | str | os.PathLike[str]) -> Probe:
    """Read the file's headers (no frame is decoded).

    ``Unreadable`` at the stage ``open`` (not a media file, or damaged) or ``streams`` (neither
    picture nor sound in it). Give names that are not UTF-8 as bytes.
    """
    with open_media(path, headers_only=True) as container:
        video = video_stream(container)
        audio = audio_stream(container)
        if video is None and audio is None:
            raise Unreadable("streams", "the file holds neither video nor audio")
        try:
            return Probe(
                container=_container(container),
                fingerprint=fingerprint(path),
                file_size=container.size,
                bit_rate=container.bit_rate or None,
                audio_languages=_languages(container.streams.audio),
                subtitle_languages=_languages(container.streams.subtitles),
                recorded_at=recorded_at(container),
                start_timecode=start_timecode(container),
                **(_of_audio(audio) if audio is not None else {}),
                **_of_time(container, video),
                **(_of_picture(container, video) if video is not None else {}),
            )
        except OSError as error:
            raise Unreadable("open", f"the file cannot be read: {error.strerror}") from error


def _container(container: InputContainer) -> str:
    """A name that people use. FFmpeg's stands for a family: ``mov,mp4,m4a,3gp,3g2,mj2``."""
    family = container.format.name
    if family.startswith("mov,"):
        brand = container.metadata.get("major_brand", "qt").strip().lower()
        names = {"qt": "mov", "m4a": "m4a", "m4b": "m4a", "3g2": "3g2", "mjp2": "mj2"}
        return names.get(brand) or names.get(brand[:3]) or ("3gp" if brand[:2] == "3g" else "mp4")
    if family == "matroska,webm":
        # FFmpeg does not show the document type, which stands near the start of the file.
        with open(os.fsencode(container.name.removeprefix("file:")), "rb") as file:  # noqa: PTH123
            return "webm" if b"\x42\x82\x84webm" in file.read(64) else "matroska"
    return family.partition(",")[0]


def _languages(streams: tuple[Stream, ...]) -> tuple[str, ...]:
    said = (stream.metadata.get("language", "und") for stream in streams)
    return tuple(dict.fromkeys(language for language in said if language not in {"und", ""}))


def _of_audio(stream: AudioStream) -> dict[str, Any]:
    if (name := codec_name(stream)) is None:
        return {}
    context = stream.codec_context
    return {
        "audio_codec": name,
        "audio_channels": context.layout.nb_channels or None,
        "audio_rate": context.sample_rate or None,
    }


def _of_time(container: InputContainer, video: VideoStream | None) -> dict[str, Any]:
    duration = None if container.duration is None else Fraction(container.duration, av.time_base)
    if video is None:
        return {"duration_seconds": _seconds(duration)}
    rate = frame_rate(video)
    count = count_frames(container, video, duration, rate)
    return {
        "duration_seconds": _seconds(duration or count.duration),
        "duration_frames": count.frames,
        "frames_exact": None if count.frames is None else count.exact,
        "frame_rate_numerator": rate and rate.numerator,
        "frame_rate_denominator": rate and rate.denominator,
    }


def _seconds(duration: Fraction | None) -> float | None:
    return None if duration is None or duration <= 0 else round(float(duration), 6)


def _of_picture(container: InputContainer, stream: VideoStream) -> dict[str, Any]:
    if (name := codec_name(stream)) is None:
        return {}
    context = stream.codec_context
    beside = side_data(container, stream.index)
    aspect = stream.sample_aspect_ratio or None
    width, height = context.width or None, context.height or None
    shown = display_size(width, height, aspect, beside.rotation)
    return {
        "video_codec": name,
        "pixel_format": context.pix_fmt,
        "field_order": _FIELD_ORDERS.get(context.field_order),
        "hdr": _hdr(stream, beside.dolby_vision),
        "rotation": beside.rotation,
        "width": width,
        "height": height,
        "pixel_aspect_numerator": aspect and aspect.numerator,
        "pixel_aspect_denominator": aspect and aspect.denominator,
        "display_width": shown and shown[0],
        "display_height": shown and shown[1],
    }


def display_size(
    width: int | None, height: int | None, aspect: Fraction | None, rotation: int | None
) -> tuple[int, int] | None:
    """The size with square pixels (the height stays), then turned."""
    if width is None or height is None:
        return None
    stretched = max(1, math.floor(width * (aspect or 1) + Fraction(1, 2)))
    quarter_turns = round((rotation or 0) / 90)
    return (height, stretched) if quarter_turns % 2 else (stretched, height)


def _hdr(stream: VideoStream, dolby_vision: bool) -> str | None:
    if dolby_vision:
        return "dolby_vision"
    if stream.color_trc == _HLG:
        return "hlg"
    if stream.color_trc != _PQ:
        return None
    pixels = stream.codec_context.format
    depth = 0 if pixels is None else max(component.bits for component in pixels.components)
    return "hdr10" if stream.color_primaries == _BT2020 and depth == 10 else "pq"


__all__ = ["Probe", "display_size", "probe"]
