"""A server that speaks as much of Redis' protocol as the shared cache needs, and misbehaves.

Each ``mode`` is one way in which a server can fail those who ask it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, get_args

Mode = Literal[
    "well",  # GET, SET, PING and what a client says of itself
    "hangs",  # takes connections, and says nothing
    "drops",  # closes each connection at the first question
    "drops_in_the_middle",  # of its answer
    "garbage",  # what is no protocol at all
    "error",  # an error for each question
    "no_memory",  # an error for each SET, as a server that is full gives
    "other_value",  # the value of another name
    "other_kind",  # a number where a value was asked for
    "nested",  # lists in lists without an end
    "endless",  # a value that is announced as larger than the machine
]
MODES: tuple[Mode, ...] = get_args(Mode)


class FakeRedis:
    """What is kept, and how the server behaves; both may be changed while it runs."""

    def __init__(self) -> None:
        self.mode: Mode = "well"
        self.kept: dict[bytes, bytes] = {}
        self.lifetimes: dict[bytes, int] = {}
        self.asked: list[bytes] = []
        self.url = ""

    def questions(self, word: bytes) -> int:
        """How often a command was given."""
        return self.asked.count(word)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (words := await _command(reader)) is not None:
                self.asked.append(words[0].upper())
                answer = self._answer(words)
                if answer is None:
                    continue
                writer.write(answer)
                await writer.drain()
                if self.mode in {"drops", "drops_in_the_middle"}:
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    def _answer(self, words: list[bytes]) -> bytes | None:
        match self.mode:
            case "hangs":
                return None
            case "drops":
                return b""
            case "drops_in_the_middle":
                return b"$1000\r\nabc"
            case "garbage":
                return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
            case "error":
                return b"-LOADING Redis is loading the dataset in memory\r\n"
            case "no_memory" if words[0].upper() == b"SET":
                return b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"
            case "other_kind":
                return b":42\r\n"
            case "nested":
                return b"*1\r\n" * 5000
            case "endless":
                return b"$999999999999999\r\nabc"
            case _:
                return self._well(words)

    def _well(self, words: list[bytes]) -> bytes:
        match [words[0].upper(), *words[1:]]:
            case [b"GET", name]:
                if self.mode == "other_value":
                    name = next((one for one in self.kept if one != name), name)
                value = self.kept.get(name)
                return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)
            case [b"SET", name, value, b"EX", seconds]:
                self.kept[name], self.lifetimes[name] = value, int(seconds)
                return b"+OK\r\n"
            case [b"PING"]:
                return b"+PONG\r\n"
            case _:
                return b"+OK\r\n"


async def _command(reader: asyncio.StreamReader) -> list[bytes] | None:
    """The words of a command; None at the end."""
    line = await reader.readline()
    if not line.startswith(b"*"):
        return None
    words = []
    for _ in range(int(line[1:])):
        length = int((await reader.readline())[1:])
        words.append((await reader.readexactly(length + 2))[:-2])
    return words


@asynccontextmanager
async def fake_redis() -> AsyncIterator[FakeRedis]:
    """One that runs."""
    fake = FakeRedis()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0, limit=2**22)
    fake.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
