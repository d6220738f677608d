"""advanced-alchemy's repository with a session for each call: ``alchemy_store DATABASE``."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from benchmarks.turns import serve
from mustela.commands.process import settle
from mustela.video.schema import video_metadata, videos

#: Not there where only the tools of the tests are installed.
config: Any = import_module("advanced_alchemy.config")
repository: Any = import_module("advanced_alchemy.repository")


class Base(DeclarativeBase):
    metadata = video_metadata


class VideoModel(Base):
    """The columns of the table; without the path of the root, which ours joins."""

    __table__ = videos
    __mapper_args__ = {"primary_key": [videos.c.id]}  # noqa: RUF012  # as SQLAlchemy declares it


#: The repository's class: ``class Videos(SQLAlchemyAsyncRepository[VideoModel])``.
Videos: Any = type("Videos", (repository.SQLAlchemyAsyncRepository,), {"model_type": VideoModel})


def sessions(path: str, **pool: int) -> Callable[[], AsyncSession]:
    made: Callable[[], AsyncSession] = config.SQLAlchemyAsyncConfig(
        connection_string=f"sqlite+aiosqlite:///{path}",
        session_config=config.AsyncSessionConfig(expire_on_commit=False),
        engine_config=config.EngineConfig(**pool),
    ).create_session_maker()
    return made


async def main(path: str) -> None:
    as_is = sessions(path)
    tuned = sessions(path, pool_size=32)  # a connection for each task
    async with as_is() as session:
        ids = list(await session.scalars(select(videos.c.id)))

    async def get() -> object:
        async with as_is() as session:
            return await Videos(session=session).get(random.choice(ids))

    async def get_tuned() -> object:
        async with tuned() as session:
            return await Videos(session=session).get(random.choice(ids))

    settle()  # like the others
    await serve({"get": get, "get_tuned": get_tuned})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
