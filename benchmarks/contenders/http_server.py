"""The server with one worker.

``http_server SERVER LOOP PARSER DATABASE CACHE_BYTES KEPT_BYTES PORT``; the first bytes are those
of answers, the second those of encoded records.

``/bare`` is a FastAPI handler that returns a ``Response``, behind the same middlewares. It stands
first among the routes, so that finding it costs nothing.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.responses import Response

from mustela.app import create_app
from mustela.commands.process import settle
from mustela.settings import Settings
from mustela.store import AsyncStore

#: As long as the answer of ``GET /videos/{id}``.
BODY = b'{"text": "' + b"x" * 1100 + b'"}'


async def bare() -> Response:
    return Response(BODY, media_type="application/json")


def make_app(database: str, cache_bytes: int, kept_bytes: int) -> FastAPI:
    data_dir = Path(tempfile.mkdtemp(prefix="mustela-bench-http-"))
    settings = Settings(data_dir=data_dir, cache_bytes=cache_bytes)
    app = create_app(settings, store=AsyncStore.open(database, kept_bytes=kept_bytes))
    app.router.routes.insert(0, APIRoute("/bare", bare, methods=["GET"]))
    return app


async def serve_uvicorn(app: FastAPI, port: int, parser: Any) -> None:
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http=parser,
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,
        ws="none",
    )
    await uvicorn.Server(config).serve()


async def serve_granian(app: FastAPI, port: int) -> None:
    # Not there where only the tools of the tests are installed.
    server = import_module("granian.server.embed").Server(
        app,
        address="127.0.0.1",
        port=port,
        interface=import_module("granian.constants").Interfaces.ASGI,
        log_enabled=False,
    )
    await server.serve()


def main(
    server: str,
    loop: str,
    parser: str,
    database: str,
    cache_bytes: str,
    kept_bytes: str,
    port: str,
) -> None:
    app = make_app(database, int(cache_bytes), int(kept_bytes))
    settle()
    work = (
        serve_granian(app, int(port))
        if server == "granian"
        else serve_uvicorn(app, int(port), parser)
    )
    factory = None
    if loop == "uvloop":
        factory = import_module("uvloop").new_event_loop  # there is none on every platform
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    main(*sys.argv[1:])
