"""Editing many videos over HTTP, and undoing it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mustela.app import create_app
from mustela.collection import SERVICES
from mustela.settings import Settings
from mustela.video.record import Video
from mustela.video.repository import AsyncVideoRepository

API = "http://localhost/api/v1"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A server whose bulk edits may touch three videos; it has five."""
    app = create_app(Settings.load(environ={}, data_dir=tmp_path, bulk_limit=3))
    provided: Any = app.user_middleware[0].kwargs["provided"]
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=API) as client,
    ):
        videos = provided[SERVICES].repository(AsyncVideoRepository)
        for n in range(5):
            codec, height = ("h264", 480) if n < 2 else ("vp9", 1080)
            await videos.add(
                Video(id=f"v{n}", path=f"/x/clip {n}.mp4", video_codec=codec, height=height)
            )
        yield client


async def rated(client: httpx.AsyncClient) -> list[str]:
    found = (await client.get("/videos", params={"has_rating": True, "sort": "id"})).json()
    return [video["id"] for video in found["items"]]


async def test_a_selection_is_edited_as_one_change_and_undone(client: httpx.AsyncClient) -> None:
    body = {"ids": ["v3", "v1", "nobody"], "rating": 4, "tags_add": ["night"]}
    assert (await client.post("/videos/edit", json={**body, "dry_run": True})).json() == {
        "change_id": None,
        "changed": 2,
    }
    assert await rated(client) == []
    edited = (await client.post("/videos/edit", json=body)).json()
    assert edited["changed"] == 2
    assert await rated(client) == ["v1", "v3"]
    entries = (await client.get("/audit", params={"change_id": edited["change_id"]})).json()
    assert sorted(entry["record_id"] for entry in entries["items"]) == ["v1", "v3"]
    undone = await client.post(f"/audit/{edited['change_id']}/revert")
    assert undone.status_code == 200
    assert await rated(client) == []
    again = await client.post(f"/audit/{undone.json()['change_id']}/revert")
    assert again.status_code == 200
    assert await rated(client) == ["v1", "v3"]


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        ({"filter": {"codec": "h264"}}, ["v0", "v1"]),
        ({"filter": {"min_height": 720, "has_note": False}, "q": "CLIP 3"}, ["v3"]),
        ({"q": "4.MP"}, ["v4"]),
        ({"filter": {"ids": ["v2"], "created_after": "2020-01-01T00:00:00Z"}}, ["v2"]),
        ({"filter": {"created_before": "2020-01-01T00:00:00+02:00"}}, []),
        ({"filter": {"min_duration_seconds": 1}}, []),
    ],
)
async def test_a_filter_and_words_select(
    client: httpx.AsyncClient, selection: dict[str, Any], ids: list[str]
) -> None:
    answer = await client.post("/videos/edit", json={**selection, "rating": 1})
    assert answer.json()["changed"] == len(ids)
    assert await rated(client) == ids


async def test_an_edit_beyond_the_setting_is_refused_dry_or_not(client: httpx.AsyncClient) -> None:
    for dry_run in (True, False):
        body: dict[str, Any] = {"filter": {}, "note": "all of them", "dry_run": dry_run}
        answer = await client.post("/videos/edit", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "bulk_too_large")
    found = (await client.get("/videos", params={"has_note": True})).json()
    assert found["total"] == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"rating": 1}, "which videos"),
        ({"filter": None, "rating": 1}, "which videos"),
        ({"filter": {"codec": None}, "rating": 1}, "every filter is null"),
        ({"ids": ["v1"]}, "what to change"),
        ({"ids": ["v1"], "q": "clip", "rating": 1}, "combined"),
        ({"ids": ["v1"], "tags": ["a"], "tags_add": ["b"]}, "replaces"),
        ({"ids": ["v1"], "tags_add": ["a"], "tags_remove": ["a"]}, "removed"),
        ({"ids": ["v1"], "rating": 9}, "less than or equal to 5"),
        ({"ids": ["v1"], "width": 1}, "width"),
        ({"filter": {"colour": "red"}, "rating": 1}, "colour"),
        ({"filter": {"min_height": "tall"}, "rating": 1}, "min_height"),
        ({"filter": {"created_after": "2020-01-01T00:00:00"}, "rating": 1}, "timezone"),
        ({"filter": {"created_after": 5}, "rating": 1}, "a time is written as"),
        ({"filter": {"codec": "a\0b"}, "rating": 1}, "codec"),
    ],
)
async def test_an_order_that_says_no_edit_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], said: str
) -> None:
    answer = await client.post("/videos/edit", json=body)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


async def test_the_conflicts_of_an_undo_are_listed(client: httpx.AsyncClient) -> None:
    edited = (await client.post("/videos/edit", json={"q": "clip 2", "rating": 2})).json()
    await client.patch("/videos/v2", json={"rating": 5})
    answer = await client.post(f"/audit/{edited['change_id']}/revert")
    assert (answer.status_code, answer.json()["code"]) == (409, "revert_conflict")
    assert answer.json()["conflicts"] == [
        {"record": "v2", "field": "rating", "expected": 2, "found": 5}
    ]


async def test_the_audit_is_filtered_and_paged(client: httpx.AsyncClient) -> None:
    edited = (
        await client.post(
            "/videos/edit", json={"q": "clip", "filter": {"codec": "vp9"}, "rating": 2}
        )
    ).json()
    newest = (await client.get("/audit", params={"limit": 1})).json()["items"][0]
    asked: list[dict[str, Any]] = [
        {"change_id": edited["change_id"]},
        {"since": newest["at"]},
        {"actor": newest["actor"], "since": newest["at"], "topic": "video"},
    ]
    for filters in asked:
        page = (await client.get("/audit", params={**filters, "limit": 2})).json()
        assert page["total"] == 3
        rest = (await client.get(page["next"].removeprefix("/api/v1"))).json()
        assert rest["next"] is None
        found = [entry["record_id"] for entry in [*page["items"], *rest["items"]]]
        assert sorted(found) == ["v2", "v3", "v4"], filters
    of_one = (await client.get("/audit", params={"record": "v3"})).json()
    assert [entry["action"] for entry in of_one["items"]] == ["update", "insert"]
