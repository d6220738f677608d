"""A small library of footage for who has none at hand: a dozen clips, made here.

They are of several codecs, containers, rates, sizes and rotations; a browser plays all but those
in ``Archive`` and two of ``Work``. Making them takes some seconds and FFmpeg, so it is best done in
a child process.
"""

from __future__ import annotations

import math
import os
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import msgspec
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image

from mustela.video import sample_scenes
from mustela.video.sample_scenes import Scene

NTSC_FILM = Fraction(24000, 1001)
NTSC = Fraction(30000, 1001)

_X264 = "preset=veryfast crf=27"
_VP9 = "deadline=realtime cpu-used=8 crf=38 b=0"


class _Clip(msgspec.Struct, frozen=True):
    """``rotation``: degrees clockwise for a player. ``notes``: chords of sound, in Hz."""

    path: str
    scene: Scene
    codec: str = "libx264"
    options: str = _X264
    size: tuple[int, int] = (640, 360)
    rate: Fraction = Fraction(25)
    seconds: float = 3.0
    audio_codec: str = "aac"
    languages: tuple[str, ...] = ("eng",)
    notes: tuple[float, ...] = (220.0, 277.2, 329.6)
    rotation: int = 0
    pixel_format: str = "yuv420p"
    pixel_aspect: Fraction = Fraction(1)
    recorded_at: datetime = datetime(2024, 7, 14, 9, 30, tzinfo=UTC)


def _at(year: int, month: int, day: int, hour: int) -> datetime:
    return datetime(year, month, day, hour, 12, 40, tzinfo=UTC)


_CLIPS = (
    _Clip(
        "Holiday/2024-07 Lisbon tram.mp4",
        sample_scenes.tram,
        size=(1280, 720),
        recorded_at=_at(2024, 7, 14, 9),
    ),
    _Clip(
        "Holiday/2024-07 Lisbon, the sea at sunset.mov",
        sample_scenes.sunset,
        rate=NTSC,
        recorded_at=_at(2024, 7, 14, 19),
    ),
    _Clip(
        "Holiday/2023-12 Snow in the Alps.webm",
        sample_scenes.snow,
        codec="libvpx-vp9",
        options=_VP9,
        rate=NTSC_FILM,
        audio_codec="libopus",
        recorded_at=_at(2023, 12, 27, 11),
    ),
    _Clip(
        "Phone/IMG_2041 Birthday balloons.mov",
        sample_scenes.balloons,
        rate=NTSC,
        rotation=90,
        recorded_at=_at(2025, 5, 3, 15),
    ),
    _Clip(
        "Phone/IMG_2042 Evening at the beach.mp4",
        sample_scenes.sunset,
        size=(480, 270),
        rate=Fraction(30),
        rotation=270,
        seconds=2,
        recorded_at=_at(2025, 5, 3, 20),
    ),
    _Clip(
        "Sport/Skate park, 60 frames a second.mp4",
        sample_scenes.skater,
        rate=Fraction(60),
        recorded_at=_at(2025, 8, 21, 16),
    ),
    _Clip(
        "Drone/Harbour from above.mp4",
        sample_scenes.harbour,
        codec="libsvtav1",
        options="preset=10 crf=45",
        rate=Fraction(50),
        languages=(),
        seconds=2,
        recorded_at=_at(2025, 9, 2, 7),
    ),
    _Clip(
        "Night sky/Stars over the observatory.webm",
        sample_scenes.stars,
        codec="libvpx-vp9",
        options=_VP9,
        rate=NTSC_FILM,
        seconds=4,
        languages=(),
        recorded_at=_at(2024, 11, 8, 23),
    ),
    _Clip(
        "Work/Interview, original and dubbed.mkv",
        sample_scenes.interview,
        languages=("deu", "eng"),
        notes=(196.0, 246.9, 293.7),
        recorded_at=_at(2025, 2, 11, 10),
    ),
    _Clip(
        "Work/Test card ProRes.mov",
        sample_scenes.test_card,
        codec="prores_ks",
        options="profile=0",
        pixel_format="yuv422p10le",
        size=(480, 270),
        seconds=1,
        audio_codec="pcm_s16le",
        recorded_at=_at(2025, 2, 10, 8),
    ),
    _Clip(
        "Archive/1998 School play.avi",
        sample_scenes.balloons,
        codec="mpeg4",
        options="b=900k",
        size=(720, 576),
        pixel_aspect=Fraction(16, 15),
        audio_codec="libmp3lame",
        seconds=2,
        recorded_at=_at(1998, 6, 19, 18),
    ),
    _Clip(
        "Archive/1987 Winter, silent film.mpg",
        sample_scenes.snow,
        codec="mpeg2video",
        options="b=1500k",
        size=(352, 288),
        languages=(),
        seconds=2,
        recorded_at=_at(1987, 1, 17, 12),
    ),
)


def make_samples(directory: str) -> list[str]:
    """Make the clips that are not in the directory yet; the paths of all of them.

    Each appears under its name when it is complete.
    """
    os.environ.setdefault("SVT_LOG", "0")  # or the AV1 encoder writes to standard error
    paths = []
    for clip in _CLIPS:
        path = Path(directory, clip.path)
        paths.append(str(path))
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        # Hidden, so that a scan leaves it out; the suffix tells FFmpeg the container.
        temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
        try:
            _write(temporary, clip)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return paths


def _write(path: Path, clip: _Clip) -> None:
    with av.open(str(path), "w") as container:
        container.metadata["title"] = Path(clip.path).stem
        container.metadata["creation_time"] = clip.recorded_at.isoformat()
        picture = _add_picture(container, clip)
        tracks = [_add_sound(container, clip, language) for language in clip.languages]
        for image in _images(clip):
            frame = av.VideoFrame.from_image(image).reformat(format=clip.pixel_format)  # type: ignore[no-untyped-call] # PyAV's
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        for number, track in enumerate(tracks):
            _write_sound(container, track, clip, pitch=2 ** (-number / 4))


def _add_picture(container: OutputContainer, clip: _Clip) -> VideoStream:
    options = dict(option.split("=") for option in clip.options.split())
    stream = container.add_stream(clip.codec, rate=clip.rate, options=options)
    assert isinstance(stream, VideoStream)
    context = stream.codec_context
    context.width, context.height = clip.size
    context.pix_fmt = clip.pixel_format
    context.sample_aspect_ratio = clip.pixel_aspect
    context.gop_size = 50
    if clip.rotation:
        stream.set_display_rotation(-clip.rotation)
    return stream


def _images(clip: _Clip) -> Iterator[Image.Image]:
    """Drawn the right way up, then turned to lie in the file as a phone stores it."""
    width, height = clip.size
    lies = clip.rotation % 180 != 0
    title = Path(clip.path).stem
    for number in range(round(clip.seconds * clip.rate)):
        shown = clip.scene((height, width) if lies else (width, height), float(number / clip.rate))
        image = sample_scenes.titled(shown, title)
        yield image.rotate(clip.rotation, expand=True) if clip.rotation else image


def _add_sound(container: OutputContainer, clip: _Clip, language: str) -> AudioStream:
    stream = container.add_stream(clip.audio_codec, rate=48000, layout="stereo")
    assert isinstance(stream, AudioStream)
    stream.metadata["language"] = language
    return stream


def _write_sound(
    container: OutputContainer, stream: AudioStream, clip: _Clip, pitch: float
) -> None:
    """A soft chord that swells and fades."""
    rate, block = 48000, 1024
    total = round(clip.seconds * rate)
    turns = [note * pitch * math.tau / rate for note in clip.notes]
    for start in range(0, total, block):
        samples = array("h")
        for place in range(start, min(start + block, total)):
            loud = 3000 * math.sin(math.pi * place / total) / len(turns)
            value = int(loud * sum(math.sin(turn * place) for turn in turns))
            samples.extend((value, value))
        frame = av.AudioFrame(format="s16", layout="stereo", samples=len(samples) // 2)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts = rate, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
