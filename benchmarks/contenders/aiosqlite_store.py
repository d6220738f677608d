"""The same statements through aiosqlite, on one shared connection: ``aiosqlite_store DATABASE``."""

from __future__ import annotations

import asyncio
import random
import sys
from importlib import import_module
from typing import Any

from benchmarks.sample_videos import NewVideos
from benchmarks.statements import UnitOnConnection, list_query, query_of
from benchmarks.turns import serve
from mustela.commands.process import settle

#: Not there where only the tools of the tests are installed.
aiosqlite: Any = import_module("aiosqlite")

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "cache_size = -16384",
    "mmap_size = 268435456",
    "wal_autocheckpoint = 4000",
)


async def main(path: str) -> None:
    database = await aiosqlite.connect(path)
    for pragma in PRAGMAS:
        await database.execute(f"PRAGMA {pragma}")
    ids = [row[0] for row in await database.execute_fetchall("SELECT id FROM videos")]
    new = NewVideos()
    lock = asyncio.Lock()

    get_sql, _ = query_of("get", "")
    list_sql, list_values = list_query(100)

    async def get() -> object:
        cursor = await database.execute(get_sql, {"id": random.choice(ids)})
        return await cursor.fetchone()

    async def list_videos() -> object:
        cursor = await database.execute(list_sql, list_values)
        return await cursor.fetchall()

    def new_unit() -> UnitOnConnection:
        return UnitOnConnection("add", new.one())

    async def add() -> object:
        """Correct: nobody else's statements come between a unit's and its commit."""
        unit = new_unit()
        async with lock:
            added = await unit.run(database)
            await database.commit()
        return added

    async def add_unlocked() -> object:
        """Incorrect: a commit or a rollback takes the neighbours' statements with it."""
        added = await new_unit().run(database)
        await database.commit()
        return added

    settle()  # like the others
    await serve({"get": get, "list": list_videos, "add": add, "add_unlocked": add_unlocked})
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
