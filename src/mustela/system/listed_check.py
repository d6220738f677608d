"""Does a listed service answer? A connection for ``tcp``, a GET for ``http`` and ``https``."""

from __future__ import annotations

import asyncio
import socket
import ssl

import mustela
from mustela.collection import Check, Finding
from mustela.system.aside import Aside
from mustela.system.listed_service import ListedService

#: The first line of an answer is no longer than this (bytes).
_LONGEST_LINE = 4096


def check_of(service: ListedService, aside: Aside) -> Check:
    """The check of one service. Nothing is sent but the one request, and nothing is kept open."""

    async def check() -> Finding:
        reader, writer = await _connect(service, aside)
        try:
            if service.scheme == "tcp":
                return Finding("ok", "takes connections")
            return _judged(await _status(service, reader, writer))
        finally:
            writer.transport.abort()

    return check


async def _connect(
    service: ListedService, aside: Aside
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the first of its addresses that answers. Names are looked up aside: that may hang."""
    found = await aside.call(
        f"resolve {service.host}",
        lambda: socket.getaddrinfo(service.host, service.port, type=socket.SOCK_STREAM),
    )
    secure = ssl.create_default_context() if service.scheme == "https" else None
    failed: OSError | None = None
    for address in dict.fromkeys(str(one[4][0]) for one in found):
        try:
            return await asyncio.open_connection(
                address,
                service.port,
                limit=_LONGEST_LINE,
                ssl=secure,
                server_hostname=service.host if secure else None,
            )
        except OSError as error:
            failed = error
    raise failed or OSError(f"{service.host} has no address")


async def _status(
    service: ListedService, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> int:
    host = f"[{service.host}]" if ":" in service.host else service.host
    writer.write(
        f"GET {service.path} HTTP/1.1\r\nHost: {host}:{service.port}\r\nAccept: */*\r\n"
        f"User-Agent: mustela/{mustela.__version__}\r\nConnection: close\r\n\r\n".encode()
    )
    await writer.drain()
    try:
        line = await reader.readline()
        protocol, status, *_ = line.decode("latin-1").split()
        if not protocol.startswith("HTTP/"):
            raise ValueError(protocol)
        return int(status)
    except ValueError as error:  # too long a line is one too
        raise OSError("what answers does not speak HTTP") from error


def _judged(status: int) -> Finding:
    if status < 400:
        return Finding("ok", f"answers {status}")
    if status < 500:
        return Finding("degraded", f"answers {status}: is the path right?")
    return Finding("down", f"answers {status}")
