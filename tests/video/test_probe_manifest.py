"""The probe agrees with ffprobe (5.1) on real files, and where it does not there is a reason.

The files lie beside the repository, in ``../shared/data``, listed in ``MANIFEST.csv`` with what
ffprobe says of each.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from mustela.files.failure import Unreadable
from mustela.video.probe import Probe, probe

DATA = Path(__file__).parents[3] / "shared" / "data"
MANIFEST = DATA / "MANIFEST.csv"

Row = dict[str, str]

COUNTED_FROM_ZERO = "ffprobe 5.1 adds an edit list's delay, in which nothing is shown"
NOTED_BY_THE_PHONE = "the phone's own note of the recording comes before the time of the export"
LATER_FFMPEG = "a later FFmpeg knows more of it"
HIDDEN_FRAMES = "ffprobe counts what it can decode; here stands what the container promises"

#: By file (without its folder) and field. Copies of one file are named once, by its content.
DIFFERENCES: dict[tuple[str, str], str] = {
    ("nasa_13013.mp4", "duration"): "ffprobe 5.1 counts a subtitle track that outlives the video",
    ("non_zero_start.mp4", "duration"): COUNTED_FROM_ZERO,
    ("firstpts_10_sec.mp4", "duration"): COUNTED_FROM_ZERO,
    ("audio_only_amrnb.3gp", "duration"): LATER_FFMPEG,
    ("metadata_cover_art.mp4", "duration"): "the priming of the sound is no part of it",
    ("no_duration.webm", "duration"): "the container has none: the file is small and was read",
    ("fixture.ps.mpg", "duration"): "of one frame, whose length no MPEG program stream tells",
    ("nasa_13013_hdr.mp4", "hdr"): "its container says BT.709, which a later FFmpeg believes",
    ("dolbyVision-hdr.MOV", "hdr"): "it is Dolby Vision, of which HLG is the base layer",
    ("dolbyVision-hdr.MOV", "recorded_at"): NOTED_BY_THE_PHONE,
    ("fixture.mov", "recorded_at"): NOTED_BY_THE_PHONE,
    ("bigbuckbunny.mp4", "recorded_at"): "1970 is a clock that nobody set",
    ("sine_stereo_mp2.mpg", "field_order"): LATER_FFMPEG,
    ("vvc.mp4", "video_codec"): "ffprobe 5.1 does not know H.266",
    ("vvc.mp4", "pixel_format"): "ffprobe 5.1 does not know H.266",
    ("long_180p_av1.mp4", "pixel_aspect"): LATER_FFMPEG,
    ("tiny_av1.mp4", "pixel_aspect"): LATER_FFMPEG,
    ("no_timescale.mp4", "rotation"): "its matrix turns nothing into anything: no rotation is said",
    ("no_timescale.mp4", "frames"): HIDDEN_FRAMES,
    ("bbb_2500ms_mpeg2.ts", "frames"): "derived: the container has no count and is not small",
    ("header_only_pentax.avi", "frames"): "its header promises 600, and it holds none",
    ("d_multi_audio_subs.mkv", "audio_codec"): "the second track is the default one",
    ("d_truncated.mkv", "audio_codec"): "the second track is the default one",
    ("invalid-bitstream.webm", "frames"): HIDDEN_FRAMES,
    ("fixture.ps.mpg", "rate"): "ffprobe has no mean of one frame; the codec says 25",
    ("video_5s.ivf", "rate"): "ffprobe has no mean; all time stamps are multiples of 1/25 s",
}


def rows() -> list[Row]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"].startswith("video")]


def first(values: str) -> str | None:
    """The first of several tracks' values."""
    return values.partition(";")[0] or None


def integer(text: str | None) -> int | None:
    return int(text) if text else None


def fraction(numerator: int | None, denominator: int | None) -> Fraction | None:
    return None if numerator is None or denominator is None else Fraction(numerator, denominator)


def rate(text: str) -> Fraction | None:
    return None if text in {"", "0/0"} else Fraction(text)


def languages(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in text.split(";") if word not in {"", "und"}))


def same_duration(found: Probe, row: Row) -> bool:
    if found.duration_seconds is None or not row["duration"]:
        return found.duration_seconds is None and not row["duration"]
    return abs(found.duration_seconds - float(row["duration"])) < 0.002


def same_frames(found: Probe, row: Row) -> bool:
    counted = row["counted_frames"] if row["counted_frames"] != "N/A" else ""
    if row["nb_frames"]:
        return (found.duration_frames, found.frames_exact) == (int(row["nb_frames"]), True)
    return found.duration_frames == integer(counted)


def same_rotation(found: Probe, row: Row) -> bool:
    if found.video_codec is None:
        return found.rotation is None
    # ffprobe's is counterclockwise, from -180 to 180.
    return found.rotation == -int(row["rotation"] or 0) % 360


def same_pixel_aspect(found: Probe, row: Row) -> bool:
    said = Fraction(row["sar"].replace(":", "/")) if row["sar"] else None
    return fraction(found.pixel_aspect_numerator, found.pixel_aspect_denominator) == said


def same_hdr(found: Probe, row: Row) -> bool:
    names = {"smpte2084": "hdr10", "arib-std-b67": "hlg"}
    return found.hdr == names.get(row["color_transfer"])


def same_recording(found: Probe, row: Row) -> bool:
    said = row["creation_time"].replace(" ", "T").removesuffix("Z").removesuffix(".000000")
    return (found.recorded_at.strftime("%Y-%m-%dT%H:%M:%S") if found.recorded_at else "") == said


SAME: dict[str, Callable[[Probe, Row], bool]] = {
    "container": lambda found, row: found.container in row["container"].split(","),
    "duration": same_duration,
    "frames": same_frames,
    "rate": lambda found, row: (
        fraction(found.frame_rate_numerator, found.frame_rate_denominator)
        == rate(row["avg_frame_rate"])
    ),
    "width": lambda found, row: found.width == integer(row["width"]),
    "height": lambda found, row: found.height == integer(row["height"]),
    "pixel_aspect": same_pixel_aspect,
    "rotation": same_rotation,
    "video_codec": lambda found, row: found.video_codec == (row["video_codec"] or None),
    "pixel_format": lambda found, row: found.pixel_format == (row["pix_fmt"] or None),
    "field_order": lambda found, row: found.field_order == (row["field_order"] or None),
    "hdr": same_hdr,
    "audio_codec": lambda found, row: found.audio_codec == first(row["audio_codec"]),
    "audio_rate": lambda found, row: found.audio_rate == integer(first(row["audio_rate"])),
    "audio_channels": lambda found, row: (
        found.audio_channels == integer(first(row["audio_channels"]))
    ),
    "audio_languages": lambda found, row: found.audio_languages == languages(row["audio_lang"]),
    "recorded_at": same_recording,
    "file_size": lambda found, row: found.file_size == int(row["size"]),
}


def original(row: Row, everyone: list[Row]) -> str:
    """The name under which a file's content is listed first: copies differ in their name alone."""
    same = [other["file"] for other in everyone if other["sha256"] == row["sha256"]]
    return next((file for file in same if file.endswith("/fixture.mov")), same[0]).split("/")[-1]


@pytest.mark.skipif(not MANIFEST.exists(), reason="the files of ../shared/data are not here")
@pytest.mark.parametrize("row", [pytest.param(row, id=row["file"][6:40]) for row in rows()])
def test_agrees_with_ffprobe_but_for_the_listed_differences(row: Row) -> None:
    name = original(row, rows())
    unreadable = row["ffprobe_rc"] != "0" or (row["n_video"], row["n_audio"]) == ("0", "0")
    if unreadable:
        with pytest.raises(Unreadable):
            probe(DATA / row["file"])
        return
    found = probe(DATA / row["file"])
    different = {field for field, same in SAME.items() if not same(found, row)}
    assert different == {field for file, field in DIFFERENCES if file == name}
