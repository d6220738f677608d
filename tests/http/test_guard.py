"""What holds for every request: who may come in, and how much of it."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import Message

from mustela.app import create_app
from mustela.http.access import Access, TokensNeeded
from mustela.http.guard import Guard, Limits
from mustela.settings import Settings
from tests.http.conftest import OpenServer, Server
from tests.store.toys import Toy

READ, WRITE, ADMIN = "reader-0123456789", "writer-0123456789", "admin--0123456789"
TOKENS = {
    "tokens": [f"read:{READ}", f"ann=write:{WRITE}", f"admin:{ADMIN}"],
    "require_tokens": True,
}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    "base_url",
    ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:3", "http://a.localhost"],
)
async def test_loopback_names_are_served(server: Server, base_url: str) -> None:
    async with server.client_from(base_url) as client:
        assert (await client.get("/api/v1/toys")).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1", ""])
async def test_another_name_is_refused(server: Server, host: str) -> None:
    answer = await server.client.get("/api/v1/toys", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "wrong_host")


async def test_names_from_the_settings_are_served(open_server: OpenServer) -> None:
    async with open_server(allowed_hosts=["films.example"], **TOKENS) as server:
        for host, status in (("films.example:8443", 200), ("10.0.0.1", 200), ("other", 421)):
            headers = {"Host": host, **bearer(READ)}
            assert (await server.client.get("/api/v1/toys", headers=headers)).status_code == status
    async with open_server(allowed_hosts=["*"], **TOKENS) as server:
        answer = await server.client.get("/api/v1/toys", headers={"Host": "x", **bearer(READ)})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Origin": "http://localhost"}, 201),
        ({"Origin": "http://localhost:99"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[bad"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
async def test_pages_of_other_sites_change_nothing(
    server: Server, headers: dict[str, str], status: int
) -> None:
    body = {"id": "t1", "path": "/a"}
    answer = await server.client.post("/api/v1/toys", json=body, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "foreign_origin"
        assert await server.toys.get("t1") is None


async def test_pages_of_sites_in_the_settings_may(open_server: OpenServer) -> None:
    async with open_server(allowed_origins=["https://Friend.example/"]) as server:
        origin = {"Origin": "https://friend.example"}
        asked = {"Access-Control-Request-Method": "POST"}
        before = await server.client.options("/api/v1/toys", headers={**origin, **asked})
        assert before.status_code == 204
        assert "POST" in before.headers["access-control-allow-methods"]
        body = {"id": "t1", "path": "/a"}
        answer = await server.client.post("/api/v1/toys", json=body, headers=origin)
        assert answer.status_code == 201
        assert answer.headers["access-control-allow-origin"] == "https://friend.example"
        other = await server.client.get("/api/v1/toys", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
        assert other.headers["vary"] == "Origin"


def test_a_server_that_others_reach_does_not_start_without_a_token() -> None:
    with pytest.raises(TokensNeeded):
        create_app(Settings.load(environ={}, host="0.0.0.0"))


@pytest.mark.parametrize(
    ("token", "method", "path", "status"),
    [
        (None, "GET", "/api/v1/toys", 401),
        ("guess-0123456789", "GET", "/api/v1/toys", 401),
        (None, "GET", "/api/v1/nothing", 401),
        (None, "GET", "/api/v1/openapi.json", 401),
        (None, "GET", "/api/v1/health/live", 200),
        ("guess-0123456789", "GET", "/api/v1/health/live", 200),
        (READ, "GET", "/api/v1/toys", 200),
        (READ, "HEAD", "/api/v1/toys", 200),
        (READ, "PATCH", "/api/v1/toys/t1", 403),
        (READ, "DELETE", "/api/v1/jobs/x", 403),
        (WRITE, "PATCH", "/api/v1/toys/t1", 204),
        (WRITE, "GET", "/api/v1/toys/t1/secret", 403),
        (WRITE, "POST", "/api/v1/roots", 403),
        (ADMIN, "GET", "/api/v1/toys/t1/secret", 200),
    ],
)
async def test_each_role_may_do_what_it_says(
    open_server: OpenServer, token: str | None, method: str, path: str, status: int
) -> None:
    async with open_server(**TOKENS) as server:
        await server.toys.add(Toy("t1", "/a"))
        body = {"rating": 1} if method == "PATCH" else {"path": "/"} if method == "POST" else None
        headers = {} if token is None else bearer(token)
        answer = await server.client.request(method, path, headers=headers, json=body)
        assert answer.status_code == status, answer.text
        if status == 401:
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_what_an_administrator_read_is_kept_from_others(open_server: OpenServer) -> None:
    async with open_server(**TOKENS) as server:
        await server.toys.add(Toy("t1", "/a"))
        url = "/api/v1/toys/t1/secret"
        for _ in range(2):
            for token, status in ((ADMIN, 200), (WRITE, 403)):
                answer = await server.client.get(url, headers=bearer(token))
                assert answer.status_code == status
        assert (await server.client.get(url)).status_code == 401


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": basic("anyone", READ)}, 200),
        ({"Authorization": basic("anyone", "x" + READ)}, 401),
        ({"Authorization": "Basic !!!"}, 401),
        ({"Authorization": "Digest x"}, 401),
        ({"Cookie": f"other=1; mustela_token={READ}"}, 200),
        ({"Cookie": "mustela_token=" + "x" * 20}, 401),
        ({"Cookie": 'mustela_token="'}, 401),
        ({"Cookie": "other=mustela_token"}, 401),
    ],
)
async def test_a_token_is_taken_in_three_ways(
    open_server: OpenServer, headers: dict[str, str], status: int
) -> None:
    async with open_server(**TOKENS) as server:
        assert (await server.client.get("/api/v1/toys", headers=headers)).status_code == status


async def test_everybody_may_read_where_the_settings_say_so(open_server: OpenServer) -> None:
    async with open_server(anonymous_read=True, **TOKENS) as server:
        assert (await server.client.get("/api/v1/toys")).status_code == 200
        assert (await server.client.patch("/api/v1/toys/t1", json={})).status_code == 401
        session = (await server.client.get("/api/v1/session")).json()
        assert session == {
            "actor": "anonymous",
            "role": "read",
            "may_write": False,
            "may_administer": False,
        }


async def test_the_page_keeps_its_token_in_a_cookie_that_scripts_cannot_read(
    open_server: OpenServer,
) -> None:
    async with open_server(**TOKENS) as server:
        client = server.client
        wrong = await client.post("/api/v1/session", json={"token": "x" * 20})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "unauthorized")
        right = await client.post("/api/v1/session", json={"token": WRITE})
        assert right.status_code == 204
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert (await client.get("/api/v1/session")).json()["actor"] == "user:ann"
        assert (await client.get("/api/v1/toys")).status_code == 200
        assert (await client.delete("/api/v1/session")).status_code == 204
        assert (await client.get("/api/v1/toys")).status_code == 401
        assert (await client.get("/api/v1/session")).json()["role"] is None


async def test_a_script_in_a_browser_is_not_asked_by_a_dialogue(open_server: OpenServer) -> None:
    async with open_server(**TOKENS) as server:
        for mode, dialogue in (("cors", False), ("navigate", True)):
            answer = await server.client.get("/api/v1/toys", headers={"Sec-Fetch-Mode": mode})
            assert ("Basic" in answer.headers["www-authenticate"]) is dialogue


async def test_the_audit_says_who_and_in_which_request(open_server: OpenServer) -> None:
    async with open_server(**TOKENS) as server:
        await server.toys.add(Toy("t1", "/a"))
        headers = {**bearer(WRITE), "X-Request-Id": "mine-1"}
        answer = await server.client.patch("/api/v1/toys/t1", json={"rating": 2}, headers=headers)
        assert answer.headers["x-request-id"] == "mine-1"
        entry = (await server.toys.history("t1"))[0]
        assert (entry.actor, entry.request_id) == ("user:ann", "mine-1")


@pytest.mark.parametrize("given", ["a b", "x" * 200, "é", ""])
async def test_a_strange_request_id_is_replaced(server: Server, given: str) -> None:
    headers = {b"X-Request-Id": given.encode()}
    first = await server.client.get("/api/v1/toys/absent", headers=headers)
    second = await server.client.get("/api/v1/toys/absent")
    ids = {answer.headers["x-request-id"] for answer in (first, second)}
    assert len(ids) == 2
    assert given not in ids
    assert first.json()["request_id"] == first.headers["x-request-id"]


async def test_every_answer_has_the_security_headers(server: Server) -> None:
    for path in ("/", "/api/v1/toys", "/api/v1/absent", "/absent.js"):
        answer = await server.client.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "cache-control" in answer.headers


async def test_a_body_beyond_the_limit_is_refused(open_server: OpenServer) -> None:
    async with open_server(max_body_bytes=2000) as server:
        long = b'{"id": "t1", "path": "' + b"x" * 3000 + b'"}'

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(long), 500):
                yield long[start : start + 500]

        for content in (long, chunks()):
            answer = await server.client.post(
                "/api/v1/toys", content=content, headers={"Content-Type": "application/json"}
            )
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_query_beyond_the_limit_is_refused(open_server: OpenServer) -> None:
    async with open_server(max_query_bytes=300) as server:
        answer = await server.client.get("/api/v1/toys?cursor=" + "x" * 300)
        assert (answer.status_code, answer.json()["code"]) == (414, "query_too_long")


async def test_requests_beyond_the_limit_are_told_to_come_again(open_server: OpenServer) -> None:
    async with open_server(max_concurrent_requests=3) as server:
        await server.toys.add(Toy("t1", "/a"))
        urls = [f"/api/v1/toys?limit={n}" for n in range(1, 30)]
        answers = await asyncio.gather(*(server.client.get(url) for url in urls))
        assert {answer.status_code for answer in answers} == {200, 503}
        busy = next(answer for answer in answers if answer.status_code == 503)
        assert busy.json()["code"] == "too_many_requests"
        assert int(busy.headers["retry-after"]) > 0
        assert (await server.client.get(urls[0])).status_code == 200


async def test_an_unexpected_error_tells_the_client_its_request_id_only(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await server.client.get("/api/v1/toys/t1/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "internal_error"
    assert "secret" not in answer.text
    assert problem["request_id"] in caplog.text
    assert "the secret of t1" in caplog.text


async def test_requests_are_logged_where_the_settings_say_so(
    open_server: OpenServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mustela.access")
    async with open_server(access_log=True) as server:
        await server.client.head("/api/v1/toys")
        await server.client.get("/", headers={"Host": "evil.example"})
    lines = [record for record in caplog.records if record.name == "mustela.access"]
    assert [record.getMessage().split()[:3] for record in lines] == [
        ["HEAD", "/api/v1/toys", "200"],
        ["GET", "/", "421"],
    ]
    assert lines[0].__dict__["actor"] == "user:local"


async def test_an_answer_that_was_begun_is_cut_and_not_amended() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("in the middle")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    guard = Guard(app, access=Access(), limits=Limits())
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }
    with pytest.raises(RuntimeError):
        await guard(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start"]


@pytest.mark.parametrize(
    ("headers", "comes_in"),
    [
        ([(b"host", b"localhost")], True),
        ([(b"host", b"localhost"), (b"origin", b"http://localhost")], True),
        ([(b"host", b"localhost"), (b"origin", b"https://evil.example")], False),
        ([(b"host", b"evil.example")], False),
    ],
)
async def test_sockets_are_guarded_alike(
    headers: list[tuple[bytes, bytes]], comes_in: bool
) -> None:

    entered = False

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal entered
        entered = True

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    guard = Guard(app, access=Access(), streams=frozenset(("/ws",)))
    await guard({"type": "websocket", "path": "/ws", "headers": headers}, receive, send)
    assert entered is comes_in
    assert [message["type"] for message in sent] == ([] if comes_in else ["websocket.close"])
    assert guard.streaming == 0


async def test_a_prefix_of_a_proxy_does_not_lead_around_the_tokens(
    open_server: OpenServer,
) -> None:
    async with open_server(**TOKENS) as server:
        transport = httpx.ASGITransport(server.app, root_path="/catalog")
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            url = "/catalog/api/v1/toys"
            assert (await client.get(url)).status_code == 401
            assert (await client.get(url, headers=bearer(READ))).status_code == 200
            assert (await client.get("/catalog/")).status_code in {200, 404}


def scope_of(method: str, path: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """What a server tells of a request."""
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *headers],
    }


async def answers_while(held: dict[str, Any], asked: dict[str, Any]) -> int:
    """The status of one request while another one is held, on a server for two at once."""
    entered, done = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == held["path"]:
            entered.set()
            await done.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    statuses: list[int] = []

    async def send(message: Message) -> None:
        statuses.append(message.get("status", 0))

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def nothing(message: Message) -> None: ...

    limits = Limits(max_concurrent_requests=2)
    guard = Guard(app, access=Access(), limits=limits, open=("/api/v1/session",))
    holding = []
    for _ in range(2):
        holding.append(asyncio.create_task(guard(dict(held), receive, nothing)))
        await entered.wait()
        entered.clear()
        if held["path"].endswith("/wait"):
            break
    await guard(asked, receive, send)
    done.set()
    await asyncio.gather(*holding)
    return statuses[0]


async def test_who_has_no_token_cannot_take_the_places_of_those_who_have() -> None:
    slow = scope_of("POST", "/api/v1/session")
    assert await answers_while(slow, scope_of("GET", "/api/v1/videos")) == 200


async def test_who_waits_for_jobs_leaves_half_of_the_places_to_others() -> None:
    waiting = scope_of("GET", "/api/v1/jobs/j1/wait")
    assert await answers_while(waiting, scope_of("GET", "/api/v1/jobs/j2/wait")) == 503
    assert await answers_while(waiting, scope_of("GET", "/api/v1/videos")) == 200


async def test_a_body_is_limited_where_no_header_speaks_of_it(open_server: OpenServer) -> None:
    """As in HTTP/2, where neither a length nor an encoding need be told."""
    async with open_server(max_body_bytes=2000) as server:
        statuses: list[int] = []

        async def send(message: Message) -> None:
            statuses.append(message.get("status", 0))

        async def receive() -> Message:
            return {"type": "http.request", "body": b" " * 3000, "more_body": False}

        scope = scope_of("POST", "/api/v1/toys", (b"content-type", b"application/json"))
        await server.app(scope | {"state": {}}, receive, send)
        assert statuses[0] == 413


async def test_any_token_can_be_kept_in_the_cookie(open_server: OpenServer) -> None:
    secret = 'odd%41;,"\\secret-0123'
    async with open_server(tokens=[f"write:{secret}"], require_tokens=True) as server:
        signed = await server.client.post("/api/v1/session", json={"token": secret})
        assert signed.status_code == 204
        assert (await server.client.get("/api/v1/toys")).status_code == 200
