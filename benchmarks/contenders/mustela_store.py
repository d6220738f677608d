"""Mustela's own store: ``mustela_store DATABASE [KEPT_BYTES]``."""

from __future__ import annotations

import asyncio
import random
import sys

from sqlalchemy import select

from benchmarks.sample_videos import NewVideos
from benchmarks.turns import serve
from mustela.commands.process import settle
from mustela.store import AsyncRepository, AsyncStore, Statement, Unit, all, heavy_read
from mustela.store.kept_records import KEPT_BYTES
from mustela.video.repository import AsyncVideoRepository
from mustela.video.schema import videos as videos_table

_IDS = Statement(select(videos_table.c.id))


class Ids(AsyncRepository):
    """All ids and nothing else, as the peers read them: a hundred thousand records, made and let go
    at once, would leave the memory in pieces."""

    @heavy_read
    def ids(self) -> Unit[list[str]]:
        return (yield from all(_IDS, str))


async def main(database: str, kept_bytes: int = KEPT_BYTES) -> None:
    async with AsyncStore.open(database, kept_bytes=kept_bytes) as store:
        videos = AsyncVideoRepository(store)
        ids = await Ids(store).ids()
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
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
