"""Whatever is written, by whomever: no conditional answer is ever stale.

Every route that the OpenAPI document gives an ``ETag`` is asked after every step, with all tags
that it ever gave. What it answers is compared with a server that keeps nothing, neither answers nor
encoded records, and is shown no tags. Steps are writes over HTTP, by another process (which is a
store of its own on the same file), writes that are taken back, restarts, and restored backups.

Files and pictures are labelled by what is on the disk: ``test_file_answer.py`` has those.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, TypeVar

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from mustela.app import branches, create_app
from mustela.files.root import RootOperations, root_records
from mustela.files.root_directory import RootDirectory
from mustela.jobs import InMemoryJobQueue
from mustela.radio.collection import RADIO
from mustela.settings import Settings
from mustela.store import AsyncStore, Store, SyncRepository, Unit, migrate, write
from mustela.store.backup import backup, restore
from mustela.store.errors import NotFound
from mustela.store.lock import DataDirectoryLock
from mustela.video.collection import VIDEO
from mustela.video.record import Video
from mustela.video.repository import VideoRepository

T = TypeVar("T")
COLLECTIONS = {VIDEO.name: VIDEO, RADIO.name: RADIO}
#: What may happen to an item.
ACTIONS = ["add", "add", "edit", "edit", "same", "missing", "delete", "undo"]
API = "/api/v1"
FILMS = RootDirectory("/films", "inode 1, file system 1")

IDS = ("a", "b", "c")
#: What is put for the parameters of a path, by what stands before them.
PATH_VALUES = {
    "videos": IDS,
    "roots": ("films",),
    "images": IDS,
    "sources": IDS,
    "ms": IDS[:1],
    "cal": IDS[:1],
    "qa/image": IDS[:1],
    "qa/source": IDS[:1],
    "qa/ms": IDS[:1],
    "qa/cal": IDS[:1],
    "radio/rules": ("films",),
}
#: What is asked of the parameters of a query, where a route has them.
QUERIES = {
    "limit": ("limit=2", "limit=1&offset=1"),
    "q": ("q=a",),
    "sort": ("sort=-rating",),
    "min_rating": ("min_rating=3",),
    "missing": ("missing=true",),
    "tag": ("tag=one",),
}


def settings_in(directory: Path, **explicit: Any) -> Settings:
    return Settings.load(
        environ={}, data_dir=directory, scan_interval_minutes=0, watch_roots=False, **explicit
    )


@cache
def conditional_routes(collection: str = VIDEO.name) -> dict[str, set[str]]:
    """The paths of routes whose answers carry an ``ETag``, each with its query parameters."""
    app = create_app(
        settings_in(Path("unused"), database_url="sqlite:///:memory:"),
        with_collections=[COLLECTIONS[collection]],
    )
    found = {}
    for path, methods in app.openapi()["paths"].items():
        operation = methods.get("get", {})
        if "ETag" in operation.get("responses", {}).get("200", {}).get("headers", {}):
            parameters = operation.get("parameters", [])
            found[path] = {one["name"] for one in parameters if one["in"] == "query"}
    return found


@cache
def urls(collection: str = VIDEO.name) -> tuple[str, ...]:
    """Several URLs of every conditional route."""
    found = []
    for path, names in conditional_routes(collection).items():
        before, _, after = path.partition("{id}")
        assert "{" not in before + after, f"say in this test what is put into {path}"
        values = PATH_VALUES[before.removeprefix(API).strip("/")] if before != path else ("",)
        for value in values:
            url = f"{before}{value}{after}"
            found.append(url)
            found += [f"{url}?{query}" for name in sorted(names) for query in QUERIES.get(name, ())]
    return tuple(found)


def test_every_list_and_every_record_is_conditional() -> None:
    assert set(conditional_routes()) >= {
        f"{API}/roots",
        f"{API}/roots/{{id}}",
        f"{API}/videos",
        f"{API}/videos/search",
        f"{API}/videos/{{id}}",
    }


def test_what_depends_on_the_clock_or_on_progress_is_not_conditional() -> None:
    for path in ("/stats", "/queue", "/cache", "/jobs", "/jobs/{id}", "/metrics", "/health/ready"):
        assert API + path not in conditional_routes()


@cache
def template(collection: str) -> Path:
    """A database with its tables, made once and copied for each example."""
    path = Path(tempfile.mkdtemp()) / "template.db"
    migrate.upgrade(path, branches([COLLECTIONS[collection]]))
    return path


class NamedRoots(RootOperations, SyncRepository):
    """Roots; one of them with an id that is known beforehand."""

    @write
    def add_films(self) -> Unit[None]:
        said = {"name": "films", "collections": '["video"]', "exclude": "[]", "recursive": 1}
        yield from root_records.insert({"id": "films", **FILMS._asdict(), **said})


class Served:
    """A running server on the database file."""

    def __init__(self, collection: str, directory: Path, cache_bytes: int) -> None:
        self._collection = collection
        self._directory = directory
        self._cache_bytes = cache_bytes
        self._stack = AsyncExitStack()
        self.client: httpx.AsyncClient

    async def start(self) -> Served:
        url = f"sqlite:///{self._directory / 'mustela.db'}"
        store = await self._stack.enter_async_context(
            AsyncStore.open(url, synchronous="OFF", kept_bytes=self._cache_bytes)
        )
        app = create_app(
            settings_in(self._directory, cache_bytes=self._cache_bytes),
            store=store,
            job_queue=InMemoryJobQueue(store),
            with_collections=[COLLECTIONS[self._collection]],
        )
        await self._stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app)
        self.client = await self._stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://localhost")
        )
        return self

    async def stop(self) -> None:
        await self._stack.aclose()


#: One change, to be made on any store; what cannot be done changes nothing.
Change: TypeAlias = Callable[[Any], object]


class NeverStale(RuleBasedStateMachine):
    """One server that keeps answers, one that keeps none, and another process that writes.

    A subclass says of which collection, and how its items change.
    """

    collection: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.database = self.directory / "mustela.db"
        shutil.copy(template(self.collection), self.database)
        self.runner = asyncio.Runner()
        self.number = 0
        self.backup = Path()
        #: What each tag has named, ever; and the tags that each URL has given.
        self.bodies: dict[str, bytes] = {}
        self.tags: dict[str, list[str]] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def open(self) -> None:
        self.server = await Served(self.collection, self.directory, 1_000_000).start()
        self.plain = await Served(self.collection, self.directory, 0).start()
        self.other = Store.open(self.database, synchronous="OFF")

    async def close(self) -> None:
        self.other.close()
        await self.plain.stop()
        await self.server.stop()

    def teardown(self) -> None:
        self.run(self.close())
        self.runner.close()
        shutil.rmtree(self.directory)

    @initialize()
    def begin(self) -> None:
        self.run(self.open())
        NamedRoots(self.other).add_films()
        for id in IDS[:2]:
            self.write(id, "add", 3)(self.other)
        self.a_backup_is_made()

    # What is asked.

    async def look(self, url: str, *, restored: bool = False) -> None:
        shown = self.tags.setdefault(url, [])
        headers = {"If-None-Match": ", ".join(shown[-40:])} if shown else {}
        answer, true = await self.both(url, headers)
        tag = answer.headers.get("etag")
        if answer.status_code == 304:
            assert not restored, f"{url}: a tag of before the restore is still good"
            assert tag in shown
            assert self.bodies[tag] == true.content, f"{url}: 304, and the answer has changed"
        else:
            assert answer.status_code == true.status_code
            assert strip(answer) == strip(true), f"{url}: a stale answer"
        assert tag == true.headers.get("etag")
        if answer.status_code == 200:
            assert self.bodies.setdefault(tag, answer.content) == answer.content
            if tag in shown:
                shown.remove(tag)
            shown.append(tag)

    async def both(
        self, url: str, headers: dict[str, str]
    ) -> tuple[httpx.Response, httpx.Response]:
        """Both servers, asked while nobody wrote: the servers note things by themselves, too."""
        before = await self.plain.client.get(url)
        while True:
            answer = await self.server.client.get(url, headers=headers)
            after = await self.plain.client.get(url)
            if before.headers.get("etag") == after.headers.get("etag"):
                return answer, after
            before = after

    @invariant()
    def nothing_is_stale(self) -> None:
        async def look() -> None:
            await asyncio.gather(*map(self.look, urls(self.collection)))

        if hasattr(self, "server"):
            self.run(look())

    # What is written.

    def write(self, id: str, action: str, rating: int) -> Change:
        """What such an action does to an item."""
        raise NotImplementedError

    changes = st.tuples(st.sampled_from(IDS), st.sampled_from(ACTIONS), st.integers(0, 5))

    @rule(change=changes)
    def another_process_writes(self, change: tuple[str, str, int]) -> None:
        with suppress(Exception):  # an undo in conflict, for one: then nothing has changed
            self.write(*change)(self.other)

    @rule(name=st.sampled_from(["Films", "Old films"]))
    def another_process_names_the_root(self, name: str) -> None:
        NamedRoots(self.other).update("films", name=name)

    @rule(path=st.sampled_from(["/films", "/volumes/films"]))
    def another_process_moves_the_root(self, path: str) -> None:
        NamedRoots(self.other).relocate("films", RootDirectory(path, FILMS.identity))

    @rule(change=changes)
    def a_transaction_is_taken_back(self, change: tuple[str, str, int]) -> None:
        with suppress(Exception), self.other.transaction() as tx:
            self.write(*change)(tx)
            raise ZeroDivisionError

    @rule(change=changes, url=st.sampled_from(range(1000)))
    def readers_meet_a_writer(self, change: tuple[str, str, int], url: int) -> None:
        """Each of them sees what was before or what is after, and nothing else."""
        of_items = [one for one in urls(self.collection) if not one.startswith(f"{API}/roots")]
        asked = of_items[url % len(of_items)]
        write = self.write(*change)

        def writes() -> None:
            with suppress(Exception):
                write(self.other)

        async def meet() -> None:
            before = strip(await self.plain.client.get(asked))
            writing = asyncio.create_task(asyncio.to_thread(writes))
            seen = []
            while not writing.done():
                seen.append(strip(await self.server.client.get(asked)))
                await asyncio.sleep(0)
            after = strip(await self.plain.client.get(asked))
            assert set(seen) <= {before, after}

        self.run(meet())

    # What happens to servers.

    @rule()
    def the_server_is_restarted(self) -> None:
        async def restart() -> None:
            await self.server.stop()
            self.server = await Served(self.collection, self.directory, 1_000_000).start()

        self.run(restart())

    @rule()  # the first one is made at the beginning
    def a_backup_is_made(self) -> None:
        self.backup = backup(self.database, self.directory / "backups")

    @rule()
    def the_backup_is_restored(self) -> None:
        self.run(self.close())
        lock = DataDirectoryLock(self.directory).acquire("exclusive")
        restore(self.backup, self.database, lock)
        lock.release()

        async def look() -> None:
            await self.open()
            await asyncio.gather(*(self.look(url, restored=True) for url in urls(self.collection)))

        self.run(look())


class Videos(NeverStale):
    """Over videos."""

    collection = VIDEO.name

    def write(self, id: str, action: str, rating: int) -> Change:
        self.number += 1
        note = str(self.number)

        def change(store: Any) -> None:
            videos = VideoRepository(store)
            with suppress(NotFound):
                if action == "add" and videos.get(id) is None:
                    videos.add(Video(id=id, path=f"/films/{id}/{note}.mp4", rating=rating))
                elif action == "edit":
                    videos.update(id, rating=rating, tags=("one",) * (rating % 2))
                elif action == "same":
                    found = videos.get(id)
                    if found is not None:
                        videos.update(id, rating=found.rating)
                elif action == "missing":
                    videos.observe(id, missing_since=datetime(2024, 1, 1 + rating, tzinfo=UTC))
                elif action == "delete":
                    videos.delete(id)
                elif action == "undo":
                    for entry in videos.history(id, 1):
                        videos.revert(entry.change_id)

        return change

    @rule(id=st.sampled_from(IDS), rating=st.integers(0, 5))
    def a_client_edits(self, id: str, rating: int) -> None:
        async def edit() -> None:
            url = f"{API}/videos/{id}"
            answer = await self.server.client.patch(url, json={"rating": rating})
            assert answer.status_code in {200, 404}
            if answer.status_code == 200:
                read = await self.server.client.get(url)
                assert read.json()["rating"] == rating

        self.run(edit())

    @rule(id=st.sampled_from(IDS))
    def a_client_deletes(self, id: str) -> None:
        self.run(self.server.client.delete(f"{API}/videos/{id}"))


def strip(answer: httpx.Response) -> bytes:
    """A body, without the id that is every problem's own."""
    if answer.status_code < 400:
        return answer.content
    return f"{answer.status_code} {answer.json()['code']}".encode()


HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@pytest.mark.unmeasured
def test_no_answer_is_ever_stale() -> None:
    few = settings(
        max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=HEALTH
    )
    run_state_machine_as_test(Videos, settings=few)


def test_a_record_that_is_written_without_a_new_revision_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mustela.store.records.new_revision", lambda: 7)
    machine = Videos()
    try:
        machine.begin()
        machine.nothing_is_stale()
        VideoRepository(machine.other).update("a", rating=5)
        with pytest.raises(AssertionError, match=f"{API}/videos.*: a stale answer"):
            machine.nothing_is_stale()
    finally:
        machine.teardown()


@pytest.mark.faults
def test_no_answer_is_ever_stale_however_long_it_is_tried() -> None:
    many = settings(
        max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=HEALTH
    )
    run_state_machine_as_test(Videos, settings=many)
