"""The socket on which ``mustela serve`` listens."""

from __future__ import annotations

import asyncio
import socket

import pytest

from mustela.commands.serve import PortTaken, _listen
from mustela.settings import Settings


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_an_answer_does_not_wait_for_the_client_to_acknowledge_its_head(host: str) -> None:
    """Connections send at once, instead of 40 ms later where a client stays connected."""
    at_once: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        connection: socket.socket = writer.get_extra_info("socket")
        at_once.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    try:
        listener = _listen(Settings(host=host, port=0))
    except PortTaken as error:  # a machine without IPv6
        pytest.skip(f"{host}: {error}")
    async with await asyncio.start_server(accepted, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        assert await asyncio.wait_for(at_once, 20)
        writer.close()
        await writer.wait_closed()
