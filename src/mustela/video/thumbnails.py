"""Thumbnails and sprites: made once in a child process, kept by fingerprint."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from mustela.collection import Needs
from mustela.errors import MustelaError
from mustela.files.below import resolve_below
from mustela.files.children import Children
from mustela.files.failure import Failure
from mustela.files.path_text import decode
from mustela.files.picture_store import PictureStore, PicturesUnreachable
from mustela.files.root import AsyncRootRepository, Root
from mustela.files.stamp import stamp_of
from mustela.jobs.context import JobContext
from mustela.store.errors import StoreError
from mustela.video.pictured import Sprite, Thumbnail
from mustela.video.record import Video
from mustela.video.repository import AsyncVideoRepository

T = TypeVar("T")

JOB_TYPE = "video.thumbnails"
#: Thumbnails made between two writes of the catalog.
_UNIT = 100
_FINGERPRINT = "mustela.files.fingerprint:fingerprint"


#: Stages of a failure that are the file's own fault, and will be again.
_FATAL = ("crashed", "time_limit")


class NoPicture(MustelaError):
    """No picture can be made of this video."""

    code = "no_picture"


class Pictures:
    """The pictures of videos. Two requests for one picture make it once."""

    def __init__(
        self,
        store: PictureStore,
        children: Children,
        videos: AsyncVideoRepository,
        roots: AsyncRootRepository,
    ) -> None:
        self._store = store
        self._children = children
        self._videos = videos
        self._roots = roots
        self._making: dict[str, asyncio.Task[Any]] = {}

    async def thumbnail(self, video: Video) -> Path:
        """The thumbnail's file, made where there is none; ``NoPicture`` says why not."""
        key = await self.make(video)
        if video.thumbnail_path != key:
            await self._videos.set_thumbnails([(video.id, key)])
        return self._store.path(key)

    async def make(self, video: Video) -> str:
        """The key of the thumbnail, which exists then; the catalog does not know of it yet."""
        key = self._key(video, "thumb.jpg")
        if not await asyncio.to_thread(self._store.exists, key):
            await self._once(key, lambda: self._make_thumbnail(video, key))
        return key

    async def sprite(self, video: Video) -> tuple[Path, Sprite]:
        """The sheet of small pictures along the video, and what it holds."""
        key, index = self._key(video, "sprite.jpg"), self._key(video, "sprite.json")
        found = await asyncio.to_thread(self._kept_sprite, key, index)
        if found is not None:
            return self._store.path(key), found
        sprite = await self._once(key, lambda: self._make_sprite(video, key, index))
        return self._store.path(key), sprite

    def _kept_sprite(self, key: str, index: str) -> Sprite | None:
        if not self._store.exists(key):
            return None
        try:
            return msgspec.json.decode(self._store.read(index) or b"", type=Sprite)
        except msgspec.DecodeError:
            return None

    async def _make_thumbnail(self, video: Video, key: str) -> Thumbnail:
        target = self._target(key)
        made = await self._try(Thumbnail, "mustela.video.pictures:make_thumbnail", video, target)
        if isinstance(made, Failure) and made.stage in _FATAL:
            # It would end the next child as well: what stands for it is kept, too.
            made = await self._children.run(
                "mustela.video.pictures:write_placeholder", target, made.message, result=Thumbnail
            )
        return _made(made, video)

    async def _make_sprite(self, video: Video, key: str, index: str) -> Sprite:
        made = await self._try(
            Sprite,
            "mustela.video.pictures:make_sprite",
            video,
            self._target(key),
            self._target(index),
            time_limit=300.0,
        )
        return _made(made, video)

    async def _try(
        self, result: type[T], function: str, video: Video, *targets: bytes, **options: Any
    ) -> T | Failure:
        await asyncio.to_thread(self._store.check)
        path = await self._path(video)
        await self._expect(video, path)
        return await self._children.run(function, path, *targets, result=result, **options)

    async def _expect(self, video: Video, path: bytes) -> None:
        """The file must be the one whose fingerprint names the picture, which is kept for ever."""
        try:
            stamp = stamp_of(await asyncio.to_thread(os.stat, path))
        except OSError:
            return  # whoever makes the picture says what is wrong
        if video.fingerprint is None or stamp == (video.file_size, video.mtime_ns):
            return
        found = await self._children.run(_FINGERPRINT, path, result=str)
        if found != video.fingerprint:
            raise NoPicture(f"{video.filename} has changed since its last scan; scan it again")

    async def _path(self, video: Video) -> bytes:
        root: Root | None = await self._roots.get(video.root_id) if video.root_id else None
        if root is None:
            raise NoPicture(f"{video.path} is not below a root")
        top, path = Path(os.fsdecode(decode(root.path))), Path(os.fsdecode(decode(video.path)))
        return os.fsencode(await asyncio.to_thread(resolve_below, top, path))

    async def _once(self, key: str, make: Callable[[], Awaitable[Any]]) -> Any:
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.ensure_future(make())
            task.add_done_callback(lambda _: self._making.pop(key, None))
        # Who goes away must not take the picture from those who still wait for it.
        return await asyncio.shield(task)

    def _target(self, key: str) -> bytes:
        return os.fsencode(self._store.path(key))

    @staticmethod
    def _key(video: Video, kind: str) -> str:
        made = f"{video.id}{video.file_size}{video.mtime_ns}"
        other = hashlib.blake2b(made.encode(), digest_size=16).hexdigest()
        return PictureStore.key(video.fingerprint or other, kind)


def _made(made: T | Failure, video: Video) -> T:
    if isinstance(made, Failure):
        raise NoPicture(f"no picture can be made of {video.filename}: {made.message}")
    return made


def pictures_of(services: Needs) -> Pictures:
    """The dependency: the pictures of this server."""
    found: Pictures = services.parts[Pictures]
    return found


def make_thumbnail_handler(
    pictures: Pictures, videos: AsyncVideoRepository, at_once: int
) -> Callable[[JobContext], Awaitable[dict[str, int]]]:
    """The job that makes the thumbnails that are missing, newest videos first."""

    async def handle(job: JobContext) -> dict[str, int]:
        total = await videos.count_without_thumbnail()
        done = failed = 0
        after: int | None = None
        job.progress(0, total, "making thumbnails")
        while batch := await videos.without_thumbnail(after, _UNIT):
            after = batch[-1][0]
            made = await _make(pictures, [video for _, video in batch], at_once, job)
            if made:
                await videos.set_thumbnails(made)
            failed += len(batch) - len(made)
            done += len(batch)
            job.progress(done, max(total, done))
        return {"made": done - failed, "failed": failed}

    return handle


async def _make(
    pictures: Pictures, videos: Sequence[Video], at_once: int, job: JobContext
) -> list[tuple[str, str]]:
    """Make the thumbnails of some videos: pairs of id and key of those that could be made."""
    free = asyncio.Semaphore(at_once)

    async def make(video: Video) -> tuple[str, str] | None:
        async with free:
            try:
                return video.id, await pictures.make(video)
            except (StoreError, PicturesUnreachable):
                raise  # it would be said again of every video
            except MustelaError as error:
                job.log(f"{video.path}: {error.message}", "warning")
                return None

    made = await asyncio.gather(*(make(video) for video in videos))
    return [pair for pair in made if pair is not None]
