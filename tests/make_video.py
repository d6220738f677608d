"""Small media files of every kind that a library holds, made with PyAV."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Disposition
from av.video.stream import VideoStream
from PIL import Image

Colour = tuple[int, int, int]
#: A frame's colours: of its four quarters (upper left, upper right, lower left, lower right).
Quarters = tuple[Colour, Colour, Colour, Colour]

RED: Colour = (220, 30, 30)
GREEN: Colour = (30, 200, 40)
BLUE: Colour = (40, 50, 220)
GREY: Colour = (128, 128, 128)


def grey_then_brighter(number: int, of: int) -> Quarters:
    """A frame whose brightness tells its place in the clip."""
    level = 20 + round(215 * number / max(1, of - 1))
    colour = (level, level, level)
    return (colour, colour, colour, colour)


def four_colours(number: int, of: int) -> Quarters:
    return (RED, GREEN, BLUE, GREY)


def image(size: tuple[int, int], quarters: Quarters) -> Image.Image:
    small = Image.new("RGB", (2, 2))
    small.putdata(quarters)
    return small.resize(size, Image.Resampling.NEAREST)


def make_video(  # noqa: C901 - one argument for each kind of file
    path: Path,
    *,
    codec: str | None = "libx264",
    options: dict[str, str] | None = None,
    size: tuple[int, int] = (64, 48),
    rate: Fraction | int = 25,
    frames: int = 25,
    pixel_format: str = "yuv420p",
    pixel_aspect: Fraction | None = None,
    rotation: int = 0,
    times: Sequence[int] | None = None,
    keyframe_every: int = 12,
    paint: Callable[[int, int], Quarters] = grey_then_brighter,
    audio: Sequence[str] = (),
    audio_codec: str = "aac",
    default_audio: int | None = None,
    cover: bool = False,
    cover_first: bool = False,
    colour: tuple[int, int] | None = None,
    interlaced: bool = False,
    metadata: dict[str, str] | None = None,
    stream_metadata: dict[str, str] | None = None,
    container_format: str | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """``rotation``: degrees clockwise. ``times``: presentation, in frames. ``audio``: languages.

    ``colour``: FFmpeg's numbers of transfer and primaries.
    """
    with av.open(
        str(path), "w", format=container_format, container_options=container_options or {}
    ) as container:
        container.metadata.update(metadata or {})
        picture = _add_cover(container) if cover and cover_first else None
        stream = None
        if codec is not None:
            stream = _add_stream(container, codec, options, rate, size, pixel_format)
            stream.metadata.update(stream_metadata or {})
            context = stream.codec_context
            context.gop_size = keyframe_every
            context.max_b_frames = 0
            if pixel_aspect is not None:
                context.sample_aspect_ratio = pixel_aspect
            if colour is not None:
                context.color_trc, context.color_primaries = colour
            if interlaced:
                context.flags |= (1 << 18) | (1 << 29)
            if rotation:
                stream.set_display_rotation(-rotation)
        tracks = [_add_track(container, audio_codec, language) for language in audio]
        if default_audio is not None:
            for number, track in enumerate(tracks):
                chosen = number == default_audio
                track.disposition = Disposition.default if chosen else Disposition(0)
        if cover and not cover_first:
            picture = _add_cover(container)
        if picture is not None:
            container.mux(_cover_packet(picture))
        if stream is not None:
            for number in range(frames):
                frame = av.VideoFrame.from_image(image(size, paint(number, frames)))  # type: ignore[no-untyped-call] # PyAV's
                frame.pts = number if times is None else times[number]
                frame.time_base = 1 / Fraction(rate)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        for track in tracks:
            _write_tone(container, track, frames / Fraction(rate))
    return path


def _add_stream(
    container: OutputContainer,
    codec: str,
    options: dict[str, str] | None,
    rate: Fraction | int,
    size: tuple[int, int],
    pixel_format: str,
) -> VideoStream:
    stream = container.add_stream(codec, rate=rate, options=options or {})
    assert isinstance(stream, VideoStream)
    stream.codec_context.width, stream.codec_context.height = size
    stream.codec_context.pix_fmt = pixel_format
    return stream


def _add_track(container: OutputContainer, codec: str, language: str) -> AudioStream:
    stream = container.add_stream(codec, rate=48000, layout="stereo")
    assert isinstance(stream, AudioStream)
    stream.metadata["language"] = language
    return stream


def _add_cover(container: OutputContainer) -> VideoStream:
    stream = _add_stream(container, "mjpeg", None, 1, (96, 96), "yuvj420p")
    stream.disposition = Disposition.attached_pic
    return stream


def _cover_packet(stream: VideoStream) -> list[av.Packet[VideoStream]]:
    cover = image((96, 96), (BLUE, BLUE, BLUE, BLUE))
    frame = av.VideoFrame.from_image(cover).reformat(format="yuvj420p")  # type: ignore[no-untyped-call] # PyAV's
    frame.pts = 0
    return [*stream.encode(frame), *stream.encode(None)]


def _write_tone(container: OutputContainer, stream: AudioStream, seconds: Fraction) -> None:
    for start, samples in _tone(round(seconds * 48000)):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=len(samples) // 2)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts = 48000, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _tone(total: int) -> Iterator[tuple[int, array[int]]]:
    for start in range(0, total, 1024):
        places = range(start, min(start + 1024, total))
        values = (int(2000 * math.sin(place / 17)) for place in places)
        yield start, array("h", (value for value in values for _ in range(2)))


def truncate(path: Path, part: float) -> Path:
    """Cut the file off, as a copy that was interrupted is."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    return path
