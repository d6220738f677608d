"""A scan of videos that two servers on one data directory share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from mustela.app import create_app
from mustela.collection import SERVICES, Services
from mustela.files import scan_share
from mustela.settings import Settings
from mustela.video.collection import VIDEO
from tests.files.sharing import Hands, until
from tests.media import make_media


@asynccontextmanager
async def server(data_dir: Path) -> AsyncIterator[tuple[Services, httpx.AsyncClient]]:
    settings = Settings.load(
        environ={}, data_dir=data_dir, scan_shard_files=1, watch_roots=False, concurrency=2
    )
    with patch("mustela.app.Children", lambda *_, **__: Hands()):
        app = create_app(settings, with_collections=[VIDEO])
    provided: Any = app.user_middleware[0].kwargs["provided"]
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        yield provided[SERVICES], client


async def test_the_scan_tells_what_its_parts_have_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_share, "LOOK_SECONDS", 0.01)
    films = tmp_path / "films"
    for name in ("", "one", "two"):
        make_media(films / name)
    (films / "bad.mp4").write_bytes(b"no video at all")
    async with AsyncExitStack() as stack:
        (here, client), (there, _) = [
            await stack.enter_async_context(server(tmp_path / "data")) for _ in range(2)
        ]
        ours: Any = here.children
        theirs: Any = there.children

        async def before() -> None:
            await until(lambda: theirs.read > 2)

        ours.before = before
        root = (await client.post("/roots", json={"path": str(films)})).json()
        scan = (await client.post("/videos/scan", json={"path": root["path"]})).json()["job_id"]
        job = (await client.get(f"/jobs/{scan}/wait", params={"timeout": 30})).json()
        assert job["status"] == "completed", job
        assert (job["result"]["catalogued"], job["result"]["failed"]) == (9, 1)
        assert ours.read + theirs.read == 10
        videos = (await client.get("/videos", params={"job_id": scan})).json()
        assert videos["total"] == 9
        parts = (
            await client.get("/jobs", params={"parent": scan, "type": "video.scan.part"})
        ).json()
        assert sum((part["result"] or {}).get("examined", 0) for part in parts["items"]) > 2
        for id in (scan, parts["items"][0]["id"]):
            errors = (await client.get(f"/jobs/{id}/errors")).json()
            assert [one["path"] for one in errors["items"]] == ["bad.mp4"]
