"""Videos in the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias, Unpack

from sqlalchemy import bindparam

from mustela.files.file_stats import FileStatistics, FileStats
from mustela.files.item_id import check_id
from mustela.files.placement import place
from mustela.files.scanned_target import AsyncScannedRepository
from mustela.files.tag_index import kept_tags
from mustela.store import (
    Page,
    Statement,
    SyncRepository,
    Unit,
    current,
    heavy_read,
    heavy_read_when,
    one,
    read,
    stream,
    write,
)
from mustela.store.audit import AuditEntry, history
from mustela.store.errors import InvalidValue, NotFound
from mustela.store.listing import Cursor
from mustela.store.pages import EncodedPage, RecordPage, heavy_unless_along
from mustela.store.revert import revert
from mustela.video.bulk import VideoBulkOperations
from mustela.video.filters import VideoFilters
from mustela.video.listing import BASE
from mustela.video.record import Video
from mustela.video.records import TOPIC, records
from mustela.video.scan_operations import VideoScanOperations
from mustela.video.schema import sums, videos
from mustela.video.selection import PAGES

#: Words that stand in routes where an id would.
RESERVED_IDS = frozenset({"scan", "search", "export", "edit"})
#: Fields that follow from others, or are kept by the repository.
_KEPT = frozenset({"id", "filename", "root_id", "modified_at", "created_at", "updated_at"})
_OBSERVED = frozenset(column.name for column in videos.c if column.info.get("role") == "observed")


_GET = Statement(BASE.where(videos.c.id == bindparam("id")))
_AT = Statement(
    BASE.where(videos.c.root_id == bindparam("root_id"), videos.c.path == bindparam("path"))
)
STATISTICS = FileStatistics(videos, sums)
#: The columns of a row by name, in the order of a video's fields.
_FIELDS = itemgetter(*Video.fields)


VideoPage: TypeAlias = RecordPage[Video]


_is_heavy = heavy_unless_along("created_at", "id")


class VideoOperations:
    """What can be done with videos."""

    @write
    def add(self, video: Video) -> Unit[Video]:
        """Add a video; an empty ``id`` is made.

        ``AlreadyExists`` where its id or path is taken. A path below a root belongs to the root.
        """
        new = yield from _new_row(video)
        return _as_read(video.path, (yield from records.insert(new)))

    @write
    def add_many(self, many_videos: Sequence[Video]) -> Unit[int]:
        """Add videos, all or none; answers how many."""
        new: list[dict[str, Any]] = []
        for video in many_videos:
            new.append((yield from _new_row(video)))  # noqa: PERF401  # a unit in each turn
        yield from records.insert_many(new)
        return len(new)

    @read
    def get(self, id: str) -> Unit[Video | None]:
        """The video of this id."""
        return (yield from one(_GET, Video.from_row, id=id))

    @read
    def get_by_path(self, path: str) -> Unit[Video | None]:
        """The video of this absolute path (path text)."""
        root_id, below = yield from place(path)
        return (yield from one(_AT, Video.from_row, root_id=root_id, path=below))

    @heavy_read_when(_is_heavy)
    def list_videos(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[VideoFilters],
    ) -> Unit[list[Video]]:
        """Videos that satisfy all filters, newest first unless ``sort`` says otherwise.

        ``sort`` is a field, descending with ``-`` before it; NULLs come last either way.
        """
        return (yield from PAGES.listed(limit, offset, sort, query, filters))

    @heavy_read
    def search(self, query: str, limit: int = 100, offset: int = 0) -> Unit[list[Video]]:
        """Videos in whose path below the root (or file name) every word of ``query`` occurs.

        Case and Unicode form do not matter, and a word may begin anywhere. An empty query finds
        everything.
        """
        return (yield from PAGES.listed(limit, offset, "-created_at", query, {}))

    @heavy_read_when(_is_heavy)
    def page(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        after: Cursor | None = None,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[VideoFilters],
    ) -> Unit[VideoPage]:
        """A page, the total, and the cursor of the next page.

        The total is exact without filters; with them it is counted to at most 10,000.
        """
        return (yield from PAGES.page(limit, offset, after, sort, query, filters))

    @heavy_read_when(_is_heavy)
    def encoded_page(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        after: Cursor | None = None,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[VideoFilters],
    ) -> Unit[EncodedPage]:
        """What :meth:`page` answers, for those who send it on: a third of the time."""
        return (yield from PAGES.encoded_page(limit, offset, after, sort, query, filters))

    @heavy_read
    def count(self, *, query: str = "", **filters: Unpack[VideoFilters]) -> Unit[int]:
        """How many there are; exact, and in constant time without filters."""
        return (yield from PAGES.count(query, filters))

    @heavy_read
    def stats(self) -> Unit[FileStats]:
        """Sums by status and what was added lately; the cost does not grow with the catalog."""
        return (yield from STATISTICS.read((yield from current()).now))

    @stream
    def everything(
        self,
        *,
        sort: str = "-created_at",
        query: str = "",
        after: Cursor | None = None,
        size: int = 500,
        **filters: Unpack[VideoFilters],
    ) -> Unit[Page[Video]]:
        """All that satisfy the filters, page by page."""
        return (yield from PAGES.everything(size, after, sort, query, filters))

    @write
    def update(self, /, id: str, **fields: Any) -> Unit[Video]:
        """Write the named fields only; answers the video as it is then.

        ``NotFound`` for an unknown id, ``AlreadyExists`` for a path that is taken, ``InvalidValue``
        for a field that cannot be set; then nothing has changed.
        """
        yield from records.update(id, (yield from _columns_of(fields)))
        found = yield from one(_GET, Video.from_row, id=id)
        if found is None:
            raise NotFound(f"there is no video {id}")
        return found

    @write
    def observe(self, /, id: str, **fields: Any) -> Unit[None]:
        """What a scan read of a file; it cannot name what people say."""
        stranger = fields.keys() - _OBSERVED - {"modified_at", "thumbnail_path"}
        if stranger:
            raise InvalidValue(f"a scan does not write {', '.join(sorted(stranger))}")
        yield from records.update(id, (yield from _columns_of(fields)))

    @write
    def delete(self, id: str) -> Unit[bool]:
        """Take a video out of the catalog; scans leave its file out. False where there is none."""
        return (yield from records.delete(id)) is not None

    @read
    def history(
        self, id: str, limit: int = 100, *, before: int | None = None
    ) -> Unit[list[AuditEntry]]:
        """What happened to a video, newest first; ``before`` (an audit id) pages on."""
        return (yield from history(TOPIC, id, limit, before))

    @write
    def revert(self, reference: int | str) -> Unit[str]:
        """Undo an audit entry (integer id) or a change (change id); answers the undo's change id.

        ``RevertConflict`` names the fields that have changed since; then nothing is undone.
        """
        return (yield from revert({TOPIC: records}, reference))


class VideoRepository(VideoOperations, VideoBulkOperations, VideoScanOperations, SyncRepository):
    """Videos for code that waits."""


class AsyncVideoRepository(
    VideoOperations, VideoBulkOperations, VideoScanOperations, AsyncScannedRepository
):
    """Videos for an event loop."""


def _new_row(video: Video) -> Unit[dict[str, Any]]:
    context = yield from current()
    row = video.row()
    row["id"] = check_id(video.id, RESERVED_IDS) if video.id else context.new_id()
    row["root_id"], row["path"] = yield from place(video.path, video.root_id)
    if row["tags"] != "[]":
        row["tags"] = kept_tags(video.tags)
    modified = row.pop("modified_at")
    if row["mtime_ns"] is None and modified is not None:
        row["mtime_ns"] = _nanoseconds(modified)
    return row


def _as_read(path: str, row: dict[str, Any]) -> Video:
    """The record that a query would answer of this new row, which is used up."""
    mtime, seconds = row["mtime_ns"], row["duration_seconds"]
    row["path"] = path
    row["root_id"] = row["root_id"] or None
    row["modified_at"] = mtime and (mtime // 1000 if mtime > 0 else -(-mtime // 1000))
    row["duration_seconds"] = seconds if seconds is None else float(seconds)
    return Video.from_row(*_FIELDS(row))


def _columns_of(fields: Mapping[str, Any]) -> Unit[dict[str, Any]]:
    refused = fields.keys() & (_KEPT - {"modified_at"})
    if refused:
        raise InvalidValue(f"{', '.join(sorted(refused))} cannot be set")
    row = Video.columns(fields)
    if "path" in row:
        row["root_id"], row["path"] = yield from place(row["path"])
    if "tags" in row:
        row["tags"] = kept_tags(fields["tags"] or ())
    if "modified_at" in row:
        modified = row.pop("modified_at")
        row["mtime_ns"] = None if modified is None else _nanoseconds(modified)
    for name in ("audio_languages", "subtitle_languages"):
        if name in row and row[name] is None:
            row[name] = "[]"
    return row


def _nanoseconds(microseconds: int) -> int:
    if abs(microseconds) >= 2**63 // 1000:
        raise InvalidValue("modified_at must lie between the years 1678 and 2262")
    return microseconds * 1000
