"""Which directory a scan order means."""

from __future__ import annotations

from pathlib import Path

import httpx

from mustela.app import create_app
from mustela.settings import Settings


async def test_a_directory_may_be_named_by_a_link_to_it(tmp_path: Path) -> None:
    directory, link = tmp_path / "films", tmp_path / "link"
    directory.mkdir()
    link.symlink_to(directory)
    app = create_app(Settings.load(environ={}, data_dir=tmp_path / "data", children=1))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
    ):
        await client.post("/roots", json={"path": str(directory)})
        for path in (directory, link):
            answer = await client.post("/videos/scan", json={"path": str(path)})
            assert answer.status_code == 202, answer.text
        link.unlink()
        link.symlink_to(tmp_path)
        for named in (str(link), "link", f"{link}/../.."):
            refused = await client.post("/videos/scan", json={"path": named})
            assert (refused.status_code, refused.json()["code"]) == (403, "outside_roots")
