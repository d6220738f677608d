"""What was made of a video in pictures. Free of FFmpeg, for who only reads the answers."""

from __future__ import annotations

import msgspec

#: The longest side of a thumbnail, in pixels.
THUMBNAIL_SIDE = 320


class Thumbnail(msgspec.Struct, frozen=True, kw_only=True):
    """A thumbnail was written. ``placeholder`` says why, where it is none of the video's frames."""

    width: int
    height: int
    placeholder: str | None = None


class Sprite(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet of small pictures, row by row; ``times`` are theirs, in seconds from the start."""

    columns: int
    rows: int
    tile_width: int
    tile_height: int
    times: tuple[float, ...]
    duration_seconds: float

    def as_webvtt(self, image: str) -> str:
        """The track that players read: from when to when which part of ``image`` (a URL)."""
        ends = (*self.times[1:], max(self.duration_seconds, self.times[-1]))
        cues = ["WEBVTT"]
        for number, (start, end) in enumerate(zip(self.times, ends, strict=True)):
            row, column = divmod(number, self.columns)
            place = f"{column * self.tile_width},{row * self.tile_height}"
            cues.append(
                f"{_clock(start if number else 0.0)} --> {_clock(end)}\n"
                f"{image}#xywh={place},{self.tile_width},{self.tile_height}"
            )
        return "\n\n".join(cues) + "\n"


def _clock(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds / 1000:06.3f}"
