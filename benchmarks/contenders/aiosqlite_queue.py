"""A plain queue on aiosqlite: ``aiosqlite_queue DATABASE``.

One connection and a lock around each transaction: insert, claim and finish are each committed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from importlib import import_module
from typing import Any

from benchmarks.turns import serve

#: Not there where only the tools of the tests are installed.
aiosqlite: Any = import_module("aiosqlite")

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, payload TEXT NOT NULL,
    status TEXT NOT NULL, result TEXT, created_at REAL NOT NULL,
    started_at REAL, finished_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_pending ON jobs (seq) WHERE status = 'pending';
"""
ADD = "INSERT INTO jobs (id, type, payload, status, created_at) VALUES (?, 'noop', ?, 'pending', ?)"
CLAIM = """
UPDATE jobs SET status = 'running', started_at = ?
WHERE seq = (SELECT seq FROM jobs WHERE status = 'pending' ORDER BY seq LIMIT 1)
RETURNING id, type, payload
"""
FINISH = """
UPDATE jobs SET status = 'completed', finished_at = ?, result = ? WHERE id = ?
"""
FILL = 40_000


async def main(path: str) -> None:
    database = await aiosqlite.connect(path)
    await database.executescript(SCHEMA)
    lock = asyncio.Lock()

    async def enqueue() -> None:
        async with lock:
            await database.execute(ADD, (str(uuid.uuid4()), json.dumps({"n": 1}), time.time()))
            await database.commit()

    async def execute() -> None:
        async with lock:
            rows = list(await database.execute_fetchall(CLAIM, (time.time(),)))
            await database.commit()
        if not rows:
            raise RuntimeError("no job waits: fill it with more")
        id, _, payload = rows[0]
        await no_op(json.loads(payload))
        async with lock:
            await database.execute(FINISH, (time.time(), json.dumps(None), id))
            await database.commit()

    async def no_op(payload: dict[str, int]) -> None:
        del payload

    async def hold() -> None:
        """Nothing runs by itself here."""

    async def fill() -> None:
        await database.execute("DELETE FROM jobs WHERE status = 'pending'")
        rows = [(str(uuid.uuid4()), '{"n": 1}', time.time()) for _ in range(FILL)]
        await database.executemany(ADD, rows)
        await database.commit()

    try:
        await serve({"enqueue": enqueue, "execute": execute, "fill": fill, "hold": hold})
    finally:
        await database.close()  # its thread would keep the process


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
