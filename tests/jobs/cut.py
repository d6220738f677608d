"""The way of one machine to the database, which a test can cut."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict


class Way:
    """A Unix socket that leads to the server of ``target``; ``url`` leads through it."""

    def __init__(self, target: str, directory: Path) -> None:
        said = conninfo_to_dict(target)
        self._host, self._port = str(said["host"]), int(said.get("port") or 5432)
        self._socket = directory / ".s.PGSQL.5432"
        user, name = said["user"], said["dbname"]
        password = f":{quote(str(said['password']))}" if "password" in said else ""
        self.url = f"postgresql://{user}{password}@/{name}?host={quote(str(directory), safe='')}"
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def mend(self) -> None:
        """Connections can be made."""
        self._server = await asyncio.start_unix_server(self._lead, self._socket)

    async def cut(self) -> None:
        """Every connection ends, and none can be made."""
        if self._server is not None:
            self._server.close()
        self._socket.unlink(missing_ok=True)
        for writer in self._open:
            writer.transport.abort()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._host.startswith("/"):
            there = await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        else:
            there = await asyncio.open_connection(self._host, self._port)
        self._open |= {writer, there[1]}
        for source, target in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self._pass_on(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                target.write(data)
                await target.drain()
        self._open.discard(target)
        target.transport.abort()


@asynccontextmanager
async def way_to(target: str) -> AsyncIterator[Way]:
    """A way that is open."""
    with tempfile.TemporaryDirectory(prefix="mustela-way-", dir="/tmp") as directory:
        way = Way(target, Path(directory))
        await way.mend()
        try:
            yield way
        finally:
            await way.cut()
            if way._tasks:
                await asyncio.wait(way._tasks)
