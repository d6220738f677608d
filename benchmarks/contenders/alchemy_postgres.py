"""SQLAlchemy's async session on psycopg, one for each call: ``alchemy_postgres URL``."""

from __future__ import annotations

import asyncio
import random
import sys

from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from benchmarks.turns import serve
from mustela.commands.process import settle
from mustela.video.schema import video_metadata, videos

#: As many as ours has.
CONNECTIONS = 10


class Base(DeclarativeBase):
    metadata = video_metadata


class VideoModel(Base):
    """The columns of the table; without the path of the root, which ours joins."""

    __table__ = videos
    __mapper_args__ = {"primary_key": [videos.c.id]}  # noqa: RUF012  # as SQLAlchemy declares it


_NEWEST = select(VideoModel).order_by(videos.c.created_at.desc(), videos.c.id.desc()).limit(100)


async def main(url: str) -> None:
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+psycopg://"),
        pool_size=CONNECTIONS,
        max_overflow=0,
    )
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    async with sessions() as session:
        ids = list(await session.scalars(select(videos.c.id)))

    async def get() -> object:
        async with sessions() as session:
            return await session.get(VideoModel, random.choice(ids))

    async def list_videos() -> object:
        async with sessions() as session:
            return list(await session.scalars(_NEWEST))

    settle()  # like the others
    await serve({"get": get, "list": list_videos})
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
