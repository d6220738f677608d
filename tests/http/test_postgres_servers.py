"""Several servers on one PostgreSQL: no answer is stale, and a full pool is said to be full."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")

import psycopg

from mustela.app import create_app
from mustela.files.schema import files_metadata
from mustela.http.event_feed import EventFeed
from mustela.jobs.in_memory import InMemoryJobQueue
from mustela.jobs.schema import jobs_metadata
from mustela.settings import Settings
from mustela.store import AsyncStore
from tests.http.conftest import Server
from tests.http.toy_collection import TOYS
from tests.store.toys import AsyncToys, Toy, toy_metadata

pytestmark = pytest.mark.postgres
LIST, ONE = "/api/v1/toys", "/api/v1/toys/t1"
CREATE = [toy_metadata, jobs_metadata, files_metadata]


@asynccontextmanager
async def served(
    url: str, data_dir: Path, *, cache_bytes: int = 1_000_000, **options: Any
) -> AsyncIterator[Server]:
    """One server process's worth: an application, its own store, its own kept answers."""
    chosen = Settings.load(environ={}, data_dir=data_dir, database_url=url, cache_bytes=cache_bytes)
    async with AsyncStore.open(url, create=CREATE, **options) as store:
        app = create_app(
            chosen, store=store, job_queue=InMemoryJobQueue(store), with_collections=[TOYS]
        )
        async with app.router.lifespan_context(app):
            server = Server(app, store, data_dir)
            async with server.client:
                yield server


@asynccontextmanager
async def two(url: str, data_dir: Path) -> AsyncIterator[tuple[Server, Server]]:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(served(url, data_dir))
        yield one, await stack.enter_async_context(served(url, data_dir))


async def test_an_answer_kept_by_one_server_is_gone_when_another_has_committed(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two(postgres_url, tmp_path) as (one, other):
        await one.client.post(LIST, json={"id": "t1", "path": "a"})
        for url in (LIST, ONE):
            for rating in (1, 2):
                first = await other.client.get(url)
                kept = await other.client.get(url, headers={"If-None-Match": first.headers["etag"]})
                assert kept.status_code == 304
                await one.client.patch(ONE, json={"rating": rating})
                again = await other.client.get(
                    url, headers={"If-None-Match": first.headers["etag"]}
                )
                assert again.status_code == 200
                assert f'"rating":{rating}'.encode() in again.content


async def test_servers_give_the_same_answer_the_same_tag(postgres_url: str, tmp_path: Path) -> None:
    async with two(postgres_url, tmp_path) as (one, other):
        await one.client.post(LIST, json={"id": "t1", "path": "a"})
        for url in (LIST, ONE):
            first = await one.client.get(url)
            elsewhere = await other.client.get(
                url, headers={"If-None-Match": first.headers["etag"]}
            )
            assert elsewhere.status_code == 304


async def test_no_answer_is_older_than_what_was_acknowledged_before_it_was_asked_for(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two(postgres_url, tmp_path) as (one, other):
        await one.client.post(LIST, json={"id": "t1", "path": "a"})
        acknowledged = 0
        over = False

        async def write() -> None:
            nonlocal acknowledged, over
            for number in range(1, 60):
                writer = (one, other)[number % 2]
                await writer.client.patch(ONE, json={"note": str(number)})
                acknowledged = number
            over = True

        async def read(server: Server, url: str) -> None:
            tag, last = "", 0
            while not over:
                before = acknowledged
                answer = await server.client.get(url, headers={"If-None-Match": tag} if tag else {})
                if answer.status_code == 304:
                    assert before <= last
                    continue
                tag = answer.headers["etag"]
                found = answer.json()
                last = int((found["items"][0] if url == LIST else found)["note"] or 0)
                assert last >= before

        await asyncio.gather(write(), *(read(s, u) for s in (one, other) for u in (LIST, ONE)))


async def test_servers_that_keep_answers_say_what_one_that_keeps_none_does(
    postgres_url: str, tmp_path: Path
) -> None:
    chance = random.Random(5)
    async with (
        two(postgres_url, tmp_path) as servers,
        served(postgres_url, tmp_path, cache_bytes=0) as plain,
    ):
        urls = [LIST, f"{LIST}?limit=1", *(f"{LIST}/t{n}" for n in range(3))]
        for _ in range(40):
            toys, id = chance.choice(servers).toys, f"t{chance.randrange(3)}"
            if await toys.get(id) is None:
                await toys.add(Toy(id, id))
            elif chance.random() < 0.3:
                await toys.delete(id)
            else:
                await toys.update(id, rating=chance.randrange(6))
            for url in urls:
                true = await plain.client.get(url)
                for server in servers:
                    answer = await server.client.get(url)
                    assert answer.status_code == true.status_code
                    assert answer.headers.get("etag") == true.headers.get("etag")
                    assert answer.status_code != 200 or answer.content == true.content


async def test_when_every_connection_is_in_use_the_answer_is_503_with_retry_after(
    postgres_url: str, tmp_path: Path
) -> None:
    async with served(postgres_url, tmp_path, pool_size=1, pool_timeout=0.05) as server:
        await server.toys.add(Toy("t1", "/a"))
        begun, release = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with server.store.transaction() as tx:
                await AsyncToys(tx).update("t1", rating=1)
                begun.set()
                await release.wait()

        holding = asyncio.create_task(hold())
        await begun.wait()
        answer = await server.client.get(ONE)
        release.set()
        await holding
        assert answer.status_code == 503
        assert answer.json()["code"] == "no_free_connection"
        assert int(answer.headers["retry-after"]) >= 1
        assert (await server.client.get(ONE)).json()["rating"] == 1


async def test_a_server_follows_the_changes_that_another_makes(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two(postgres_url, tmp_path) as (one, other):
        services: Any = other.app.user_middleware[0].kwargs["provided"]
        (held,) = services.values()
        async with held.events.subscribed({"toys"}) as subscription:
            heard: list[str] = []
            messages = subscription.messages()
            await anext(messages)  # the stream has begun
            await asyncio.gather(*(one.toys.add(Toy(f"t{n}", f"/{n}")) for n in range(20)))
            async for some in messages:
                heard += [message.json for message in some if '"change"' in message.json]
                if len(heard) >= 20:
                    break
            assert len(heard) == len(set(heard)) == 20


async def test_who_follows_is_told_when_the_server_has_lost_what_it_had_told(
    postgres_url: str,
) -> None:
    """As where another server takes its place without the last transactions."""
    async with AsyncStore.open(postgres_url, create=CREATE) as store:
        toys, feed = AsyncToys(store), EventFeed(store)
        async with asyncio.timeout(20), feed.running(), feed.subscribed() as subscription:
            for number in range(3):
                await toys.add(Toy(f"t{number}", f"/{number}"))
            async with aclosing(subscription.messages()) as news:
                heard: list[str] = []

                async def hear(word: str) -> None:
                    while word not in "".join(heard):
                        heard.extend(message.json for message in await anext(news))

                await hear('"key":"t2"')
                with psycopg.connect(postgres_url) as connection:
                    connection.execute("DELETE FROM events WHERE id > (SELECT min(id) FROM events)")
                    connection.execute(
                        "SELECT setval('events_id_seq', (SELECT max(id) FROM events))"
                    )
                await hear('"another_database"')
                await toys.add(Toy("t3", "/3"))
                await hear('"key":"t3"')
