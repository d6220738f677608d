from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from mustela.files.children import Children
from mustela.video.probe import Probe, probe
from mustela.video.samples import make_samples


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    make_samples(str(folder))
    return folder


def probes(library: Path) -> dict[str, Probe]:
    return {
        str(file.relative_to(library)): probe(file) for file in library.rglob("*") if file.is_file()
    }


def test_is_a_dozen_short_clips_of_many_kinds(library: Path) -> None:
    found = probes(library)
    assert len(found) == 12
    clips = found.values()
    assert all(0.9 < (clip.duration_seconds or 0) < 4.5 for clip in clips)
    assert sum(clip.file_size for clip in clips) < 8_000_000
    assert {clip.video_codec for clip in clips} >= {"h264", "vp9", "av1", "prores", "mpeg2video"}
    assert {clip.container for clip in clips} >= {"mp4", "mov", "webm", "matroska", "avi", "mpeg"}
    assert {clip.rotation for clip in clips} == {0, 90, 270}
    assert None in {clip.audio_codec for clip in clips}
    rates = {
        Fraction(clip.frame_rate_numerator or 0, clip.frame_rate_denominator or 1) for clip in clips
    }
    assert rates >= {Fraction(24000, 1001), 25, Fraction(30000, 1001), 50, 60}


def test_a_browser_plays_most_of_them(library: Path) -> None:
    playable = [
        clip
        for clip in probes(library).values()
        if clip.container in {"mp4", "mov", "webm"} and clip.video_codec in {"h264", "vp9", "av1"}
    ]
    assert len(playable) >= 8


def test_names_can_be_searched_for(library: Path) -> None:
    assert (library / "Holiday" / "2024-07 Lisbon tram.mp4").is_file()


async def test_is_made_in_a_child_and_made_again_only_where_something_is_missing(
    library: Path,
) -> None:
    before = {file: file.stat().st_mtime_ns for file in library.rglob("*.*")}
    gone = library / "Archive" / "1987 Winter, silent film.mpg"
    gone.unlink()
    async with Children(1) as children:
        paths = await children.run(
            "mustela.video.samples:make_samples", str(library), result=list[str]
        )
    assert isinstance(paths, list)
    assert sorted(map(Path, paths)) == sorted(before)
    assert gone.is_file()
    after = {file: file.stat().st_mtime_ns for file in library.rglob("*.*")}
    assert {file for file in after if after[file] != before[file]} == {gone}
