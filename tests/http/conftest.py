"""A server with a collection of toys, on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
from fastapi import FastAPI

from mustela.app import create_app
from mustela.files.schema import files_metadata
from mustela.jobs.in_memory import InMemoryJobQueue
from mustela.jobs.schema import jobs_metadata
from mustela.settings import Settings
from mustela.store import AsyncStore
from tests.http.toy_collection import TOYS
from tests.store.toys import AsyncToys, toy_metadata


class Server:
    """A running application, and a client of it."""

    def __init__(self, app: FastAPI, store: AsyncStore, data_dir: Path) -> None:
        self.app = app
        self.store = store
        self.data_dir = data_dir
        self.toys = AsyncToys(store)
        self.client = self.client_from("http://localhost")

    def client_from(self, base_url: str, **headers: str) -> httpx.AsyncClient:
        """A client that calls the server by another name, or with other headers."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=base_url, headers=headers
        )


OpenServer: TypeAlias = Callable[..., AbstractAsyncContextManager[Server]]


@pytest.fixture
def open_server(tmp_path: Path) -> OpenServer:
    """``async with open_server(port=1) as server``: settings by name."""

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[Server]:
        chosen = Settings.load(environ={}, data_dir=tmp_path, **settings)
        url = f"sqlite:///{tmp_path / 'toys.db'}"
        create = [toy_metadata, jobs_metadata, files_metadata]
        async with AsyncStore.open(url, create=create, synchronous="OFF") as store:
            app = create_app(
                chosen, store=store, job_queue=InMemoryJobQueue(store), with_collections=[TOYS]
            )
            async with app.router.lifespan_context(app):
                server = Server(app, store, tmp_path)
                async with server.client:
                    yield server

    return opened


@pytest.fixture
async def server(open_server: OpenServer) -> AsyncIterator[Server]:
    """A server as it is on loopback, with the default settings."""
    async with open_server() as running:
        yield running
