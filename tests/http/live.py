"""A real server on a real socket, for what only sockets show."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[tuple[str, int]]:
    """Serve an application on a free port of the loopback interface."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        server.capture_signals = _no_signals  # type: ignore[method-assign, assignment]
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield listening.getsockname()
        finally:
            server.should_exit = True
            await task


class _no_signals:  # noqa: N801  # stands in for a method
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
