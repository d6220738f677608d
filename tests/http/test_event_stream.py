"""The streams of events over HTTP, on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
from starlette.types import Message
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from mustela.app import stop_streams
from mustela.collection import SERVICES, Services
from mustela.http import event_stream
from mustela.http.event_stream import EventStream
from tests.http.conftest import OpenServer, Server
from tests.http.live import serving
from tests.jobs.rig import PATIENCE, until
from tests.store.toys import Toy

EVENTS = "/api/v1/events"
READ, WRITE = "reader-0123456789", "writer-0123456789"
TOKENS = {"require_tokens": True, "tokens": [f"read:{READ}", f"write:{WRITE}"]}


def services_of(server: Server) -> Services:
    (guard,) = server.app.user_middleware
    provided: Any = guard.kwargs["provided"]
    found: Services = provided[SERVICES]
    return found


@asynccontextmanager
async def live(server: Server, **headers: str) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A client on a real socket, and the address for WebSockets."""
    async with serving(server.app) as (host, port):
        url = f"{host}:{port}"
        async with httpx.AsyncClient(
            base_url=f"http://{url}", headers=headers, trust_env=False, timeout=PATIENCE
        ) as client:
            yield client, f"ws://{url}/api/v1/ws"


async def blocks(response: httpx.Response, number: int) -> list[str]:
    """The first blocks of a stream."""
    found: list[str] = []
    lines: list[str] = []
    async for line in response.aiter_lines():
        if line:
            lines.append(line)
            continue
        found.append("\n".join(lines))
        lines = []
        if len(found) == number:
            break
    return found


async def heard(socket: ClientConnection, number: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENCE):
        return [msgspec.json.decode(await socket.recv()) for _ in range(number)]


async def test_a_stream_tells_and_resumes_by_header_and_by_parameter(server: Server) -> None:
    async with live(server) as (client, _):
        async with client.stream("GET", EVENTS) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["cache-control"] == "no-store"
            await server.toys.add(Toy("t1", "/a"))
            start, first = await blocks(response, 2)
        assert "retry: " in start
        assert '"key":"t1"' in first
        assert "event: change" in first
        last_id = first.partition("\n")[0].removeprefix("id: ")
        await server.toys.add(Toy("t2", "/b"))
        ways: list[dict[str, Any]] = [
            {"headers": {"Last-Event-ID": last_id}},
            {"params": {"last_event_id": last_id}},
            {"params": {"last_event_id": "1"}, "headers": {"Last-Event-ID": last_id}},
        ]
        for asked in ways:
            async with client.stream("GET", EVENTS, **asked) as response:
                (missed,) = await blocks(response, 1)
            assert '"key":"t2"' in missed
        async with client.stream("GET", EVENTS, params={"last_event_id": "1"}) as response:
            (word,) = await blocks(response, 1)
        assert "event: gap" in word
        events = services_of(server).events
        await until(lambda: len(events) == 0)  # who has left is noticed, though nothing happens


async def test_a_socket_tells_the_same(server: Server) -> None:
    async with live(server) as (_, address), connect(address + "?topics=toys,jobs") as socket:
        await server.toys.add(Toy("t1", "/a"))
        start, first = await heard(socket, 2)
        assert start["type"] == "start"
        assert (first["type"], first["key"]) == ("change", "t1")
        await socket.send("whatever a client may say")
        await server.toys.add(Toy("t2", "/b"))
        assert (await heard(socket, 1))[0]["key"] == "t2"
        query = f"?last_event_id={first['id']}"
        async with connect(address + query) as other:
            missed, start = await heard(other, 2)
            assert (missed["key"], start["type"]) == ("t2", "start")
        header = {"Last-Event-ID": "1"}
        async with connect(address, additional_headers=header) as other:
            assert (await heard(other, 1))[0]["type"] == "gap"
        events = services_of(server).events
        await until(lambda: len(events) == 1)


async def test_an_unknown_topic_is_refused_with_those_there_are(server: Server) -> None:
    async with live(server) as (client, address):
        answer = await client.get(EVENTS, params={"topics": "toys,cats"})
        assert answer.status_code == 422
        assert answer.json()["code"] == "invalid_request"
        assert (
            "there is no topic 'cats'; there are jobs, roots, schedules, toys"
            in answer.json()["detail"]
        )
        for query in ("?topics=cats", "?topic=toys"):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(address + query):
                    pass
            response = refused.value.response
            assert response.status_code == 422
            assert b'"code":"invalid_request"' in (response.body or b"")


async def test_only_who_may_read_may_follow(open_server: OpenServer) -> None:
    async with open_server(**TOKENS) as server, live(server) as (client, address):
        assert (await client.get(EVENTS)).status_code == 401
        bearer = {"Authorization": f"Bearer {READ}"}
        async with client.stream("GET", EVENTS, headers=bearer) as response:
            assert len(await blocks(response, 1)) == 1
        for given in (bearer, {"Cookie": f"mustela_token={READ}"}):
            async with connect(address, additional_headers=given) as socket:
                assert (await heard(socket, 1))[0]["type"] == "start"
        for given, status in (
            ({}, 401),
            ({"Authorization": "Bearer nobody-knows-this"}, 401),
            ({**bearer, "Origin": "https://evil.example"}, 403),
        ):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(address, additional_headers=given):
                    pass
            assert refused.value.response.status_code == status


async def test_there_are_no_other_sockets(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    async with live(server) as (_, address):
        for path in ("/toys", "/ws/more"):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(address.removesuffix("/ws") + path):
                    pass
            assert refused.value.response.status_code == 404
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_streams_take_no_places_from_requests_and_have_their_own(
    open_server: OpenServer,
) -> None:
    async with (
        open_server(max_concurrent_requests=2) as server,
        live(server) as (client, address),
        connect(address),
        client.stream("GET", EVENTS) as one,
    ):
        assert one.status_code == 200
        assert (await client.get("/api/v1/toys")).status_code == 200
        assert (await client.get(EVENTS)).status_code == 503
        with pytest.raises(InvalidStatus) as refused:
            async with connect(address):
                pass
        assert refused.value.response.status_code == 503


async def test_streams_end_by_themselves_when_the_server_stops(server: Server) -> None:
    async with live(server) as (client, address), connect(address) as socket:
        async with client.stream("GET", EVENTS) as response:
            events = services_of(server).events
            await until(lambda: len(events) == 2)
            stop_streams(server.app)
            assert (await response.aread()).startswith(b":")
        await heard(socket, 1)
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1001
        assert (await client.get("/api/v1/toys")).status_code == 200


async def test_head_answers_at_once(server: Server) -> None:
    answer = await server.client.head(EVENTS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_the_answer_to_a_slow_client_ends(server: Server) -> None:
    """Its connection takes nothing for a while, and then what it had been sent."""
    services = services_of(server)
    services.events._buffer = 3
    reads = asyncio.Event()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) > 1:
            await reads.wait()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    stream = EventStream(services.events, None, None)
    answering = asyncio.create_task(stream({"type": "http"}, receive, send))
    await until(lambda: len(sent) == 2)
    await server.toys.add(Toy("t0", "/0"))
    for number in range(1, 9):
        await server.toys.add(Toy(f"t{number}", f"/{number}"))
    (subscription,) = services.events._subscriptions
    await until(lambda: subscription.dropped)
    reads.set()
    await asyncio.wait_for(answering, PATIENCE)
    assert sent[-1] == {"type": "http.response.body", "body": b""}
    assert len(sent) == 3


async def test_a_client_that_reads_no_more_gives_its_place_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection stays open, and never takes anything again."""
    monkeypatch.setattr(event_stream, "LAST_SECONDS", 0.05)
    services = services_of(server)
    services.events._buffer = 3
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) > 1:
            await asyncio.Event().wait()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    stream = EventStream(services.events, None, None)
    answering = asyncio.create_task(stream({"type": "http"}, receive, send))
    await until(lambda: len(sent) == 2)
    for number in range(9):
        await server.toys.add(Toy(f"t{number}", f"/{number}"))
    await asyncio.wait_for(answering, PATIENCE)
    assert len(services.events) == 0
    assert len(sent) == 2
