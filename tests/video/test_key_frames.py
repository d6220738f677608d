"""A probe decodes key frames alone, and says the same as if every frame had been decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import av
import pytest
from av.container import InputContainer

import mustela.video.media
from mustela.video.media import open_media
from mustela.video.probe import Probe, probe
from tests.make_video import make_video

#: Refreshed bit by bit: the first frame is the only key frame.
REFRESHED = {"x264-params": "intra-refresh=1:keyint=300"}
REORDERED = {"x264-params": "bframes=3:b-pyramid=normal"}
OPEN_GROUPS = {"x264-params": "bframes=3:open-gop=1:keyint=12:min-keyint=12"}
INTERLACED = {"x264-params": "interlaced=1"}
SLICED = {"x264-params": "slices=4"}
REFRESHED_HEVC = {"x265-params": "log-level=none:intra-refresh=1:keyint=12:repeat-headers=1"}
HEVC = {"x265-params": "log-level=none:open-gop=1:keyint=12"}

#: Codec, its options, pixel format; of each kind files are made whole and cut.
KINDS = {
    "refreshed": ("libx264", REFRESHED, "yuv420p"),
    "reordered": ("libx264", REORDERED, "yuv420p10le"),
    "open groups": ("libx264", OPEN_GROUPS, "yuv420p"),
    "interlaced": ("libx264", INTERLACED, "yuv422p"),
    "sliced": ("libx264", SLICED, "yuv420p"),
    "hevc": ("libx265", HEVC, "yuv420p10le"),
    "refreshed hevc": ("libx265", REFRESHED_HEVC, "yuv420p"),
    "mpeg2": ("mpeg2video", None, "yuv420p"),
    "mpeg4": ("mpeg4", None, "yuv420p"),
    "vp9": ("libvpx-vp9", None, "yuv420p"),
}

Opened = list[dict[str, str] | None]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """With which options files were opened."""
    made: Opened = []
    ordinary = mustela.video.media._open

    def noting(path: Path, options: dict[str, str] | None) -> InputContainer:
        made.append(options)
        return ordinary(path, options)

    monkeypatch.setattr("mustela.video.media._open", noting)
    return made


@pytest.fixture
def probe_with_every_frame(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Probe]:
    def every_frame(path: Path, headers_only: bool) -> AbstractContextManager[InputContainer]:
        return open_media(path)

    def run(path: Path) -> Probe:
        with monkeypatch.context() as patched:
            patched.setattr("mustela.video.probe.open_media", every_frame)
            return probe(path)

    return run


def without_first_packets(path: Path, number: int) -> Path:
    """The same stream from a later packet on, its key frame lost."""
    cut = path.with_stem(path.stem + "-cut")
    with av.open(str(path)) as source, av.open(str(cut), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(source.streams.video[0]) if packet.size]
        for packet in packets[number:]:
            packet.stream = stream
            target.mux(packet)
    return cut


def from_the_middle(path: Path) -> Path:
    """A recording whose beginning was not kept, as of a broadcast: it starts within a packet."""
    data = path.read_bytes()
    cut = path.with_stem(path.stem + "-middle")
    cut.write_bytes(data[len(data) // 3 + 17 :])
    return cut


def files_of(kind: str, directory: Path) -> Iterator[Path]:
    codec, options, pixel_format = KINDS[kind]
    for suffix in ("mkv", "mp4", "ts"):
        if (codec, suffix) == ("libvpx-vp9", "ts"):
            continue  # FFmpeg does not read back what it would write
        path = make_video(
            directory / f"a.{suffix}",
            codec=codec,
            options=options,
            pixel_format=pixel_format,
            frames=40,
            colour=(16, 9),
        )
        yield path
        yield without_first_packets(path, 3)
        if suffix == "ts":
            yield from_the_middle(path)


@pytest.mark.parametrize("kind", KINDS)
def test_key_frames_tell_all_that_every_frame_tells(
    tmp_path: Path, kind: str, probe_with_every_frame: Callable[[Path], Probe]
) -> None:
    for path in files_of(kind, tmp_path):
        assert probe(path) == probe_with_every_frame(path), path.name


def test_a_file_that_begins_with_a_key_frame_is_opened_once(tmp_path: Path, opened: Opened) -> None:
    path = make_video(tmp_path / "a.mkv", options=REORDERED, frames=40)
    assert probe(path).pixel_format == "yuv420p"
    assert opened == [mustela.video.media._KEY_FRAMES]


@pytest.mark.parametrize(
    ("codec", "options", "suffix"),
    [("libx264", REFRESHED, "mkv"), ("libx265", REFRESHED_HEVC, "ts")],
)
def test_a_file_that_holds_no_key_frame_is_opened_again_for_its_other_frames(
    tmp_path: Path, opened: Opened, codec: str, options: dict[str, str], suffix: str
) -> None:
    path = make_video(tmp_path / f"a.{suffix}", codec=codec, options=options, frames=40)
    found = probe(from_the_middle(path) if suffix == "ts" else without_first_packets(path, 3))
    assert (found.pixel_format, found.width, found.height) == ("yuv420p", 64, 48)
    assert opened == [mustela.video.media._KEY_FRAMES, mustela.video.media._WITHOUT_PIXELS]


def test_sound_alone_is_opened_once(tmp_path: Path, opened: Opened) -> None:
    assert probe(make_video(tmp_path / "a.m4a", codec=None, audio=["und"])).audio_codec == "aac"
    assert len(opened) == 1


def test_pictures_are_looked_at_with_every_frame(tmp_path: Path, opened: Opened) -> None:
    path = make_video(tmp_path / "a.mp4")
    with open_media(path) as container:
        assert sum(1 for _ in container.decode(video=0)) == 25
    assert opened == [None]
