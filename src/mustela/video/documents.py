"""What the routes of videos take and answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, cast, get_type_hints

from pydantic import Field, create_model

from mustela.http.encoding import Input
from mustela.http.parameters import Time
from mustela.http.query import QueryFields
from mustela.store.errors import InvalidValue
from mustela.video.bulk import VideoEdits
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


_Tags = Annotated[list[_Tag], Field(max_length=1000)]
_Text = Annotated[str, Field(max_length=4096, pattern=r"^[^\x00]*$")]
#: How a filter reads in a body, by its Python type.
_IN_JSON: dict[Any, Any] = {
    str: _Text,
    int: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)],
    float: Annotated[float, Field(allow_inf_nan=False)],
    bool: bool,
    datetime: Time,
    Sequence[str]: Annotated[list[_Text], Field(max_length=100_000)],
}

_filters: dict[str, Any] = {
    name: (_IN_JSON[kind] | None, None) for name, kind in get_type_hints(VideoFilters).items()
}
if TYPE_CHECKING:

    class VideoFilter(Input):  # its fields are those of `VideoFilters`; no need to say them twice
        """The filters of a list of videos."""

else:
    VideoFilter = create_model(
        "VideoFilter",
        __base__=Input,
        __doc__="The filters of a list of videos; a video must satisfy all that are given.",
        **_filters,
    )


class BulkVideoEdit(Input):
    """What becomes of many videos: those of `ids`, or those that `filter` and `q` select.

    An empty `filter` selects every video. `tags` replaces all tags; `tags_add` and `tags_remove`
    leave the others. With `dry_run` nothing changes, and the answer says how many would.
    """

    ids: list[_Text] | None = Field(default=None, max_length=100_000)
    filter: VideoFilter | None = None
    q: str = Field(default="", max_length=1000)
    tags: _Tags = Field(default=[])
    tags_add: _Tags = Field(default=[])
    tags_remove: _Tags = Field(default=[])
    rating: int | None = Field(default=None, ge=0, le=5)
    note: str | None = Field(default=None, max_length=100_000, pattern=r"^[^\x00]*$")
    dry_run: bool = False

    def selection(self) -> tuple[VideoFilters, str]:
        """Filters and query; ``InvalidValue`` where the order does not say one selection."""
        chosen = {"q"} & self.model_fields_set
        filters: dict[str, Any] = {}
        if self.filter is not None:
            chosen.add("filter")
            filters = self.filter.model_dump(exclude_none=True)
            if self.filter.model_fields_set and not filters and not self.q:
                raise InvalidValue("every filter is null; an empty filter is all videos")
        if self.ids is not None:
            if chosen:
                raise InvalidValue("ids and a filter cannot be combined; leave one of them out")
            return {"ids": self.ids}, ""
        if not chosen:
            raise InvalidValue("say which videos: ids, filter or q; an empty filter is all of them")
        return cast(VideoFilters, filters), self.q

    def edits(self) -> VideoEdits:
        """The fields to write."""
        return cast(VideoEdits, self.model_dump(exclude_unset=True, include=_EDITS))


_EDITS = set(VideoEdits.__annotations__)


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
