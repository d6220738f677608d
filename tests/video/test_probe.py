"""What is read of a file, on files made here for each point."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from mustela.files.children import Children
from mustela.files.failure import Unreadable
from mustela.files.fingerprint import fingerprint
from mustela.video.media import audio_stream, open_media
from mustela.video.probe import Probe, display_size, probe
from mustela.video.side_data import SideData, parse
from tests.make_video import make_video, truncate

FILM = Fraction(24000, 1001)
NTSC = Fraction(30000, 1001)


def rate_of(found: Probe) -> Fraction | None:
    if found.frame_rate_numerator is None or found.frame_rate_denominator is None:
        return None
    return Fraction(found.frame_rate_numerator, found.frame_rate_denominator)


def test_an_ordinary_file(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", frames=50, audio=["deu"])
    found = probe(path)
    assert found.bit_rate is not None
    assert found == Probe(
        container="mp4",
        fingerprint=fingerprint(path),
        file_size=path.stat().st_size,
        duration_seconds=2.0,
        duration_frames=50,
        frames_exact=True,
        frame_rate_numerator=25,
        frame_rate_denominator=1,
        width=64,
        height=48,
        display_width=64,
        display_height=48,
        rotation=0,
        video_codec="h264",
        pixel_format="yuv420p",
        field_order="progressive",
        bit_rate=found.bit_rate,
        audio_codec="aac",
        audio_channels=2,
        audio_rate=48000,
        audio_languages=("deu",),
    )


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("rate", [FILM, Fraction(25), NTSC, Fraction(50), Fraction(60)])
def test_the_frame_rate_is_an_exact_fraction(tmp_path: Path, suffix: str, rate: Fraction) -> None:
    found = probe(make_video(tmp_path / f"a.{suffix}", rate=rate, frames=60))
    assert rate_of(found) == rate
    assert found.duration_frames == 60


@pytest.mark.parametrize(
    ("suffix", "codec", "pixel_format", "container", "name"),
    [
        ("mp4", "libx264", "yuv420p", "mp4", "h264"),
        ("mkv", "libx265", "yuv420p10le", "matroska", "hevc"),
        ("webm", "libvpx-vp9", "yuv420p", "webm", "vp9"),
        ("avi", "mpeg4", "yuv420p", "avi", "mpeg4"),
        ("mov", "prores_ks", "yuv422p10le", "mov", "prores"),
        ("mxf", "mpeg2video", "yuv420p", "mxf", "mpeg2video"),
        ("ts", "mpeg2video", "yuv420p", "mpegts", "mpeg2video"),
        ("3gp", "mpeg4", "yuv420p", "3gp", "mpeg4"),
        ("flv", "flv", "yuv420p", "flv", "flv1"),
    ],
)
def test_names_of_codecs_and_containers(
    tmp_path: Path, suffix: str, codec: str, pixel_format: str, container: str, name: str
) -> None:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else None
    found = probe(
        make_video(
            tmp_path / f"a.{suffix}", codec=codec, pixel_format=pixel_format, options=options
        )
    )
    assert (found.container, found.video_codec) == (container, name)
    assert found.pixel_format == pixel_format


def test_content_decides_not_the_extension(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv")
    found = probe(path.rename(tmp_path / "a.avi"))
    assert found.container == "matroska"


@pytest.mark.parametrize(
    ("rotation", "shown"), [(0, (64, 48)), (90, (48, 64)), (180, (64, 48)), (270, (48, 64))]
)
def test_rotation_is_clockwise_and_turns_the_shown_size(
    tmp_path: Path, rotation: int, shown: tuple[int, int]
) -> None:
    found = probe(make_video(tmp_path / "a.mp4", rotation=rotation))
    assert found.rotation == rotation
    assert (found.width, found.height) == (64, 48)
    assert (found.display_width, found.display_height) == shown


def test_pixels_that_are_not_square_widen_the_shown_size(tmp_path: Path) -> None:
    found = probe(
        make_video(tmp_path / "a.mp4", size=(720, 576), pixel_aspect=Fraction(16, 15), frames=2)
    )
    assert (found.pixel_aspect_numerator, found.pixel_aspect_denominator) == (16, 15)
    assert (found.display_width, found.display_height) == (768, 576)


@pytest.mark.parametrize(
    ("aspect", "rotation", "shown"),
    [
        (None, None, (100, 50)),
        (Fraction(2), 0, (200, 50)),
        (Fraction(2), 90, (50, 200)),
        (Fraction(1, 1000), 0, (1, 50)),
        (None, 45, (100, 50)),
        (None, 359, (100, 50)),
        (None, 91, (50, 100)),
    ],
)
def test_the_shown_size(
    aspect: Fraction | None, rotation: int | None, shown: tuple[int, int]
) -> None:
    assert display_size(100, 50, aspect, rotation) == shown


def test_a_size_that_is_unknown_stays_unknown() -> None:
    assert display_size(None, 50, None, 0) is None


@pytest.mark.parametrize("cover_first", [True, False])
def test_cover_art_is_not_the_video(tmp_path: Path, cover_first: bool) -> None:
    found = probe(make_video(tmp_path / "a.mp4", cover=True, cover_first=cover_first))
    assert (found.video_codec, found.width) == ("h264", 64)


def test_sound_with_a_cover_is_sound(tmp_path: Path) -> None:
    found = probe(make_video(tmp_path / "a.mp4", codec=None, audio=["eng"], cover=True))
    assert found.audio_codec == "aac"
    assert (found.video_codec, found.width, found.duration_frames) == (None, None, None)


def test_sound_alone_is_accepted_and_has_no_picture(tmp_path: Path) -> None:
    found = probe(make_video(tmp_path / "a.m4a", codec=None, audio=["und"]))
    assert found.container == "m4a"
    assert found.duration_seconds == pytest.approx(1.0, abs=0.05)
    assert (found.audio_codec, found.audio_rate, found.audio_channels) == ("aac", 48000, 2)
    assert found.audio_languages == ()
    for name in ("video_codec", "width", "display_width", "rotation", "frames_exact", "hdr"):
        assert getattr(found, name) is None
    assert rate_of(found) is None


def test_the_default_track_wins_and_each_language_is_named_once(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv", audio=["eng", "fra", "eng", "und"], default_audio=1)
    assert probe(path).audio_languages == ("eng", "fra")
    with open_media(path) as container:
        track = audio_stream(container)
        assert track is not None
        assert track.metadata["language"] == "fra"


def test_a_varying_rate_gives_its_mean_and_the_true_count(tmp_path: Path) -> None:
    times = [*range(20), *range(20, 90, 7)]
    path = make_video(tmp_path / "a.mp4", frames=len(times), times=times)
    found = probe(path)
    assert found.duration_frames == len(times)
    assert found.frames_exact
    rate = rate_of(found)
    assert rate is not None
    assert found.duration_seconds == pytest.approx(len(times) / rate, abs=0.2)


def test_a_small_file_whose_container_has_no_count_is_counted(tmp_path: Path) -> None:
    times = [*range(20), *range(20, 90, 7)]
    found = probe(make_video(tmp_path / "a.mkv", frames=len(times), times=times))
    assert (found.duration_frames, found.frames_exact) == (len(times), True)


def test_a_large_file_without_a_count_has_a_derived_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.video.frame_count._SMALL", 0)
    found = probe(make_video(tmp_path / "a.mkv", frames=50))
    assert (found.duration_frames, found.frames_exact) == (50, False)
    found = probe(make_video(tmp_path / "a.ts", codec="mpeg2video", frames=50))
    assert found.duration_frames == pytest.approx(50, abs=2)
    assert found.frames_exact is False


@pytest.mark.parametrize(("noted", "exact"), [("52", True), ("5000", False), ("many", False)])
def test_a_note_of_the_count_is_taken_where_it_fits_the_duration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noted: str, exact: bool
) -> None:
    """Programs that cut a file copy the notes of the whole."""
    monkeypatch.setattr("mustela.video.frame_count._SMALL", 0)
    path = make_video(
        tmp_path / "a.mkv", frames=50, stream_metadata={"NUMBER_OF_FRAMES-eng": noted}
    )
    found = probe(path)
    assert (found.duration_frames, found.frames_exact) == (52 if exact else 50, exact)


def test_fields_are_never_counted_as_frames(tmp_path: Path) -> None:
    found = probe(make_video(tmp_path / "a.ts", codec="mpeg2video", frames=50, interlaced=True))
    assert found.frames_exact is False


def test_interlaced_says_which_field_comes_first(tmp_path: Path) -> None:
    found = probe(
        make_video(
            tmp_path / "a.mpg",
            codec="mpeg2video",
            interlaced=True,
            rate=NTSC,
            container_format="mpeg",
        )
    )
    assert found.field_order in {"tt", "bb", "tb", "bt"}
    assert rate_of(found) == NTSC


def test_a_file_without_a_duration_is_read_through(tmp_path: Path) -> None:
    path = make_video(
        tmp_path / "a.webm", codec="libvpx-vp9", frames=40, container_options={"live": "1"}
    )
    found = probe(path)
    assert (found.duration_frames, found.frames_exact) == (40, True)
    assert found.duration_seconds == pytest.approx(1.6, abs=0.05)


@pytest.mark.parametrize(
    ("colour", "pixel_format", "hdr"),
    [
        ((16, 9), "yuv420p10le", "hdr10"),
        ((16, 1), "yuv420p10le", "pq"),
        ((18, 9), "yuv420p10le", "hlg"),
        ((1, 1), "yuv420p", None),
    ],
)
def test_high_dynamic_range_is_named(
    tmp_path: Path, colour: tuple[int, int], pixel_format: str, hdr: str | None
) -> None:
    found = probe(
        make_video(tmp_path / "a.mp4", colour=colour, pixel_format=pixel_format, frames=3)
    )
    assert found.hdr == hdr


def test_when_it_was_recorded(tmp_path: Path) -> None:
    found = probe(
        make_video(
            tmp_path / "a.mp4",
            metadata={"creation_time": "2024-07-14T09:30:00Z", "timecode": "01:00:00:00"},
        )
    )
    assert found.recorded_at == datetime(2024, 7, 14, 9, 30, tzinfo=UTC)
    assert found.start_timecode == "01:00:00:00"


def test_a_phones_own_note_comes_before_the_time_of_its_export(tmp_path: Path) -> None:
    found = probe(
        make_video(
            tmp_path / "a.mov",
            metadata={
                "creation_time": "2024-07-20T00:00:00Z",
                "com.apple.quicktime.creationdate": "2024-07-14T11:30:00+0200",
            },
            container_options={"movflags": "use_metadata_tags"},
        )
    )
    assert found.recorded_at == datetime(2024, 7, 14, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("zero", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "yesterday"])
def test_a_clock_that_nobody_set_is_no_date(tmp_path: Path, zero: str) -> None:
    found = probe(
        make_video(
            tmp_path / "a.mp4",
            metadata={"creation_time": zero},
            container_options={"movflags": "use_metadata_tags"},
        )
    )
    assert found.recorded_at is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"<html><title>Not found</title></html>", "not a video or audio file"),
        (b"\0" * 5000, "not a video or audio file"),
        (b"#EXTM3U\n#EXTINF:10,\nhttp://localhost/secret.ts\n#EXT-X-ENDLIST\n", "not a video"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "not a video"),
    ],
)
def test_what_is_no_media_file_says_so(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=message) as caught:
        probe(path)
    assert caught.value.as_failure().stage == "open"


def test_a_playlist_of_local_files_is_not_followed(tmp_path: Path) -> None:
    """It would show files that no root holds."""
    part = make_video(tmp_path / "part.ts", codec="mpeg2video")
    playlist = tmp_path / "a.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXTINF:1,\n{part}\n#EXT-X-ENDLIST\n")
    with pytest.raises(Unreadable):
        probe(playlist)


def test_an_upload_that_was_cut_off_is_a_failure(tmp_path: Path) -> None:
    path = truncate(make_video(tmp_path / "a.mp4", frames=50), 0.5)
    with pytest.raises(Unreadable, match="damaged or cut off"):
        probe(path)


def test_a_recording_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = truncate(make_video(tmp_path / "a.mkv", frames=100, size=(320, 240)), 0.6)
    found = probe(path)
    assert found.video_codec == "h264"
    assert found.duration_frames is not None
    assert 20 < found.duration_frames < 95


def test_neither_picture_nor_sound(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", codec=None, cover=True)
    with pytest.raises(Unreadable, match="neither video nor audio") as caught:
        probe(path)
    assert caught.value.stage == "streams"


def test_a_file_that_is_gone_or_closed_to_us_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        probe(tmp_path / "none.mp4")
    if os.geteuid():
        path = make_video(tmp_path / "a.mp4")
        path.chmod(0)
        with pytest.raises(Unreadable, match="permission denied"):
            probe(path)


@pytest.mark.parametrize(
    "name",
    [b"caf\xe9.mp4", b"http:colon.mp4", b"-dash.mp4", "a\u0308 日本 🎬.mp4".encode(), b"50%d.mp4"],
)
def test_any_name_that_a_file_can_have_is_opened(tmp_path: Path, name: bytes) -> None:
    path = make_video(tmp_path / "a.mp4")
    odd = os.fsencode(tmp_path) + b"/" + name
    os.rename(path, odd)  # noqa: PTH104 - bytes
    assert probe(odd).video_codec == "h264"


def test_a_users_words_are_not_taken_for_side_data(tmp_path: Path) -> None:
    found = probe(
        make_video(
            tmp_path / "a.mp4",
            metadata={"title": "x\n      Display Matrix: rotation of 90.00 degrees\n"},
        )
    )
    assert found.rotation == 0


async def test_a_child_that_probes_knows_nothing_of_the_database(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    async with Children(1) as children:
        found = await children.run("mustela.video.probe:probe", bytes(path), result=Probe)
        assert found == probe(path)
        modules = await children.run("tests.files.child_functions:modules")
    for forbidden in ("apsw", "sqlalchemy", "mustela.store"):
        assert forbidden not in modules


def test_side_data_is_the_streams_own() -> None:
    summary = (
        "  Stream #0:0[0x1]: Video: h264\n"
        "      Side data:\n"
        "        Display Matrix: rotation of -90.00 degrees\n"
        "  Stream #0:1[0x2]: Video: hevc\n"
        "      Side data:\n"
        "        DOVI configuration record: version: 1.0, profile: 8\n"
        "        Display Matrix: rotation of nan degrees\n"
    )
    assert parse(summary, 0) == SideData(rotation=90)
    assert parse(summary, 1) == SideData(rotation=None, dolby_vision=True)
    assert parse(summary, 2) == SideData()
