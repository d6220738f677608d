"""The page's files: what is given, how it is labelled, and what is never given."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from mustela.http.page import Page


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    page = tmp_path / "page"
    (page / "parts").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html>", encoding="utf-8")
    (page / "parts" / "grid.js").write_text("export {}", encoding="utf-8")
    (page / "mark.png").write_bytes(b"png")
    (page / "secret.py").write_text("password", encoding="utf-8")
    (tmp_path / "outside.js").write_text("no", encoding="utf-8")
    transport = httpx.ASGITransport(Page(page), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/parts/grid.js", "text/javascript; charset=utf-8"),
        ("/mark.png", "image/png"),
    ],
)
async def test_files_come_with_their_type_and_policy(
    client: httpx.AsyncClient, path: str, media_type: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/secret.py", "/../outside.js", "/%2e%2e/outside.js", "/parts/", "/absent.js"]
)
async def test_nothing_else_is_given(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 500  # nobody turns the 404 into an answer here


async def test_the_page_is_only_read(client: httpx.AsyncClient) -> None:
    assert (await client.post("/")).status_code == 500
