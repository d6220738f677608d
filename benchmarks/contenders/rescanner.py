"""A scan in a process of its own: ``rescanner DATABASE TREE``.

Where there is no database yet it makes one, catalogues the tree, and ends. The records are written
directly: reading files is measured elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import msgspec

from benchmarks.turns import answer
from mustela.files.children import Children
from mustela.files.root import AsyncRootRepository
from mustela.files.root_directory import inspect
from mustela.files.scan import scan
from mustela.files.scan_target import Found
from mustela.files.schema import files_metadata
from mustela.store import AsyncStore
from mustela.video.probed import Probe
from mustela.video.repository import AsyncVideoRepository
from mustela.video.scan_target import VideoScanTarget
from mustela.video.schema import video_metadata


def catalogue(tree: str) -> list[list[Found]]:
    """What a first scan would have found, a directory at a time."""
    number = 0
    pages = []
    for parent, _, names in os.walk(tree):
        page = []
        for name in names:
            status = os.stat(f"{parent}/{name}")  # noqa: PTH116  # as a bare walk does
            number += 1
            details = Probe(container="mp4", fingerprint=f"{number:016x}", file_size=1)
            below = f"{parent}/{name}"[len(tree) + 1 :]
            page.append(Found(below, status.st_size, status.st_mtime_ns, details))
        if page:
            pages.append(page)
    return pages


async def fill(database: str, tree: str) -> None:
    """In a process of its own, so that its memory does not count."""
    async with AsyncStore.open(database, create=(files_metadata, video_metadata)) as store:
        root = await AsyncRootRepository(store).add(inspect(tree), collections=["video"])
        videos = AsyncVideoRepository(store)
        for page in catalogue(tree):
            await videos.store_found(root.id, page)


async def main(database: str, tree: str) -> None:
    async with AsyncStore.open(database) as store, Children(size=2) as children:
        (root,) = await AsyncRootRepository(store).list_roots()
        target = VideoScanTarget(AsyncVideoRepository(store))
        answer({"ready": True})
        while await asyncio.to_thread(sys.stdin.buffer.readline):
            start = time.perf_counter()
            result = await scan(store, children, target, root.id)
            answer(
                {
                    "seconds": time.perf_counter() - start,
                    "unchanged": result.unchanged,
                    "result": msgspec.to_builtins(result),
                }
            )


if __name__ == "__main__":
    work = main if Path(sys.argv[1]).exists() else fill
    asyncio.run(work(sys.argv[1], sys.argv[2]))
