"""A running server over products that tests make, each below one root."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from fastapi import FastAPI

from mustela.app import create_app
from mustela.collection import SERVICES, Services
from mustela.files.children import Children
from mustela.files.path_text import encode
from mustela.files.root import AsyncRootRepository
from mustela.files.root_directory import inspect
from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository
from mustela.settings import Settings
from tests.in_process import InProcess

API = "/api/v1"


class Archive:
    """The server, what it was put together from, and the directory of its products."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient, directory: Path) -> None:
        self.app = app
        self.client = client
        self.directory = directory
        self.services = services_of(app)
        self.images = self.services.repository(AsyncImageRepository)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(f"{API}{path}", **options)

    async def add_image(self, path: Path, id: str, **fields: Any) -> Image:
        """The record of a file that is there, as a scan would write it."""
        status = path.stat()
        said = {"file_size": status.st_size, "mtime_ns": status.st_mtime_ns}
        return await self.images.add(Image(id=id, path=encode(bytes(path)), **{**said, **fields}))


@asynccontextmanager
async def an_archive(
    tmp_path: Path, children: type[Children] = InProcess, **settings: Any
) -> AsyncIterator[Archive]:
    """A server whose one root is the (new) directory ``products``."""
    directory = tmp_path / "products"
    directory.mkdir()
    chosen = Settings.load(environ={}, data_dir=tmp_path / "data", children=1, **settings)
    with patch("mustela.app.Children", children):
        app = create_app(chosen)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        archive = Archive(app, client, directory)
        roots = archive.services.repository(AsyncRootRepository)
        await roots.add(inspect(directory), collections=["radio"])
        yield archive


def services_of(app: Any) -> Services:
    """What the server gave to its collections."""
    (middleware,) = [one for one in app.user_middleware if "provided" in one.kwargs]
    services: Services = middleware.kwargs["provided"][SERVICES]
    return services
