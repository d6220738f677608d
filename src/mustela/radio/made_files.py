"""Files that are made on request: some kept for ever, by fingerprint, others for a while."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from mustela.files.picture_store import PictureStore

#: What files that are kept for a while take up at most, and a quarter more (bytes).
SHELF_BYTES = 256 * 1024 * 1024


class MadeFiles:
    """Two requests for one file make it once; who goes away takes it from nobody else.

    ``store`` holds the few that each product has, and in its folder ``made`` those of which there
    may be any number. The ones that were not asked for for longest go first.
    """

    def __init__(self, store: PictureStore, limit: int = SHELF_BYTES) -> None:
        self._store = store
        self._shelf = store.directory / "made"
        self._limit = limit
        self._unseen = limit  #: bytes that were made since the shelf was last looked at
        self._making: dict[str, asyncio.Task[Any]] = {}

    async def kept(self, label: str, kind: str, make: Callable[[bytes], Awaitable[Any]]) -> Path:
        """The file of that kind (``thumb.webp``), which ``make`` writes where there is none."""
        path = self._store.path(PictureStore.key(label, kind))
        await self._have(path, make)
        return path

    async def shelved(self, name: str, make: Callable[[bytes], Awaitable[Any]]) -> Path:
        """The same for a name of letters and digits, of a file that is kept for a while."""
        path = self._shelf / name
        if await self._have(path, make):
            self._unseen += await asyncio.to_thread(_size, path)
            if self._unseen > self._limit // 4:
                self._unseen = 0
                await asyncio.to_thread(_prune, self._shelf, self._limit)
        return path

    async def _have(self, path: Path, make: Callable[[bytes], Awaitable[Any]]) -> bool:
        """Whether it had to be made."""
        if await asyncio.to_thread(_is_there, path):
            return False
        key = str(path)
        task = self._making.get(key)
        if task is None:
            await asyncio.to_thread(self._store.check)
            task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.ensure_future(make(os.fsencode(path)))
            task.add_done_callback(lambda _: self._making.pop(key, None))
        await asyncio.shield(task)
        return True


def _is_there(path: Path) -> bool:
    """An empty file is what a power failure leaves of one."""
    try:
        if path.stat().st_size == 0:
            return False
        os.utime(path)  # it was asked for now
    except OSError:
        return False
    return True


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _prune(shelf: Path, limit: int) -> None:
    """Delete the oldest until three quarters of the limit are left, where there is more."""
    found = []
    with os.scandir(shelf) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                status = entry.stat()
                found.append((status.st_mtime_ns, status.st_size, entry.path))
    total = sum(size for _, size, _ in found)
    if total <= limit:
        return
    for _, size, path in sorted(found):
        with suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108 - thousands of them
        total -= size
        if total <= limit * 3 // 4:
            return
