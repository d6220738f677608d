"""Thumbnails and sprites. Runs in child processes only.

Pictures are JPEG: at these sizes WebP would save a few kilobytes each, but takes five times as
long to write, and the pictures of a library are made by the hundred thousand.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from av.video.frame import VideoFrame
from PIL import Image

from mustela.files.failure import Unreadable
from mustela.files.whole_file import write_whole
from mustela.video.frames import Footage, fitted
from mustela.video.media import codec_name, cover_art, open_media, video_stream
from mustela.video.pictured import THUMBNAIL_SIDE, Sprite, Thumbnail
from mustela.video.placeholder import placeholder

_TILE_SIDE = 160
_COLUMNS = 10
_TILES = 100
#: With fewer key frames than this, a sprite takes the frames between them too.
_FEW = 10
#: But not more than so many frames are decoded for it.
_SPRITE_FRAMES = 3000
_THUMBNAIL_FRAMES = 250

_NO_FRAME = "none of its frames can be decoded"
_NO_VIDEO = "it holds sound alone, without a cover"


def make_thumbnail(path: bytes | str, target: bytes | str) -> Thumbnail:
    """Write a JPEG of the frame at 10 % of the duration, its longest side 320 px, to ``target``.

    The key frame within the 1 % before will do. Where nothing is decodable there, a frame before
    it that is; of sound alone, the cover; else a placeholder is drawn. ``Unreadable`` at the stage
    ``open`` where the file cannot be opened (nothing is written), or ``write``.
    """
    image, placeholder_reason = _thumbnail(path)
    _write(target, _jpeg(image, quality=82))
    return Thumbnail(width=image.width, height=image.height, placeholder=placeholder_reason)


def write_placeholder(target: bytes | str, reason: str) -> Thumbnail:
    """Write the picture that stands for a video none can be made of; touches no media file."""
    image = placeholder("No picture")
    _write(target, _jpeg(image, quality=82))
    return Thumbnail(width=image.width, height=image.height, placeholder=reason)


def _thumbnail(path: bytes | str) -> tuple[Image.Image, str | None]:
    for from_start in (False, True):  # opened anew: a decoder may be lost where seeking failed
        with open_media(path) as container:
            stream = video_stream(container) or cover_art(container)
            if stream is None:
                return placeholder("Sound only"), _NO_VIDEO
            if codec_name(stream) is None:
                break
            footage = Footage(container, stream)
            frame = _at_a_tenth(footage, from_start)
            if frame is not None:
                size = fitted(footage.shown_size(frame), THUMBNAIL_SIDE)
                return footage.picture(frame, size), None
    return placeholder("No picture"), _NO_FRAME


def _at_a_tenth(footage: Footage, from_start: bool) -> VideoFrame | None:
    duration = float(footage.duration or 0)
    if from_start:
        return footage.near_from_start(duration / 10, _THUMBNAIL_FRAMES)
    return footage.near(duration / 10, tolerance=duration / 100, at_most=_THUMBNAIL_FRAMES)


def make_sprite(path: bytes | str, target: bytes | str, index: bytes | str) -> Sprite:
    """Write a sheet of up to 100 small pictures to ``target``, then what it holds to ``index``.

    ``index`` is a ``Sprite`` in JSON, and exists only where the sheet does. Key frames first: they
    are found by the container's index and decoded alone. ``Unreadable`` as for ``make_thumbnail``,
    and at the stage ``decode`` where there is no frame.
    """
    with _footage(path) as footage:
        duration = float(footage.duration or 0)
        count = max(1, min(_TILES, round(duration * 2)))
        wanted = [duration * (number + 0.5) / count for number in range(count)]
        tiles = _key_frames(footage, wanted)
    if len(tiles) < min(count, _FEW):
        with _footage(path) as footage:
            tiles = list(_all_frames(footage, wanted)) or tiles
    if not tiles:
        raise Unreadable("decode", "none of the video's frames can be decoded")
    sheet, sprite = _sheet(tiles, duration)
    _write(target, _jpeg(sheet, quality=75))
    _write(index, msgspec.json.encode(sprite))
    return sprite


_Tile = tuple[float, Image.Image]


@contextmanager
def _footage(path: bytes | str) -> Iterator[Footage]:
    with open_media(path) as container:
        stream = video_stream(container)
        if stream is None or codec_name(stream) is None:
            raise Unreadable("streams", "the file holds no video that can be decoded")
        yield Footage(container, stream)


def _key_frames(footage: Footage, wanted: list[float]) -> list[_Tile]:
    tiles: dict[float, Image.Image] = {}
    for seconds in wanted:
        frame = footage.keyframe_before(seconds)
        if frame is not None and (time := footage.time_of(frame)) not in tiles:
            tiles[time] = _tile(footage, frame)
    return sorted(tiles.items(), key=lambda tile: tile[0])


def _all_frames(footage: Footage, wanted: list[float]) -> Iterator[_Tile]:
    """The first frame at or after each wanted time, in one pass over all frames."""
    number = 0
    last: VideoFrame | None = None
    for decoded, frame in enumerate(footage.frames()):
        time = footage.time_of(frame)
        last = frame
        if time >= wanted[number]:
            yield time, _tile(footage, frame)
            while number < len(wanted) and wanted[number] <= time:
                number += 1
            last = None
        if number == len(wanted) or decoded >= _SPRITE_FRAMES:
            return
    if last is not None and number == 0:  # shorter than its header says
        yield footage.time_of(last), _tile(footage, last)


def _tile(footage: Footage, frame: VideoFrame) -> Image.Image:
    return footage.picture(frame, fitted(footage.shown_size(frame), _TILE_SIDE))


def _sheet(tiles: list[_Tile], duration: float) -> tuple[Image.Image, Sprite]:
    width, height = tiles[0][1].size
    columns = min(_COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height))
    for number, (_, image) in enumerate(tiles):
        row, column = divmod(number, columns)
        # A stream may change its size midway.
        tile = image if image.size == (width, height) else image.resize((width, height))
        sheet.paste(tile, (column * width, row * height))
    return sheet, Sprite(
        columns=columns,
        rows=rows,
        tile_width=width,
        tile_height=height,
        times=tuple(round(time, 3) for time, _ in tiles),
        duration_seconds=round(duration, 3),
    )


def _jpeg(image: Image.Image, *, quality: int) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=quality)
    return encoded.getvalue()


def _write(target: bytes | str, data: bytes) -> None:
    try:
        write_whole(Path(os.fsdecode(target)), data)
    except OSError as error:
        raise Unreadable("write", f"the picture cannot be written: {error.strerror}") from error
