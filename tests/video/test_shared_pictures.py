"""Servers that share a directory of pictures, and what they do while it is not mounted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mustela.app import create_app
from mustela.collection import SERVICES, Services
from mustela.files.picture_store import MARK
from mustela.files.root import AsyncRootRepository
from mustela.files.root_directory import inspect
from mustela.files.scan import scan
from mustela.settings import Settings
from mustela.system.checkup import Checkup, checkup_of
from mustela.video.repository import AsyncVideoRepository
from mustela.video.scan_target import VideoScanTarget
from tests.make_video import make_video


@asynccontextmanager
async def server(tmp_path: Path, name: str) -> AsyncIterator[tuple[httpx.AsyncClient, Services]]:
    """One of several on one database, each with a data directory of its own."""
    settings = Settings.load(
        environ={},
        data_dir=tmp_path / name,
        database_url=f"sqlite:///{tmp_path}/shared.db",
        pictures_dir=tmp_path / "share",
        children=1,
    )
    app = create_app(settings)
    provided: Any = app.user_middleware[0].kwargs["provided"]
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://localhost/api/v1",
    )
    async with app.router.lifespan_context(app), client:
        yield client, provided[SERVICES]


async def state(client: httpx.AsyncClient, services: Services) -> tuple[str, str]:
    services.parts[Checkup] = checkup_of(services, ())
    found = (await client.get("/services/status/pictures")).json()
    return found["state"], found["message"]


async def test_a_picture_that_one_made_is_there_for_all_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films, share = tmp_path / "films", tmp_path / "share"
    films.mkdir()
    make_video(films / "red.mp4", frames=12)
    async with server(tmp_path, "one") as (client, services):
        root = await services.repository(AsyncRootRepository).add(
            inspect(films), collections=["video"]
        )
        videos = services.repository(AsyncVideoRepository)
        await scan(services.store, services.children, VideoScanTarget(videos), root.id)
        (video,) = await videos.list_videos()
        address = f"/videos/{video.id}/thumbnail"

        refused = await client.get(address)
        assert (refused.status_code, refused.json()["code"]) == (503, "pictures_unreachable")
        assert "is the share mounted?" in refused.json()["detail"]
        found, said = await state(client, services)
        assert found == "down"
        assert "is not there; mount it" in said
        assert not share.exists()

        share.mkdir()  # where it would be mounted
        assert (await client.get(address)).status_code == 503
        assert await state(client, services) == (
            "down",
            f"{share} does not bear the mark of a directory of pictures: mount the share, or, "
            f"where this is a new one, make the file {share / MARK}",
        )
        assert list(share.iterdir()) == []

        (share / MARK).touch()
        made = await client.get(address)
        assert made.status_code == 200
        assert await state(client, services) == ("ok", f"{share} is there")
        assert not (tmp_path / "one" / "pictures").exists()

    async with server(tmp_path, "two") as (client, services):

        async def never(*_: object, **__: object) -> None:
            raise AssertionError("it is made once")

        monkeypatch.setattr(services.children, "run", never)
        assert (await client.get(address)).content == made.content
