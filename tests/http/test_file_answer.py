"""Files over HTTP: whole, in parts, unchanged, gone, and to clients that go away."""

from __future__ import annotations

import asyncio
import os
import re
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from mustela.http import file_answer
from mustela.http.file_answer import content_disposition
from tests.http.conftest import OpenServer, Server
from tests.http.live import serving
from tests.http.toy_collection import write_file

BODY = bytes(range(256)) * 40
SIZE = len(BODY)
URL = "/api/v1/toys/film/file"


@pytest.fixture
def file(server: Server) -> Path:
    return write_file(server.data_dir, "film.mp4", BODY)


async def test_the_whole_file_says_that_parts_can_be_asked_for(server: Server, file: Path) -> None:
    answer = await server.client.get(URL)
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert answer.headers["content-disposition"] == 'inline; filename="film.mp4"'
    assert answer.headers["etag"].startswith('"')


async def test_head_tells_the_same_without_the_body(server: Server, file: Path) -> None:
    whole = await server.client.get(URL)
    for headers in ({}, {"Range": "bytes=0-1"}):
        head = await server.client.head(URL, headers=headers)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-length", "etag", "accept-ranges", "last-modified", "content-type"):
            assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        ("bytes=-10", SIZE - 10, SIZE),
        ("bytes=5-999999", 5, SIZE),
    ],
)
async def test_one_part(server: Server, file: Path, header: str, start: int, stop: int) -> None:
    answer = await server.client.get(URL, headers={"Range": header})
    assert (answer.status_code, answer.content) == (206, BODY[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(stop - start)


async def test_several_parts_come_as_multipart_in_the_order_asked(
    server: Server, file: Path
) -> None:
    answer = await server.client.get(URL, headers={"Range": "bytes=500-509, 0-4, -3"})
    assert answer.status_code == 206
    assert answer.headers["content-length"] == str(len(answer.content))
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts: Any = BytesParser().parsebytes(head + answer.content).get_payload()
    assert [part["Content-Range"] for part in parts] == [
        f"bytes 500-509/{SIZE}",
        f"bytes 0-4/{SIZE}",
        f"bytes {SIZE - 3}-{SIZE - 1}/{SIZE}",
    ]
    boundary = re.search("boundary=(.+)", answer.headers["content-type"])
    assert boundary is not None
    pieces = answer.content.split(b"--" + boundary[1].encode())[1:-1]
    bodies = [piece.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for piece in pieces]
    assert bodies == [BODY[500:510], BODY[:5], BODY[-3:]]


async def test_a_part_that_is_not_there_is_416_with_the_size(server: Server, file: Path) -> None:
    answer = await server.client.get(URL, headers={"Range": f"bytes={SIZE}-"})
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


async def test_if_range_gives_the_whole_once_the_file_has_changed(
    server: Server, file: Path
) -> None:
    first = await server.client.get(URL)
    part = {"Range": "bytes=0-3"}
    for label in (first.headers["etag"], first.headers["last-modified"]):
        answer = await server.client.get(URL, headers={**part, "If-Range": label})
        assert answer.status_code == 206
    for label in ('"other"', f"W/{first.headers['etag']}", "Tue, 14 Nov 2023 22:13:21 GMT"):
        answer = await server.client.get(URL, headers={**part, "If-Range": label})
        assert (answer.status_code, answer.content) == (200, BODY)


async def test_an_unchanged_file_is_not_sent_again(server: Server, file: Path) -> None:
    first = await server.client.get(URL)
    for headers in (
        {"If-None-Match": first.headers["etag"]},
        {"If-Modified-Since": first.headers["last-modified"]},
        {"If-None-Match": first.headers["etag"], "Range": "bytes=0-1"},
    ):
        answer = await server.client.get(URL, headers=headers)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == first.headers["etag"]
    os.utime(file, (1_700_000_001, 1_700_000_001))
    for headers in (
        {"If-None-Match": first.headers["etag"]},
        {"If-Modified-Since": first.headers["last-modified"]},
        {"If-Modified-Since": "yesterday"},
    ):
        assert (await server.client.get(URL, headers=headers)).status_code == 200


async def test_an_empty_file_is_sent_whole(server: Server) -> None:
    write_file(server.data_dir, "film.mp4", b"")
    whole = await server.client.get(URL)
    assert (whole.status_code, whole.content) == (200, b"")
    part = await server.client.get(URL, headers={"Range": "bytes=0-"})
    assert part.status_code == 416


async def test_a_file_that_is_gone_or_elsewhere_is_a_problem(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    missing = await server.client.get(URL)
    assert (missing.status_code, missing.json()["code"]) == (404, "file_missing")
    outside = tmp_path_factory.mktemp("outside") / "secret.mp4"
    outside.write_bytes(b"secret")
    write_file(server.data_dir, "other.mp4", b"")
    (server.data_dir / "toys" / "film.mp4").symlink_to(outside)
    answer = await server.client.get(URL)
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_roots")
    assert b"secret" not in answer.content.replace(b"secret.mp4", b"")


@pytest.mark.parametrize(
    "name", ["plain.mp4", 'a "b".mp4', "Straße ﬁlm 🎞.mov", "line\nbreak", "é\\x"]
)
def test_any_file_name_travels(name: str) -> None:
    header = content_disposition("attachment", name)
    assert header.isascii()
    assert "\n" not in header
    exact = re.search("filename\\*=UTF-8''(.+)$", header)
    clean = name.replace("\n", "_")
    if exact is not None:
        assert unquote(exact[1]) == clean
    else:
        assert header == f'attachment; filename="{clean}"'


def _client(host: str, port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://{host}:{port}")


async def test_parts_arrive_over_a_real_socket(server: Server, file: Path) -> None:
    async with serving(server.app) as (host, port), _client(host, port) as client:
        part = await client.get(URL, headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, BODY[10:20])
        head = await client.head(URL)
        assert head.headers["content-length"] == str(SIZE)
        several = await client.get(URL, headers={"Range": "bytes=0-1,4-5"})
        assert len(several.content) == int(several.headers["content-length"])
        assert (await client.get(URL)).content == BODY
        kept = [await client.get("/api/v1/toys") for _ in range(3)]
        assert len({answer.content for answer in kept}) == 1


async def test_when_the_client_goes_away_the_file_is_read_no_further(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    ours: set[int] = set()
    closed = asyncio.Event()
    pread, close = os.pread, os.close
    loop = asyncio.get_running_loop()

    def counted(descriptor: int, size: int, offset: int) -> bytes:
        nonlocal reads
        reads += 1
        ours.add(descriptor)
        return pread(descriptor, size, offset)

    def noted(descriptor: int) -> None:
        close(descriptor)
        if descriptor in ours:
            loop.call_soon_threadsafe(closed.set)

    async with open_server() as server:
        path = write_file(server.data_dir, "film.mp4", b"")
        with path.open("r+b") as sparse:
            sparse.truncate(2 * 1024**3)
        monkeypatch.setattr(os, "pread", counted)
        monkeypatch.setattr(os, "close", noted)
        async with serving(server.app) as (host, port):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(f"GET {URL} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(1000)
            writer.transport.abort()
            await asyncio.wait_for(closed.wait(), 20)
            assert reads < 2 * 1024**3 // file_answer.CHUNK


async def test_a_file_that_becomes_shorter_cuts_the_answer(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_server() as server:
        write_file(server.data_dir, "film.mp4", BODY)
        monkeypatch.setattr(os, "pread", lambda *_: b"")
        async with serving(server.app) as (host, port), _client(host, port) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(URL)
