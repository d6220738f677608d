"""When a file says that it was recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from av.container import InputContainer

#: The zero of QuickTime's clock, of Unix's, and of Matroska's: nobody set a date.
_ZEROS = {datetime(year, 1, 1, tzinfo=UTC) for year in (1904, 1970, 2001)}
_TIMECODE = re.compile(r"\d\d:\d\d:\d\d[:;.]\d{2,3}")


def recorded_at(container: InputContainer) -> datetime | None:
    """The start of the recording, in UTC.

    A phone's own note comes first: ``creation_time`` may be when the file was exported. A time
    without a zone is read as UTC, which is what the containers mean; many cameras write their
    local time there.
    """
    for said in _dates(container):
        try:
            date = datetime.fromisoformat(said.strip())
        except ValueError:
            continue
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
        if date not in _ZEROS:
            return date
    return None


def _dates(container: InputContainer) -> Iterator[str]:
    for key in ("com.apple.quicktime.creationdate", "creation_time"):
        if key in container.metadata:
            yield container.metadata[key]
    for stream in container.streams:
        if "creation_time" in stream.metadata:
            yield stream.metadata["creation_time"]


def start_timecode(container: InputContainer) -> str | None:
    """The first frame's SMPTE timecode; ``;`` or ``.`` before the frames means drop-frame."""
    for metadata in (container.metadata, *(stream.metadata for stream in container.streams)):
        timecode = metadata.get("timecode", "")
        if _TIMECODE.fullmatch(timecode):
            return timecode
    return None
