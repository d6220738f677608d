"""The operations that the other samples use: correct as they stand."""

from collections.abc import Sequence
from typing import Any, assert_type

import msgspec
from sqlalchemy import column, select, table

from mustela.store import (
    AsyncRepository,
    Context,
    Page,
    Statement,
    SyncRepository,
    Unit,
    all,
    changed,
    count,
    current,
    heavy_read,
    many,
    one,
    read,
    rows,
    stream,
    token,
    total,
    urgent_write,
    write,
)

STATEMENT = Statement(select(column("id"), column("width")).select_from(table("videos")))


class Video(msgspec.Struct, frozen=True):
    id: str
    width: int


class VideoOperations:
    @read
    def get(self, id: str) -> Unit[Video | None]:
        video = yield from one(STATEMENT, Video, id=id)
        assert_type(video, Video | None)
        return video

    @read
    def list_videos(self, limit: int = 100, *, codec: str | None = None) -> Unit[list[Video]]:
        videos = yield from all(STATEMENT, Video, limit=limit, codec=codec)
        assert_type(videos, list[Video])
        return videos

    @read
    def widths(self) -> Unit[list[int]]:
        width = yield from one(STATEMENT, int)
        assert_type(width, int | None)
        return (yield from all(STATEMENT, int))

    @write
    def add(self, video: Video) -> Unit[Video]:
        added = yield from count(STATEMENT, id=video.id)
        assert_type(added, int)
        yield from changed("videos", video.id, delta=added)
        return video

    @write
    def add_many(self, videos: Sequence[Video]) -> Unit[int]:
        yield from many(STATEMENT, [{"id": video.id} for video in videos])
        return len(videos)

    @write
    def update(self, /, id: str, **fields: Any) -> Unit[Video]:
        """mypy wants the slash before ``**fields``: a field might be called ``self``."""
        yield from count(STATEMENT, id=id, **fields)
        return Video(id, 1)

    @write
    def widen(self, id: str) -> Unit[Video]:
        """One unit inside another."""
        before = yield from self.get.unit(id)
        assert_type(before, Video | None)
        context = yield from current()
        assert_type(context, Context)
        after = yield from self.add.unit(Video(context.new_id(), before.width if before else 1))
        assert_type(after, Video)
        return after

    @heavy_read
    def search(self, query: str) -> Unit[list[Video]]:
        return (yield from all(STATEMENT, Video, query=query))

    @urgent_write
    def claim(self, worker: str, *, limit: int = 1) -> Unit[Video | None]:
        yield from count(STATEMENT, worker=worker, limit=limit)
        return None

    @read
    def state(self) -> Unit[tuple[int, str]]:
        tuples = yield from rows(STATEMENT)
        assert_type(tuples, list[tuple[Any, ...]])
        return (yield from total("videos")), (yield from token("videos"))

    @stream
    def everything(self, codec: str, *, after: str | None = None) -> Unit[Page[Video]]:
        videos = yield from all(STATEMENT, Video, codec=codec, after=after)
        return Page(videos, next=videos[-1].id if videos else None)

    @read
    def first_page(self, codec: str) -> Unit[list[Video]]:
        """A page of a stream inside a unit."""
        page = yield from self.everything.unit(codec)
        assert_type(page, Page[Video])
        return page.items


class VideoRepository(VideoOperations, SyncRepository):
    """For commands, pipelines and tests."""


class AsyncVideoRepository(VideoOperations, AsyncRepository):
    """For handlers and jobs."""
