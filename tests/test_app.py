"""The server put together: it opens and closes in order, with whatever it is given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from mustela import app as app_module
from mustela import collection
from mustela.app import create_app
from mustela.collection import (
    BadCollection,
    Collection,
    CollectionStats,
    Installed,
    Services,
    from_entry_points,
)
from mustela.files.schema import files_metadata
from mustela.jobs import InMemoryJobQueue
from mustela.jobs.schema import jobs_metadata
from mustela.settings import Settings
from mustela.store import AsyncStore
from mustela.store.lock import DataDirectoryLock
from mustela.store.maintenance_errors import DataDirectoryLocked
from tests.http.toy_collection import TOYS
from tests.store.toys import toy_metadata


def settings(tmp_path: Path, **explicit: Any) -> Settings:
    return Settings.load(environ={}, data_dir=tmp_path, **explicit)


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


async def test_a_first_start_makes_the_database_and_a_second_one_finds_it(tmp_path: Path) -> None:
    roots: list[dict[str, str]] = []
    for _ in range(2):
        app = create_app(settings(tmp_path), with_collections=[])
        async with app.router.lifespan_context(app), client_of(app) as client:
            assert (await client.get("/api/v1/health/ready")).json() == {"status": "ready"}
            roots = (await client.get("/api/v1/roots")).json()["items"]
            if not roots:
                await client.post("/api/v1/roots", json={"path": str(tmp_path)})
    assert [root["path"] for root in roots] == [str(tmp_path)]
    assert (tmp_path / "mustela.db").is_file()


async def test_while_it_runs_nobody_else_may_migrate(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path), with_collections=[])
    lock = DataDirectoryLock(tmp_path)
    async with app.router.lifespan_context(app):
        with pytest.raises(DataDirectoryLocked):
            lock.acquire("exclusive")
    lock.acquire("exclusive")
    lock.release()


async def test_a_start_that_fails_leaves_nothing_held(tmp_path: Path) -> None:
    (tmp_path / "mustela.db").write_bytes(b"not a database, but long enough to be read as one" * 99)
    app = create_app(settings(tmp_path), with_collections=[])
    with pytest.raises(Exception, match="not a database"):
        async with app.router.lifespan_context(app):
            pass
    DataDirectoryLock(tmp_path).acquire("exclusive").release()


async def test_a_database_in_memory_needs_no_file(tmp_path: Path) -> None:
    chosen = settings(tmp_path / "absent", database_url="sqlite:///:memory:")
    app = create_app(chosen, with_collections=[TOYS])
    async with app.router.lifespan_context(app), client_of(app) as client:
        body = {"id": "t1", "path": "/a"}
        assert (await client.post("/api/v1/toys", json=body)).status_code == 201
        assert (await client.get("/api/v1/toys")).json()["total"] == 1
    assert not (tmp_path / "absent").exists()


async def test_a_store_that_is_given_closed_is_opened_and_closed(tmp_path: Path) -> None:
    store = AsyncStore.memory(toy_metadata, jobs_metadata, files_metadata)
    queue = InMemoryJobQueue(store)
    app = create_app(settings(tmp_path), store=store, job_queue=queue, with_collections=[TOYS])
    async with app.router.lifespan_context(app), client_of(app) as client:
        assert store.is_open
        assert (await client.get("/api/v1/toys")).status_code == 200
    assert not store.is_open


async def test_a_store_that_is_given_open_stays_open(tmp_path: Path) -> None:
    async with AsyncStore.memory(toy_metadata, jobs_metadata, files_metadata) as store:
        app = create_app(settings(tmp_path), store=store, with_collections=[TOYS])
        async with app.router.lifespan_context(app):
            pass
        assert store.is_open


async def test_a_collection_runs_between_the_store_and_the_jobs(tmp_path: Path) -> None:
    seen: list[tuple[str, bool]] = []

    def install(services: Services) -> Installed:
        @asynccontextmanager
        async def running() -> AsyncIterator[None]:
            seen.append(("begins", services.store.is_open))
            yield
            seen.append(("ends", services.store.is_open))

        return Installed(running=running)

    chosen = settings(tmp_path, database_url="sqlite:///:memory:")
    app = create_app(chosen, with_collections=[Collection("odd", "Odd", [], install)])
    async with app.router.lifespan_context(app):
        assert seen == [("begins", True)]
    assert seen == [("begins", True), ("ends", True)]


def test_two_collections_of_a_name_or_topic_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCollection, match="two collections named toys"):
        create_app(settings(tmp_path), with_collections=[TOYS, TOYS])
    other = Collection("other", "Other", [], TOYS.install)
    with pytest.raises(BadCollection, match="the topic toys"):
        create_app(settings(tmp_path), with_collections=[TOYS, other])


def test_other_packages_bring_collections_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        value = "somebody:THEIRS"
        dist = None

        def __init__(self, found: object) -> None:
            self.found = found

        def load(self) -> object:
            return self.found

    monkeypatch.setattr(collection, "entry_points", lambda group: [Entry(TOYS)])
    assert from_entry_points() == [TOYS]
    assert app_module.collections()[-1] is TOYS
    monkeypatch.setattr(collection, "entry_points", lambda group: [Entry("a string")])
    with pytest.raises(BadCollection, match="somebody:THEIRS"):
        from_entry_points()


async def test_a_collection_tells_its_numbers(tmp_path: Path) -> None:
    store = AsyncStore.memory(toy_metadata, jobs_metadata, files_metadata)
    app = create_app(settings(tmp_path), store=store, with_collections=[TOYS])
    async with app.router.lifespan_context(app):
        provided: Any = app.user_middleware[0].kwargs["provided"]
        services: Services = provided[collection.SERVICES]
        stats = services.installed["toys"].stats
        assert stats is not None
        assert await stats() == CollectionStats(0)
        assert {"roots", "toys"} <= services.records.keys()
    await asyncio.sleep(0)


async def test_a_store_that_closed_is_not_ready(tmp_path: Path) -> None:
    store = AsyncStore.memory(toy_metadata, jobs_metadata, files_metadata)
    queue = InMemoryJobQueue(store)
    app = create_app(settings(tmp_path), store=store, job_queue=queue, with_collections=[TOYS])
    async with app.router.lifespan_context(app), client_of(app) as client:
        await store.close()
        assert (await client.get("/api/v1/health/live")).status_code == 200
        ready = await client.get("/api/v1/health/ready")
        assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
        gone = await client.get("/api/v1/toys")
        assert (gone.status_code, gone.json()["code"]) == (503, "store_closed")
