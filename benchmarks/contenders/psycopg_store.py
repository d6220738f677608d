"""psycopg's async connections by themselves: ``psycopg_store URL``.

A pool, autocommit, one prepared statement for each read, its rows made into the same records.
"""

from __future__ import annotations

import asyncio
import random
import sys
from typing import Any

from psycopg_pool import AsyncConnectionPool

from benchmarks.sample_videos import NewVideos
from benchmarks.statements import UnitOnPostgres, list_query, query_of
from benchmarks.turns import serve
from mustela.commands.process import settle
from mustela.store.postgres.steps import DIALECT
from mustela.video.record import Video

#: As many as ours has.
CONNECTIONS = 10


async def main(url: str) -> None:
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        url,
        min_size=CONNECTIONS,
        max_size=CONNECTIONS,
        kwargs={"autocommit": True, "prepare_threshold": 0},
        open=False,
    )
    async with pool:
        async with pool.connection() as connection:
            found = await connection.execute("SELECT id FROM videos")
            ids = [id for (id,) in await found.fetchall()]
        get_sql, get_values = query_of("get", "", dialect=DIALECT)
        list_sql, list_values = list_query(100, dialect=DIALECT)
        new = NewVideos()

        async def get() -> object:
            async with pool.connection() as connection:
                found = await connection.execute(get_sql, {**get_values, "id": random.choice(ids)})
                row = await found.fetchone()
                return Video.from_row(*row)

        async def list_videos() -> object:
            async with pool.connection() as connection:
                found = await connection.execute(list_sql, list_values)
                return [Video.from_row(*row) for row in await found.fetchall()]

        async def add() -> object:
            async with pool.connection() as connection, connection.transaction():
                return await UnitOnPostgres("add", new.one()).run(connection)

        settle()  # like the others
        await serve({"get": get, "list": list_videos, "add": add})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
