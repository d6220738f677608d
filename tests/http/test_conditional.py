"""ETag, 304, and kept answers that are never stale."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from mustela.http.conditional import Answers, Entry, matches
from mustela.store import AsyncStore, Unit, acting_as
from tests.fix_engines import OpenHarness
from tests.http.conftest import OpenServer, Server
from tests.store.toys import AsyncToys, Toy, toy_metadata

URL = "/api/v1/toys/t1"


def answers_of(server: Server) -> Answers:
    found: Any = server.app.user_middleware[0].kwargs["answers"]
    assert isinstance(found, Answers)
    return found


@pytest.mark.parametrize(
    ("header", "same"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ("*", True),
        (' "x" , W/"a"', True),
        ('"b"', False),
        ("a", False),
        ("", False),
    ],
)
def test_tags_are_compared_weakly(header: str, same: bool) -> None:
    assert matches(header, '"a"') is same


async def test_an_unchanged_record_is_not_sent_again(server: Server) -> None:
    await server.toys.add(Toy("t1", "/a"))
    first = await server.client.get(URL)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"
    for etag in (first.headers["etag"], f"W/{first.headers['etag']}", "*"):
        again = await server.client.get(URL, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    other = await server.client.get(URL, headers={"If-None-Match": '"other"'})
    assert other.content == first.content


async def test_a_kept_answer_is_the_same_as_a_computed_one(open_server: OpenServer) -> None:
    async with open_server() as server:
        await server.toys.add(Toy("t1", "/a"))
        first, kept = await server.client.get(URL), await server.client.get(URL)
        answers = answers_of(server)
        assert (answers.hits, answers.misses, len(answers)) == (1, 1, 1)
        assert kept.content == first.content
        drop = {"x-request-id"}
        assert {k: v for k, v in kept.headers.items() if k not in drop} == {
            k: v for k, v in first.headers.items() if k not in drop
        }
        head = await server.client.head(URL)
        assert (head.content, head.headers["content-length"]) == (b"", str(len(first.content)))


async def test_a_write_makes_every_kept_answer_stale_at_once(server: Server) -> None:
    await server.toys.add(Toy("t1", "/a"))
    etags = set()
    for rating in (1, 2, 3, 4, 5):
        await server.toys.update("t1", rating=rating)
        answer = await server.client.get(URL)
        assert answer.json()["rating"] == rating
        assert (await server.client.get(URL)).content == answer.content
        etags.add(answer.headers["etag"])
        listed = await server.client.get("/api/v1/toys")
        assert listed.json()["items"][0]["rating"] == rating
    assert len(etags) == 5


async def test_readers_among_writers_never_see_less_than_was_acknowledged(server: Server) -> None:
    await server.toys.add(Toy("t1", "/a", rating=0))
    acknowledged = 0
    done = False

    async def reader() -> None:
        while not done:
            least = acknowledged
            answer = await server.client.get(URL)
            assert int(answer.json()["note"] or 0) >= least
            await asyncio.sleep(0)  # without sockets a kept answer lets nobody else in

    async def writer() -> None:
        nonlocal acknowledged, done
        for number in range(1, 60):
            await server.toys.update("t1", note=str(number))
            acknowledged = number
        done = True

    await asyncio.gather(writer(), *(reader() for _ in range(6)))


async def test_a_commit_of_another_process_makes_answers_stale(server: Server) -> None:
    await server.toys.add(Toy("t1", "/a"))
    first = await server.client.get(URL)
    assert (await server.client.get(URL)).json()["rating"] is None
    code = (
        "import sys; from mustela.store import Store; from tests.store.toys import Toys\n"
        "with Store.open(sys.argv[1]) as store: Toys(store).update('t1', rating=4)"
    )
    url = f"sqlite:///{server.data_dir / 'toys.db'}"
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, url], check=True)
    again = await server.client.get(URL, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.json()["rating"]) == (200, 4)


async def test_a_write_that_changes_no_rows_of_the_topic_keeps_the_etag(server: Server) -> None:
    await server.toys.add(Toy("t1", "/a"))
    first = await server.client.get(URL)
    await server.toys.update("t1", note=None)  # what it is already
    again = await server.client.get(URL, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


async def test_after_a_restart_an_etag_is_still_good_and_nothing_else_is(
    open_server: OpenServer,
) -> None:
    async with open_server() as server:
        await server.toys.add(Toy("t1", "/a"))
        etag = (await server.client.get(URL)).headers["etag"]
    async with open_server() as server:
        again = await server.client.get(URL, headers={"If-None-Match": etag})
        assert (again.status_code, again.headers["etag"]) == (304, etag)
        await server.toys.update("t1", rating=1)
    async with open_server() as server:
        again = await server.client.get(URL, headers={"If-None-Match": etag})
        assert again.status_code == 200


async def test_errors_are_not_kept_and_carry_no_etag(server: Server) -> None:
    for headers in ({}, {"If-None-Match": "*"}):
        missing = await server.client.get(URL, headers=headers)
        assert missing.status_code == 404
        assert "etag" not in missing.headers
        assert missing.headers["cache-control"] == "no-store"
    await server.toys.add(Toy("t1", "/a"))
    assert (await server.client.get(URL)).status_code == 200


async def test_memory_for_answers_is_bounded(open_server: OpenServer) -> None:
    async with open_server(cache_bytes=40_000) as server:
        await server.toys.add_many([Toy(f"t{n}", f"/{n}") for n in range(40)])
        answers = answers_of(server)
        for n in range(40):
            await server.client.get(f"/api/v1/toys/t{n}")
            assert answers.bytes <= 40_000
        assert 0 < len(answers) < 40
        assert answers.clear(lambda path: path.endswith("t39")) == 1
        assert answers.clear() > 0
        assert (answers.bytes, len(answers)) == (0, 0)
    async with open_server(cache_bytes=0) as server:
        assert (await server.client.get("/api/v1/toys/t1")).status_code == 200
        assert len(answers_of(server)) == 0


async def test_the_hint_of_a_store_moves_with_every_commit(open_engine: OpenHarness) -> None:
    async with open_engine([toy_metadata]) as harness:
        if not isinstance(harness.store, AsyncStore):
            pytest.skip("a hint is for event loops")
        toys = AsyncToys(harness.store)
        before = harness.store.state()
        if harness.engine == "postgresql":
            assert before is None
            return
        assert before is not None
        await toys.newest()
        assert harness.store.state() == before
        with acting_as("somebody"):
            await toys.add(Toy("t1", "/a"))
        assert harness.store.state() != before
        await harness.store.close()
        assert not harness.store.is_open


async def test_kept_answers_are_right_on_every_engine(open_engine: OpenHarness) -> None:
    async with open_engine([toy_metadata]) as harness:
        if not isinstance(harness.store, AsyncStore):
            pytest.skip("answers are kept for event loops")
        toys = AsyncToys(harness.store)
        answers = Answers(harness.store, limit=100_000, version="1")
        key = ("/x", b"")

        async def kept() -> Entry | None:
            return await answers.kept(key, 1)

        scope = {"type": "http", "path": "/x", "query_string": b"", "headers": []}
        await answers.answer(Request(scope), toys.newest.unit, list, topics=["toys"])
        found = await asyncio.gather(*(kept() for _ in range(5)))
        assert all(entry is found[0] and entry is not None for entry in found)
        await toys.add(Toy("t1", "/a"))
        assert await asyncio.gather(*(kept() for _ in range(5))) == [None] * 5
        assert await answers.kept(key, 0) is None


async def test_requests_for_the_same_at_once_share_one_reading(open_engine: OpenHarness) -> None:
    async with open_engine([toy_metadata]) as harness:
        if not isinstance(harness.store, AsyncStore):
            pytest.skip("answers are for event loops")
        toys = AsyncToys(harness.store)
        await toys.add(Toy("t1", "/a"))
        answers = Answers(harness.store, limit=100_000, version="1")
        read = 0

        def make() -> Unit[list[Toy]]:
            nonlocal read
            read += 1
            return (yield from toys.newest.unit())

        async def ask(asked: str | None = None) -> Response:
            headers = [] if asked is None else [(b"if-none-match", asked.encode())]
            scope = {"type": "http", "path": "/x", "query_string": b"", "headers": headers}
            return await answers.answer(Request(scope), make, list, topics=["toys"])

        found = await asyncio.gather(*(ask() for _ in range(5)))
        alone = harness.engine == "postgresql"  # nothing tells there what was committed
        assert (read, answers.misses, answers.hits) == ((5, 5, 0) if alone else (1, 1, 4))
        assert len({(one.status_code, one.body, one.headers["etag"]) for one in found}) == 1
        assert b'"t1"' in found[0].body
        # What one client has, another lacks.
        etag = found[0].headers["etag"]
        mixed = await asyncio.gather(*(ask(one) for one in (etag, None, etag, '"other"')))
        assert [one.status_code for one in mixed] == [304, 200, 304, 200]
        assert {one.headers["etag"] for one in mixed} == {etag}
        assert {bytes(one.body) for one in mixed} == {b"", found[0].body}


async def test_an_error_of_one_reading_reaches_all_who_ask(open_server: OpenServer) -> None:
    async with open_server() as server:
        missing = await asyncio.gather(*(server.client.get(URL) for _ in range(4)))
        assert [one.status_code for one in missing] == [404] * 4
        await server.toys.add(Toy("t1", "/a"))
        found = await asyncio.gather(*(server.client.get(URL) for _ in range(4)))
        assert [one.status_code for one in found] == [200] * 4


async def test_nobody_waits_for_a_reading_that_began_before_a_commit(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_server() as server:
        await server.toys.add(Toy("t1", "/a"))
        labels = answers_of(server)._labels
        held = asyncio.get_running_loop().create_future()
        labelled = labels.labelled

        async def holding(*arguments: Any) -> Any:
            """The first reading is made, and then kept back."""
            monkeypatch.setattr(labels, "labelled", labelled)
            answer = await labelled(*arguments)
            await held
            return answer

        await labels.database_id()
        monkeypatch.setattr(labels, "labelled", holding)
        early = asyncio.ensure_future(server.client.get(URL))
        while labels.labelled is holding:
            await asyncio.sleep(0)
        await server.toys.update("t1", rating=5)
        async with asyncio.timeout(30):  # or it waits for what is held back
            late = await server.client.get(URL)
        assert late.json()["rating"] == 5
        assert not early.done()
        held.set_result(None)
        assert (await early).status_code == 200
        assert (await server.client.get(URL)).content == late.content
