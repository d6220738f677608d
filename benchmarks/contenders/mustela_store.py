"""Mustela's own store: ``mustela_store DATABASE``."""

from __future__ import annotations

import asyncio
import random
import sys

from benchmarks.sample_videos import NewVideos
from benchmarks.turns import serve
from mustela.commands.process import settle
from mustela.store import AsyncStore
from mustela.video.repository import AsyncVideoRepository


async def main(database: str) -> None:
    async with AsyncStore.open(database) as store:
        videos = AsyncVideoRepository(store)
        ids = [video.id for video in await videos.list_videos(1_000_000)]
        new = NewVideos()

        async def get() -> object:
            return await videos.get(random.choice(ids))

        async def list_videos() -> object:
            return await videos.list_videos(100)

        async def add() -> object:
            return await videos.add(new.one())

        settle()  # as a server does, and the other contenders
        await serve({"get": get, "list": list_videos, "add": add})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
