"""The page's cookie is for TLS alone where the page came with TLS, as a trusted proxy says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Server

TOKEN = "a-secret-of-some-length"


@pytest.fixture(params=["127.0.0.1", "10.0.0.5", ""])
def trusted(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def server(tmp_path: Path, trusted: str) -> Iterator[Server]:
    said = {"MUSTELA_TOKENS": f"ann=write:{TOKEN}", "MUSTELA_TRUSTED_PROXIES": trusted}
    started = Server(data=tmp_path / "data", variables=said)
    yield started
    started.kill()


def test_the_cookie_is_secure_where_a_trusted_proxy_says_https(
    server: Server, trusted: str
) -> None:
    def cookie(**headers: str) -> list[str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = server.client.post("/session", json={"token": TOKEN}, headers=named)
        assert answer.status_code == 204
        return [part.strip().lower() for part in answer.headers["set-cookie"].split(";")]

    assert "secure" not in cookie()
    assert "secure" not in cookie(x_forwarded_proto="http")
    assert "secure" not in cookie(x_forwarded_proto="gopher")
    behind = cookie(x_forwarded_proto="https", x_forwarded_for="203.0.113.9")
    assert ("secure" in behind) is (trusted == "127.0.0.1")
    assert "httponly" in behind
