"""Point reads while nothing or much else goes on: ``busy_store DATABASE TREE``.

*Busy*: two tasks search without pause, one scans a tree of unchanged files again and again, one
stores what a scan finds as fast as two children read it.
"""

from __future__ import annotations

import asyncio
import random
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

from benchmarks.contenders.rescanner import catalogue
from benchmarks.sample_videos import WORDS
from benchmarks.turns import serve
from mustela.commands.process import settle
from mustela.files.children import Children
from mustela.files.root import AsyncRootRepository
from mustela.files.root_directory import inspect
from mustela.files.scan import scan
from mustela.files.scan_target import Found
from mustela.store import AsyncStore
from mustela.video.probed import Probe
from mustela.video.repository import AsyncVideoRepository
from mustela.video.scan_target import VideoScanTarget

#: Two children read about a thousand small files a second.
FOUND, EACH_SECONDS = 250, 0.25


class Busy:
    """What goes on besides, between ``start`` and ``stop``."""

    def __init__(self, store: AsyncStore, children: Children, root_id: str, elsewhere: str) -> None:
        self._store = store
        self._children = children
        self._root_id = root_id
        self._elsewhere = elsewhere
        self._videos = AsyncVideoRepository(store)
        self._numbers = count(random.randrange(2**40))
        self._tasks: list[asyncio.Task[None]] = []
        self.done = {"searches": 0, "scans": 0, "stored": 0}

    def start(self) -> None:
        work = (self._search(), self._search(), self._scan(), self._store_found())
        self._tasks = [asyncio.create_task(one) for one in work]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _search(self) -> None:
        while True:
            await self._videos.search(" ".join(random.sample(WORDS, random.randint(1, 2))))
            self.done["searches"] += 1

    async def _scan(self) -> None:
        target = VideoScanTarget(self._videos)
        while True:
            await scan(self._store, self._children, target, self._root_id)
            self.done["scans"] += 1

    async def _store_found(self) -> None:
        while True:
            found = []
            for _ in range(FOUND):
                number = next(self._numbers)
                details = Probe(container="mp4", fingerprint=f"{number:016x}", file_size=number)
                found.append(Found(f"new/{number}.mp4", number, number, details))
            await self._videos.store_found(self._elsewhere, found)
            self.done["stored"] += len(found)
            await asyncio.sleep(EACH_SECONDS)


async def _elsewhere(roots: AsyncRootRepository, tree: str) -> str:
    """A second root, for files that nobody walks over."""
    directory = _directory_beside(tree)
    known = {root.path: root.id for root in await roots.list_roots()}
    return known.get(directory) or (await roots.add(inspect(directory), collections=["video"])).id


def _directory_beside(tree: str) -> str:
    directory = Path(f"{tree}-elsewhere")
    directory.mkdir(exist_ok=True)
    return str(directory)


async def main(database: str, tree: str) -> None:
    settle()  # as the server does
    async with AsyncStore.open(database) as store, Children(size=2) as children:
        videos = AsyncVideoRepository(store)
        ids = [video.id for video in await videos.list_videos(100_000)]
        roots = AsyncRootRepository(store)
        found = await roots.list_roots()
        root = found[0] if found else await roots.add(inspect(tree), collections=["video"])
        if not found:
            for page in catalogue(tree):
                await videos.store_found(root.id, page)
        busy = Busy(store, children, root.id, await _elsewhere(roots, tree))

        async def get() -> object:
            return await videos.get(random.choice(ids))

        async def begin() -> None:
            busy.start()
            await asyncio.sleep(0.1)

        await serve({"get": get, "begin": begin, "stop": busy.stop})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
