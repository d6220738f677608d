"""Lists of videos as files: CSV, JSON and playlists."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

from mustela.files.path_text import decode
from mustela.http.exporting import Writing, as_csv, as_json
from mustela.video.record import Video

Format: TypeAlias = Literal["csv", "json", "m3u"]


def _public(video: Video) -> Any:
    return video.to_public()


def _m3u(video: Video) -> bytes:
    seconds = -1 if video.duration_seconds is None else round(video.duration_seconds)
    title = " ".join(video.filename.split())
    path = decode(video.path)
    if any(byte < 32 for byte in path):  # a line cannot hold it
        path = b"file://" + quote(path).encode()
    return f"#EXTINF:{seconds},{title}\n".encode() + path + b"\n"


FORMATS: dict[Format, Writing[Video]] = {
    "json": as_json(_public),
    "csv": as_csv({name: attrgetter(name) for name in Video.public.__struct_fields__}),
    "m3u": Writing("audio/x-mpegurl", b"#EXTM3U\n", _m3u, b"", b""),
}
