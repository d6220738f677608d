"""Lists of videos as files: CSV, JSON and playlists, written as they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias
from urllib.parse import quote

import msgspec

from mustela.files.path_text import decode
from mustela.http.conditional import encode_json
from mustela.video.record import Video

Format: TypeAlias = Literal["csv", "json", "m3u"]

#: Videos that are written at once.
_CHUNK = 200


class Writing(NamedTuple):
    """How a format is written: what comes first, each video, what stands between and at the end."""

    media_type: str
    first: bytes
    one: Callable[[Video], bytes]
    between: bytes
    last: bytes


def _json(video: Video) -> bytes:
    return encode_json(video.to_public())


_FIELDS: tuple[str, ...] = Video.public.__struct_fields__


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return msgspec.json.encode(value).decode()
    if isinstance(value, bool):
        return str(value).lower()
    return value


def _line(cells: Iterable[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _csv(video: Video) -> bytes:
    public = video.to_public()
    return _line(_cell(getattr(public, name)) for name in _FIELDS)


def _m3u(video: Video) -> bytes:
    seconds = -1 if video.duration_seconds is None else round(video.duration_seconds)
    title = " ".join(video.filename.split())
    path = decode(video.path)
    if any(byte < 32 for byte in path):  # a line cannot hold it
        path = b"file://" + quote(path).encode()
    return f"#EXTINF:{seconds},{title}\n".encode() + path + b"\n"


FORMATS: dict[Format, Writing] = {
    "json": Writing("application/json", b"[\n", _json, b",\n", b"\n]\n"),
    "csv": Writing("text/csv; charset=utf-8", _line(_FIELDS), _csv, b"", b""),
    "m3u": Writing("audio/x-mpegurl", b"#EXTM3U\n", _m3u, b"", b""),
}


async def written(videos: AsyncIterator[Video], writing: Writing) -> AsyncIterator[bytes]:
    """The file, in chunks of some videos each."""
    chunk = [writing.first]
    begun = False
    async for video in videos:
        if begun and writing.between:
            chunk.append(writing.between)
        begun = True
        chunk.append(writing.one(video))
        if len(chunk) >= _CHUNK:
            yield b"".join(chunk)
            chunk.clear()
    chunk.append(writing.last)
    yield b"".join(chunk)
