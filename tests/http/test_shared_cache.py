"""Two servers on one database, and a cache that they share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import pytest

from mustela.http.conditional import Answers
from mustela.http.shared_answers import SharedAnswers, open_client
from mustela.setting_values import SettingError
from mustela.settings import Settings
from mustela.store import AsyncRepository, Unit, write
from mustela.store.identity import FORGET_DATABASE_ID, SET_DATABASE_ID
from mustela.store.unit import count
from tests.docs.pages import DOCS, rows
from tests.http.conftest import OpenServer, Server
from tests.http.fake_redis import MODES, FakeRedis, Mode, fake_redis
from tests.store.toys import Toy

LIST = "/api/v1/toys?heavy=true"
PATIENT = 30.0


def answers_of(server: Server) -> Answers:
    found: Any = server.app.user_middleware[0].kwargs["answers"]
    assert isinstance(found, Answers)
    return found


class Identity(AsyncRepository):
    """Gives the database another identity, as a restore does."""

    @write
    def become(self, identity: str) -> Unit[None]:
        yield from count(FORGET_DATABASE_ID)
        yield from count(SET_DATABASE_ID, value=identity)


class Pair(NamedTuple):
    """Two servers; each with what it knows of the shared cache."""

    one: Server
    two: Server
    cache: FakeRedis

    def shared(self, server: Server) -> SharedAnswers:
        found = answers_of(server).shared
        assert found is not None
        return found


@pytest.fixture
async def pair(open_server: OpenServer) -> AsyncIterator[Pair]:
    """Every answer is worth sharing here, and no machine is too slow."""
    async with AsyncExitStack() as stack:
        cache = await stack.enter_async_context(fake_redis())

        async def opened() -> Server:
            server = await stack.enter_async_context(open_server(cache_url=cache.url))
            ours = answers_of(server)
            assert ours.shared is not None
            ours.shared = SharedAnswers(open_client(cache.url), time_limit=PATIENT, worth=0.0)
            stack.push_async_callback(ours.shared.close)
            return server

        yield Pair(await opened(), await opened(), cache)


async def test_what_one_server_has_made_the_other_one_finds(pair: Pair) -> None:
    await pair.one.toys.add(Toy("t1", "/a", rating=3))
    made = await pair.one.client.get(LIST)
    await pair.shared(pair.one).settled()
    found = await pair.two.client.get(LIST)
    assert found.content == made.content
    for name in ("etag", "content-type", "cache-control", "content-length"):
        assert found.headers[name] == made.headers[name]
    assert pair.shared(pair.one).figures.stored == 1
    assert pair.shared(pair.two).figures.hits == 1
    again = await pair.two.client.get(LIST)
    assert again.content == made.content
    assert pair.shared(pair.two).figures.hits == 1  # it has its own by now


async def test_after_a_change_nobody_finds_what_was_before(pair: Pair) -> None:
    await pair.one.toys.add(Toy("t1", "/a", rating=0))
    for rating in (1, 2, 3, 4, 5):
        writer, reader = (pair.one, pair.two) if rating % 2 else (pair.two, pair.one)
        await writer.toys.update("t1", rating=rating)
        for server in (reader, writer):
            answer = await server.client.get(LIST)
            assert answer.json()["items"][0]["rating"] == rating
            await pair.shared(server).settled()
    assert pair.shared(pair.one).figures.hits + pair.shared(pair.two).figures.hits == 5


async def test_a_client_that_has_it_costs_the_cache_nothing(pair: Pair) -> None:
    await pair.one.toys.add(Toy("t1", "/a"))
    etag = (await pair.one.client.get(LIST)).headers["etag"]
    await pair.shared(pair.one).settled()
    answer = await pair.two.client.get(LIST, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.headers["etag"]) == (304, etag)
    assert pair.cache.questions(b"GET") == 1  # the first server's, which found nothing


async def test_errors_are_not_shared(pair: Pair) -> None:
    assert (await pair.one.client.get("/api/v1/toys/none")).status_code == 404
    await pair.shared(pair.one).settled()
    assert pair.cache.kept == {}
    assert (await pair.two.client.get("/api/v1/toys/none")).status_code == 404


async def test_questions_differ_in_their_query_and_are_kept_apart(pair: Pair) -> None:
    for number in range(3):
        await pair.one.toys.add(Toy(f"t{number}", f"/{number}"))
    for limit in (1, 2, 3):
        url = f"{LIST}&limit={limit}"
        made = await pair.one.client.get(url)
        await pair.shared(pair.one).settled()
        assert (await pair.two.client.get(url)).content == made.content
        assert len(made.json()["items"]) == limit
    assert len(pair.cache.kept) == 3


async def test_a_database_with_another_identity_finds_nothing_of_the_old_one(
    open_server: OpenServer,
) -> None:
    """A restored one's tokens may be those of another past."""
    async with fake_redis() as cache:
        for identity in ("the old one", "the restored one"):
            async with open_server(cache_url=cache.url) as server:
                await Identity(server.store).become(identity)
                ours = answers_of(server)
                ours.shared = SharedAnswers(open_client(cache.url), time_limit=PATIENT, worth=0.0)
                assert (await server.client.get(LIST)).status_code == 200
                await ours.shared.settled()
                assert (ours.shared.figures.hits, ours.shared.figures.stored) == (0, 1)
                await ours.shared.close()
        assert len(cache.kept) == 2


@pytest.mark.parametrize("mode", MODES)
async def test_whatever_the_cache_does_every_answer_is_right(pair: Pair, mode: Mode) -> None:
    await pair.one.toys.add(Toy("t1", "/a", rating=0))
    for server in (pair.one, pair.two):  # something is kept, also under other names
        await server.client.get(LIST)
        await server.client.get(f"{LIST}&limit=1")
        await pair.shared(server).settled()
    for server in (pair.one, pair.two):
        ours = answers_of(server)
        await pair.shared(server).close()
        ours.shared = SharedAnswers(open_client(pair.cache.url), time_limit=0.05, worth=0.0)
    pair.cache.mode = mode
    for rating in (1, 2, 3, 4, 5):
        await pair.one.toys.update("t1", rating=rating)
        answers = await asyncio.gather(
            *(server.client.get(LIST) for server in (pair.one, pair.two, pair.two))
        )
        assert [a.json()["items"][0]["rating"] for a in answers] == [rating] * 3
    for server in (pair.one, pair.two):
        status = (await server.client.get("/api/v1/services/status/cache")).json()
        assert status["state"] in {"ok", "degraded"}
        await pair.shared(server).close()


# ------------------------------------------------------------------------------------ what is seen


async def test_the_state_of_the_cache_is_shown(pair: Pair) -> None:
    await pair.one.client.get(LIST)
    await pair.shared(pair.one).settled()
    await pair.two.client.get(LIST)
    assert (await pair.two.client.get("/api/v1/cache")).json()["shared"] == {
        "asked": True,
        "problem": None,
        "hits": 1,
        "misses": 0,
        "errors": 0,
        "stored": 0,
        "not_stored": 0,
    }


async def test_without_a_cache_there_is_none_to_be_shown(server: Server) -> None:
    assert (await server.client.get("/api/v1/cache")).json()["shared"] is None
    assert (await server.client.get("/api/v1/services/status/cache")).status_code == 404
    assert "shared_answers" not in (await server.client.get("/api/v1/metrics")).text


async def test_a_cache_that_fails_makes_the_server_no_worse_than_degraded(
    open_server: OpenServer,
) -> None:
    async with open_server(cache_url="redis://127.0.0.1:1") as server:
        ill = (await server.client.get("/api/v1/services/status/cache")).json()
        assert ill["state"] == "degraded"
        assert ill["message"].startswith("answers are made anew without it: ")
        assert (await server.client.get("/api/v1/health/ready")).status_code == 200


async def test_every_metric_of_the_cache_is_documented(pair: Pair) -> None:
    text = (await pair.one.client.get("/api/v1/metrics")).text
    found = {
        words[2]: words[3]
        for line in text.splitlines()
        if (words := line.split()) and line.startswith("# TYPE mustela_shared_answers")
    }
    shown = {
        row[0].strip("`"): row[1]
        for row in rows(
            DOCS / "reference" / "system.md", titles=("with `cache_url`", "kind", "what")
        )
    }
    assert shown == found


# -------------------------------------------------------------------------------------- the setting


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache.example.org",
        "redis://cache.example.org:6380/2",
        "redis://:secret@10.0.0.1",
        "redis://user:secret@10.0.0.1:6379/0",
        "rediss://cache.example.org",
        "unix:///run/redis/redis.sock",
        "unix:///run/redis/redis.sock?db=2",
        "",
    ],
)
def test_addresses_of_caches_are_taken(url: str) -> None:
    assert Settings.load(environ={"MUSTELA_CACHE_URL": url}).cache_url == url


@pytest.mark.parametrize(
    "url", ["cache.example.org", "http://cache.example.org", "redis://host:port", "redis://h:0"]
)
def test_other_addresses_are_refused_without_their_secrets(url: str) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.load(environ={"MUSTELA_CACHE_URL": url})
    assert str(caught.value) == (
        "MUSTELA_CACHE_URL is not allowed; it takes redis:// or rediss:// or unix://..."
    )
