"""What the routes of videos take and answer."""

from __future__ import annotations

from typing import Annotated, Any, get_type_hints

import msgspec
from pydantic import Field

from mustela.http.encoding import Input
from mustela.http.query import QueryFields
from mustela.video.filters import VideoFilters
from mustela.video.listing import SORTS
from mustela.video.record import Video

#: A video in JSON.
VideoDocument: Any = Video.public

_Tag = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]


class VideoEdit(Input):
    """What people say of a video. A field that is not named stays as it is."""

    tags: list[_Tag] | None = Field(default=None, max_length=1000)
    rating: int | None = Field(default=None, ge=0, le=5)
    note: str | None = Field(default=None, max_length=100_000, pattern=r"^[^\x00]*$")


class ScanOrder(Input):
    """Which directory to scan: a root, or one below it (then the root is scanned).

    `exclude` holds patterns besides the root's own, for this scan only. `retry_failed`: read files
    again that could not be read. `trust_root`: the directory is the right one, though it is empty
    or another than before.
    """

    path: str = Field(min_length=1, max_length=4096, pattern=r"^[^\x00]*$")
    recursive: bool | None = None
    exclude: list[Annotated[str, Field(max_length=1000)]] = Field(default=[], max_length=1000)
    retry_failed: bool = False
    trust_root: bool = False


class ScanAccepted(msgspec.Struct, frozen=True):
    """The job that scans, new or under way already."""

    job_id: str


MEANINGS = {
    "codec": "Video codec, as in `h264`.",
    "folder": "Path of a folder below its root; folders inside it count.",
    "hdr": "Kind of high dynamic range, as in `hdr10`.",
    "ids": "Ids of videos; may be given several times.",
    "job_id": "Made by this job.",
    "language": "Language of an audio track, as the file names it.",
    "missing": "Whether the last scan did not find the file.",
    "tag": "A tag, exactly.",
}

FILTERS = QueryFields(get_type_hints(VideoFilters), MEANINGS)

SORT_MEANING = "A field to sort by, descending with `-` before it: " + ", ".join(
    f"`{name}`" for name in sorted(SORTS)
)
SORT_PATTERN = "^-?(" + "|".join(sorted(SORTS)) + ")$"
