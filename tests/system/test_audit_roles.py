"""An undo is a change like any other: it needs the same role, and leaves nothing astray."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mustela.app import create_app
from mustela.collection import SERVICES, Services
from mustela.settings import Settings
from mustela.video.record import Video
from mustela.video.repository import AsyncVideoRepository

WRITE, ADMIN = "writer-0123456789", "admin--0123456789"


class Catalog:
    """A server with one root and one video in it."""

    def __init__(self, client: httpx.AsyncClient, root: dict[str, Any], video: str) -> None:
        self.client = client
        self.root = root
        self.video = video

    async def send(self, token: str, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.client.request(method, path, headers=headers, **options)

    async def entries(self, topic: str, action: str) -> list[dict[str, Any]]:
        answer = await self.send(ADMIN, "GET", f"/audit?topic={topic}")
        return [entry for entry in answer.json()["items"] if entry["action"] == action]

    async def undo(self, token: str, entry: dict[str, Any]) -> tuple[int, str]:
        answer = await self.send(token, "POST", f"/audit/{entry['id']}/revert")
        return answer.status_code, answer.json().get("code", "")


@pytest.fixture
async def catalog(tmp_path: Path) -> AsyncIterator[Catalog]:
    directory = tmp_path / "films"
    directory.mkdir()
    settings = Settings.load(
        environ={},
        data_dir=tmp_path / "data",
        tokens=[f"write:{WRITE}", f"admin:{ADMIN}"],
        require_tokens=True,
    )
    app = create_app(settings)
    provided: Any = app.user_middleware[0].kwargs["provided"]
    services: Services = provided[SERVICES]
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        headers = {"Authorization": f"Bearer {ADMIN}"}
        body = {"path": str(directory)}
        root = (await client.post("/roots", json=body, headers=headers)).json()
        videos = services.repository(AsyncVideoRepository)
        video = await videos.add(Video(path=f"{root['path']}/a.mp4"))
        yield Catalog(client, root, video.id)


async def test_who_may_not_change_roots_may_not_undo_their_changes(
    catalog: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    url = f"/roots/{catalog.root['id']}"
    body = {"path": str(tmp_path / "other")}
    assert (await catalog.send(ADMIN, "PATCH", url, json=body)).status_code == 200
    (moved,) = await catalog.entries("roots", "update")
    assert await catalog.undo(WRITE, moved) == (409, "not_revertible")
    assert await catalog.undo(ADMIN, moved) == (200, "")
    assert (await catalog.send(ADMIN, "GET", url)).json()["path"] == catalog.root["path"]


async def test_an_undo_takes_no_root_from_its_records(catalog: Catalog) -> None:
    (added,) = await catalog.entries("roots", "insert")
    for token in (WRITE, ADMIN):
        assert await catalog.undo(token, added) == (409, "not_revertible")
    await catalog.send(ADMIN, "DELETE", f"/videos/{catalog.video}")
    assert await catalog.undo(ADMIN, added) == (200, "")
    (deleted,) = await catalog.entries("video", "delete")
    assert await catalog.undo(ADMIN, deleted) == (409, "not_revertible")
    (undone,) = await catalog.entries("roots", "delete")
    assert await catalog.undo(ADMIN, undone) == (200, "")
    assert await catalog.undo(ADMIN, deleted) == (200, "")
    video = (await catalog.send(WRITE, "GET", f"/videos/{catalog.video}")).json()
    assert video["root_id"] == catalog.root["id"]


async def test_an_undo_makes_no_root_inside_of_another(catalog: Catalog, tmp_path: Path) -> None:
    url = f"/roots/{catalog.root['id']}"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "films" / "inside").mkdir()
    moved = {"path": str(tmp_path / "elsewhere")}
    assert (await catalog.send(ADMIN, "PATCH", url, json=moved)).status_code == 200
    inside = {"path": str(tmp_path / "films" / "inside")}
    assert (await catalog.send(ADMIN, "POST", "/roots", json=inside)).status_code == 201
    (move,) = await catalog.entries("roots", "update")
    assert await catalog.undo(ADMIN, move) == (409, "not_revertible")
    assert (await catalog.send(ADMIN, "DELETE", url)).status_code == 204
    (tmp_path / "elsewhere" / "deep").mkdir()
    around = {"path": str(tmp_path / "elsewhere" / "deep")}
    assert (await catalog.send(ADMIN, "POST", "/roots", json=around)).status_code == 201
    (removed,) = await catalog.entries("roots", "delete")
    assert await catalog.undo(ADMIN, removed) == (409, "not_revertible")
    roots = (await catalog.send(ADMIN, "GET", "/roots")).json()
    assert [root["path"] for root in roots["items"]] == [around["path"], inside["path"]]
