"""Roots over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from mustela.app import create_app
from mustela.collection import Collection, Installed, Services
from mustela.settings import Settings
from mustela.store import Unit
from tests.http.toy_collection import TOYS

left: list[str] = []


def install(services: Services) -> Installed:
    def leave_root(id: str) -> Unit[int]:
        left.append(id)
        yield from ()
        return 0

    return replace(TOYS.install(services), leave_root=leave_root)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    left.clear()
    settings = Settings.load(
        environ={}, data_dir=tmp_path / "data", database_url="sqlite:///:memory:"
    )
    toys = Collection("toys", "Toys", TOYS.branches, install)
    app = create_app(settings, with_collections=[toys])
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        yield client


async def test_a_root_comes_changes_moves_and_goes(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    films, other = tmp_path / "films", tmp_path / "other"
    films.mkdir()
    other.mkdir()
    added = await client.post("/roots", json={"path": str(films), "exclude": ["*.tmp"]})
    assert added.status_code == 201
    root = added.json()
    assert (root["name"], root["collections"], root["exclude"]) == ("films", ["toys"], ["*.tmp"])
    location = added.headers["location"].removeprefix("/api/v1")
    assert (await client.get(location)).json() == root
    assert (await client.get("/roots")).json() == {"items": [root]}

    changed = await client.patch(location, json={"name": "Films", "recursive": False})
    assert (changed.json()["name"], changed.json()["recursive"]) == ("Films", False)
    moved = await client.patch(location, json={"path": str(other), "collections": []})
    assert (moved.json()["path"], moved.json()["collections"]) == (str(other), [])
    assert (await client.get(location)).json() == moved.json()

    assert (await client.delete(location)).status_code == 204
    assert left == [root["id"]]
    assert (await client.get("/roots")).json() == {"items": []}
    for method in ("GET", "DELETE"):
        assert (await client.request(method, location)).status_code == 404


async def test_what_cannot_be_a_root_is_refused(client: httpx.AsyncClient, tmp_path: Path) -> None:
    (tmp_path / "films" / "old").mkdir(parents=True)
    films = str(tmp_path / "films")
    await client.post("/roots", json={"path": films})
    for body, status, code in (
        ({"path": films}, 409, "already_exists"),
        ({"path": films + "/old"}, 422, "roots_nest"),
        ({"path": str(tmp_path)}, 422, "roots_nest"),
        ({"path": "/absent"}, 422, "directory_unusable"),
        ({"path": "films"}, 422, "invalid_request"),
        ({"path": r"/a\q"}, 422, "malformed_path"),
        ({"path": "/", "collections": ["odd"]}, 422, "invalid_request"),
        ({"path": 3}, 422, "invalid_request"),
    ):
        answer = await client.post("/roots", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    missing = await client.patch("/roots/absent", json={"name": "x"})
    assert missing.status_code == 404
