"""Checks run at once, each with a time limit, and what they found is shared for a while."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mustela.collection import Check, Finding
from mustela.store.errors import NotFound, StoreUnavailable
from mustela.system.aside import Aside
from mustela.system.checkup import KEPT_SECONDS, Checkup, worst
from mustela.system.listed_check import check_of
from mustela.system.listed_service import ListedService

FINE = Finding("ok", "fine")


def answering(finding: Finding) -> Check:
    async def check() -> Finding:
        return finding

    return check


def raising(error: Exception) -> Check:
    async def check() -> Finding:
        raise error

    return check


async def silent() -> Finding:
    await asyncio.Event().wait()
    return FINE


async def test_all_are_looked_at_together_and_none_waits_for_a_silent_one() -> None:
    """Each of the two waits for the other to begin: one after the other, both would be late."""
    both = asyncio.Barrier(2)

    async def meets() -> Finding:
        await both.wait()
        return FINE

    checks = {"a": meets, "silent": silent, "b": meets}
    found = await Checkup(lambda: checks, {}, time_limit=0.3).every()
    assert [(one.name, one.state) for one in found] == [
        ("a", "ok"),
        ("silent", "down"),
        ("b", "ok"),
    ]
    assert found[1].message == "no answer within 0.3 s"
    assert found[1].latency_ms >= 290
    assert worst(found) == "down"
    assert worst([]) == "ok"


async def test_an_error_is_down_and_takes_no_other_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    checks = {
        "known": raising(StoreUnavailable("the database cannot be reached")),
        "disk": raising(OSError(5, "Input/output error")),
        "bare": raising(OSError("only words")),
        "odd": raising(ZeroDivisionError()),
        "fine": answering(FINE),
        "so-so": answering(Finding("degraded", "slow")),
    }
    found = {
        one.name: (one.state, one.message) for one in await Checkup(lambda: checks, {}).every()
    }
    assert found["known"] == ("down", "the database cannot be reached")
    assert found["disk"] == ("down", "Input/output error")
    assert found["bare"] == ("down", "only words")
    assert found["odd"][0] == "down"
    assert "the check of odd failed" in caplog.text
    assert (found["fine"], found["so-so"]) == (("ok", "fine"), ("degraded", "slow"))


async def test_a_finding_is_shared_and_after_some_seconds_found_anew() -> None:
    now = 100.0
    began = 0
    go = asyncio.Event()

    async def counts() -> Finding:
        nonlocal began
        began += 1
        await go.wait()
        return FINE

    checkup = Checkup(dict, {"c": counts}, now=lambda: now)
    askers = [asyncio.create_task(checkup.one("c")) for _ in range(20)]
    await asyncio.sleep(0)
    askers[0].cancel()  # whoever began it may go
    go.set()
    found = await asyncio.gather(*askers[1:])
    assert (began, len({id(one) for one in found})) == (1, 1)
    assert found[0].kind == "listed"
    now += KEPT_SECONDS
    assert await checkup.one("c") is found[0]
    now += 0.1
    assert await checkup.one("c") is not found[0]
    assert began == 2


async def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(NotFound, match="there is no service x; there are a"):
        await Checkup(lambda: {"a": silent}, {}).one("x")


async def test_a_call_that_hangs_holds_one_thread_however_often_it_is_asked() -> None:
    aside, release = Aside(), threading.Event()
    entered = 0

    def hangs() -> str:
        nonlocal entered
        entered += 1
        release.wait(30)
        return "back"

    for _ in range(5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await aside.call("root", hangs)
    assert await aside.call("other", lambda: "here") == "here"
    assert entered == 1
    release.set()
    assert await aside.call("root", hangs) == "back"


async def test_an_error_in_a_thread_is_raised_by_the_call() -> None:
    aside = Aside()

    def fails() -> None:
        raise OSError(2, "No such file")

    for _ in range(2):
        with pytest.raises(OSError, match="No such file"):
            await aside.call("x", fails)


@asynccontextmanager
async def listening(reply: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that reads a request and sends this; what it was asked."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n") if reply else await reader.read())
        writer.write(reply)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


async def look(port: int, scheme: str = "http", host: str = "127.0.0.1") -> Finding:
    service = ListedService("x", scheme, host, port, "/health?a=1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return await check_of(service, Aside())()


@pytest.mark.parametrize(
    ("reply", "state", "said"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", "ok", "answers 200"),
        (b"HTTP/1.0 302 Found\r\nLocation: http://elsewhere/\r\n\r\n", "ok", "answers 302"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "degraded", "answers 404"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "down", "answers 503"),
    ],
)
async def test_what_speaks_http_is_judged_by_its_status(
    reply: bytes, state: str, said: str
) -> None:
    async with listening(reply) as (port, asked):
        found = await look(port)
    assert found.state == state
    assert found.message.startswith(said)
    assert asked[0].startswith(b"GET /health?a=1 HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.parametrize(
    "reply", [b"SSH-2.0-OpenSSH\r\n", b"\r\n", b"x" * 10_000, b"HTTP/1.1 ok \r\n"]
)
async def test_what_does_not_speak_http_is_down(reply: bytes) -> None:
    async with listening(reply) as (port, _):
        with pytest.raises(OSError, match="does not speak HTTP"):
            await look(port)


async def test_what_speaks_tcp_need_only_take_the_connection() -> None:
    async with listening(b"") as (port, _):
        assert await look(port, "tcp", "localhost") == Finding("ok", "takes connections")
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await look(port, "tcp")


async def test_a_host_without_a_certificate_is_not_taken_for_one_with() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 this is a server of mail\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        with pytest.raises(OSError, match=r"SSL|reset"):
            await look(server.sockets[0].getsockname()[1], "https")
