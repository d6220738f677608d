"""Which media type a browser is told for a file."""

from __future__ import annotations

from typing import Final

from mustela.video.record import Video

_BY_EXTENSION: Final = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "qt": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "ogv": "video/ogg",
    "ogm": "video/ogg",
    "ogx": "video/ogg",
    "avi": "video/x-msvideo",
    "wmv": "video/x-ms-wmv",
    "asf": "video/x-ms-asf",
    "flv": "video/x-flv",
    "f4v": "video/mp4",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "m2v": "video/mpeg",
    "vob": "video/mpeg",
    "ts": "video/mp2t",
    "mts": "video/mp2t",
    "m2ts": "video/mp2t",
    "3gp": "video/3gpp",
    "3g2": "video/3gpp2",
    "mxf": "application/mxf",
}

#: Containers by the names that FFmpeg gives them, where the file's name says something else.
_BY_CONTAINER: Final = {
    "avi": "video/x-msvideo",
    "flv": "video/x-flv",
    "asf": "video/x-ms-asf",
    "mpeg": "video/mpeg",
    "mpegts": "video/mp2t",
    "mxf": "application/mxf",
    "ogg": "video/ogg",
}


def media_type_of(video: Video) -> str:
    """The media type of a file: by its container where that is known, else by its name."""
    extension = video.filename.rpartition(".")[2].lower()
    by_name = _BY_EXTENSION.get(extension, "application/octet-stream")
    return _BY_CONTAINER.get(video.container or "", by_name)
