"""Thumbnails and sprites, on clips whose frames tell their time, or which way up they are."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from mustela.files.failure import Unreadable
from mustela.video.pictured import Sprite, Thumbnail
from mustela.video.pictures import make_sprite, make_thumbnail
from mustela.video.tone import tone_mapped
from tests.make_video import (
    BLUE,
    GREEN,
    GREY,
    RED,
    Colour,
    four_colours,
    image,
    make_video,
    truncate,
)


def thumbnail(path: Path) -> tuple[Thumbnail, Image.Image]:
    target = path.with_suffix(".jpg")
    made = make_thumbnail(str(path), str(target))
    with Image.open(target) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (made.width, made.height)
        return made, picture.convert("RGB")


def colour_at(picture: Image.Image, across: float, down: float) -> Colour:
    place = (int(picture.width * across), int(picture.height * down))
    pixel = picture.getpixel(place)
    assert isinstance(pixel, tuple)
    return pixel[0], pixel[1], pixel[2]


def nearest(colour: Colour) -> Colour:
    return min(
        (RED, GREEN, BLUE, GREY),
        key=lambda known: sum((a - b) ** 2 for a, b in zip(known, colour, strict=True)),
    )


def quarters(picture: Image.Image) -> list[Colour]:
    places = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]
    return [nearest(colour_at(picture, *place)) for place in places]


def brightness(picture: Image.Image) -> float:
    """0 to 1: of ``grey_then_brighter``, the part of the clip that has passed."""
    return (colour_at(picture, 0.5, 0.5)[0] - 20) / 215


@pytest.mark.parametrize(
    ("size", "aspect", "rotation", "expected"),
    [
        ((1280, 720), None, 0, (320, 180)),
        ((640, 480), None, 90, (240, 320)),
        ((720, 576), Fraction(16, 15), 0, (320, 240)),
        ((720, 576), Fraction(16, 15), 270, (240, 320)),
        ((64, 48), None, 0, (320, 240)),
    ],
)
def test_its_longest_side_is_320_in_the_shape_that_a_player_shows(
    tmp_path: Path,
    size: tuple[int, int],
    aspect: Fraction | None,
    rotation: int,
    expected: tuple[int, int],
) -> None:
    path = make_video(
        tmp_path / "a.mp4", size=size, pixel_aspect=aspect, rotation=rotation, frames=2
    )
    made, _ = thumbnail(path)
    assert (made.width, made.height) == expected
    assert made.placeholder is None


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        (0, [RED, GREEN, BLUE, GREY]),
        (90, [BLUE, RED, GREY, GREEN]),
        (180, [GREY, BLUE, GREEN, RED]),
        (270, [GREEN, GREY, RED, BLUE]),
    ],
)
def test_it_is_the_right_way_up(tmp_path: Path, rotation: int, expected: list[Colour]) -> None:
    path = make_video(tmp_path / "a.mp4", rotation=rotation, paint=four_colours, frames=5)
    assert quarters(thumbnail(path)[1]) == expected


@pytest.mark.parametrize("keyframe_every", [1, 12, 250])
@pytest.mark.parametrize(
    ("suffix", "codec"), [("mp4", "libx264"), ("mkv", "libx264"), ("ts", "mpeg2video")]
)
def test_it_shows_the_moment_at_a_tenth(
    tmp_path: Path, suffix: str, codec: str, keyframe_every: int
) -> None:
    path = make_video(
        tmp_path / f"a.{suffix}", codec=codec, frames=100, keyframe_every=keyframe_every
    )
    _, picture = thumbnail(path)
    assert brightness(picture) == pytest.approx(0.1, abs=0.03)


def test_a_clip_of_one_frame_shows_it(tmp_path: Path) -> None:
    made, picture = thumbnail(make_video(tmp_path / "a.mp4", frames=1, paint=four_colours))
    assert made.placeholder is None
    assert quarters(picture) == [RED, GREEN, BLUE, GREY]


def test_a_recording_that_was_cut_off_shows_what_there_is(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv", frames=100, size=(320, 240), keyframe_every=250)
    made, _ = thumbnail(truncate(path, 0.2))
    assert made.placeholder is None


def test_a_clip_that_cannot_be_sought_is_decoded_from_its_start(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.h264", frames=100, keyframe_every=250, container_format="h264")
    made, picture = thumbnail(path)
    assert made.placeholder is None
    assert brightness(picture) < 0.2


def test_sound_shows_its_cover(tmp_path: Path) -> None:
    made, picture = thumbnail(make_video(tmp_path / "a.mp4", codec=None, audio=["eng"], cover=True))
    assert made == Thumbnail(width=320, height=320)
    assert nearest(colour_at(picture, 0.5, 0.5)) == BLUE


def test_sound_without_a_cover_has_a_placeholder(tmp_path: Path) -> None:
    made, picture = thumbnail(make_video(tmp_path / "a.m4a", codec=None, audio=["eng"]))
    assert made.placeholder == "it holds sound alone, without a cover"
    assert picture.size == (320, 180)


def test_frames_that_cannot_be_decoded_have_a_placeholder(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", frames=80, size=(320, 240))
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    end = data.index(b"moov")
    data[start:end] = bytes(end - start)
    path.write_bytes(data)
    made, _ = thumbnail(path)
    assert made.placeholder == "none of its frames can be decoded"
    with pytest.raises(Unreadable, match="none of the video's frames") as caught:
        make_sprite(str(path), str(tmp_path / "s.jpg"), str(tmp_path / "s.json"))
    assert caught.value.stage == "decode"


def test_bright_video_of_high_dynamic_range_is_neither_pale_nor_dark(tmp_path: Path) -> None:
    """Paper white in PQ is at 58 % of the range; on an ordinary screen it is nearly white."""
    white = (round(0.58 * 255),) * 3
    mapped = tone_mapped(Image.new("RGB", (4, 4), white)).getpixel((0, 0))
    assert isinstance(mapped, tuple)
    assert 200 < mapped[0] < 250
    path = make_video(
        tmp_path / "a.mp4", colour=(16, 9), pixel_format="yuv420p10le", paint=four_colours
    )
    assert quarters(thumbnail(path)[1])[:3] == [RED, GREEN, BLUE]


def test_a_file_that_is_gone_leaves_no_picture(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        make_thumbnail(str(tmp_path / "none.mp4"), str(tmp_path / "a.jpg"))
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made_and_names_may_be_any_bytes(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    odd = os.fsencode(tmp_path) + b"/caf\xe9.mp4"
    os.rename(path, odd)  # noqa: PTH104 - bytes
    make_thumbnail(odd, os.fsencode(tmp_path / "ab" / "cd" / "x.jpg"))
    assert [file.name for file in (tmp_path / "ab" / "cd").iterdir()] == ["x.jpg"]


def test_a_folder_that_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unreadable, match="cannot be written") as caught:
        make_thumbnail(str(path), str(tmp_path / "file" / "x.jpg"))
    assert caught.value.stage == "write"


def sprite(path: Path) -> tuple[Sprite, Image.Image]:
    sheet, index = path.with_suffix(".jpg"), path.with_suffix(".json")
    made = make_sprite(str(path), str(sheet), str(index))
    assert msgspec.json.decode(index.read_bytes(), type=Sprite) == made
    with Image.open(sheet) as picture:
        assert picture.size == (made.columns * made.tile_width, made.rows * made.tile_height)
        return made, picture.convert("RGB")


@pytest.mark.parametrize("keyframe_every", [5, 1000])
def test_a_sprite_shows_the_moments_that_it_names(tmp_path: Path, keyframe_every: int) -> None:
    path = make_video(
        tmp_path / "a.mp4",
        frames=300,
        keyframe_every=keyframe_every,
        size=(160, 120),
        options={"sc_threshold": "0"},
    )
    made, picture = sprite(path)
    assert len(made.times) == 24
    assert (made.columns, made.rows) == (10, 3)
    assert (made.tile_width, made.tile_height) == (160, 120)
    assert list(made.times) == sorted(set(made.times))
    for number, time in enumerate(made.times):
        row, column = divmod(number, made.columns)
        left, top = column * made.tile_width, row * made.tile_height
        tile = picture.crop((left, top, left + made.tile_width, top + made.tile_height))
        assert brightness(tile) == pytest.approx(time / 12, abs=0.04)


def test_a_sprite_has_at_most_a_hundred_tiles(tmp_path: Path) -> None:
    made, _ = sprite(make_video(tmp_path / "a.mp4", rate=2, frames=240, keyframe_every=1))
    assert len(made.times) == 100
    assert (made.columns, made.rows) == (10, 10)


def test_a_sprite_of_a_turned_clip_is_turned(tmp_path: Path) -> None:
    made, _ = sprite(make_video(tmp_path / "a.mp4", size=(640, 360), rotation=90))
    assert (made.tile_width, made.tile_height) == (90, 160)


def test_a_sprite_of_a_clip_shorter_than_it_says_shows_what_there_is(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv", frames=200, size=(320, 240), keyframe_every=1000)
    made, _ = sprite(truncate(path, 0.3))
    assert 1 <= len(made.times) < 16


def test_sound_has_no_sprite(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no video"):
        sprite(make_video(tmp_path / "a.m4a", codec=None, audio=["eng"]))


def test_a_sprite_as_a_track_for_a_player() -> None:
    made = Sprite(
        columns=2,
        rows=2,
        tile_width=160,
        tile_height=90,
        times=(0.5, 30.0, 3725.25),
        duration_seconds=4000,
    )
    assert made.as_webvtt("sprite.jpg") == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:30.000\nsprite.jpg#xywh=0,0,160,90\n\n"
        "00:00:30.000 --> 01:02:05.250\nsprite.jpg#xywh=160,0,160,90\n\n"
        "01:02:05.250 --> 01:06:40.000\nsprite.jpg#xywh=0,90,160,90\n"
    )


def test_the_painted_frames_are_what_the_other_tests_think() -> None:
    assert quarters(image((64, 48), four_colours(0, 1))) == [RED, GREEN, BLUE, GREY]
