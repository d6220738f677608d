"""Roots that are watched, with real directories."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mustela.files import root_watcher, watch_roots
from mustela.files.directory_product import DirectoryRule
from mustela.files.root import AsyncRootRepository, Root
from mustela.files.root_directory import inspect
from mustela.files.schema import files_metadata
from mustela.files.watch_roots import RootWatch, common_directory
from mustela.jobs.in_memory import InMemoryJobQueue
from mustela.jobs.leader import LeaderLock
from mustela.jobs.schema import jobs_metadata
from mustela.store import AsyncStore
from mustela.store.context import Context
from mustela.store.errors import StoreError, StoreUnavailable
from tests.jobs.rig import until


class Rig:
    """Roots below a directory, and the scans that were asked for."""

    def __init__(self, store: AsyncStore, directory: Path) -> None:
        self.store = store
        self.roots = AsyncRootRepository(store)
        self.queue = InMemoryJobQueue(store)
        self.queue.register_handler("other", self._nothing)
        self.directory = directory
        self.scans: list[tuple[str, str]] = []
        self.directories: DirectoryRule | None = None
        self.actors: set[str] = set()
        #: The job that is under way, where there is one.
        self.under_way: str | None = None

    async def _nothing(self, job: Any) -> None:
        del job

    def watch(self, leader: LeaderLock | None = None, **options: Any) -> RootWatch:
        chosen: dict[str, Any] = {
            "enabled": True,
            "interval_minutes": 90.0,
            "look": 0.01,
            "quiet": 0.05,
        } | options
        watch = RootWatch(self.store, self.queue, leader or LeaderLock(), **chosen)
        watch.register("toys", {"toy": "candidate"}, self._submit, self.directories)
        return watch

    async def _submit(self, root_id: str, below: str, id: str) -> str:
        self.actors.add(Context().actor)
        if self.under_way is not None:
            return self.under_way
        self.scans.append((root_id, below))
        return id

    async def add(self, name: str, **options: Any) -> Root:
        path = self.directory / name
        path.mkdir()
        root: Root = await self.roots.add(inspect(path), collections=["toys"], **options)
        return root

    async def root(self, root: Root) -> Root:
        found = await self.roots.get(root.id)
        assert found is not None
        return found

    async def watched(self, root: Root) -> None:
        """Wait until changes are heard of."""

        async def is_watched() -> bool:
            return (await self.root(root)).watched

        await until(is_watched)

    async def noted(self, root: Root) -> str:
        """Wait for the reason why not."""

        async def has_note() -> bool:
            return (await self.root(root)).watch_note is not None

        await until(has_note)
        note = (await self.root(root)).watch_note
        assert note is not None
        return note

    def put(self, root: Root, path: str) -> None:
        place = Path(root.path) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(path)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with AsyncStore.memory(files_metadata, jobs_metadata) as store:
        yield Rig(store, tmp_path)


@asynccontextmanager
async def watching(rig: Rig, *roots: Root, **options: Any) -> AsyncIterator[RootWatch]:
    watch = rig.watch(**options)
    async with watch.running():
        for root in roots:
            await rig.watched(root)
        yield watch


def about(rig: Rig, root: Root) -> Callable[[], bool]:
    """Whether a scan of the root was asked for."""
    return lambda: any(id == root.id for id, _ in rig.scans)


async def test_a_new_file_starts_a_scan_of_its_directory(rig: Rig) -> None:
    root = await rig.add("a")
    (Path(root.path) / "trip").mkdir()
    async with watching(rig, root):
        rig.put(root, "trip/new.toy")
        await until(lambda: rig.scans)
    assert rig.scans[0] == (root.id, "trip/")
    assert rig.actors == {"watch"}
    assert (await rig.root(root)).watch_note is None


@pytest.mark.parametrize("change", ["write", "remove", "rename", "remove directory"])
async def test_every_kind_of_change_is_heard_of(rig: Rig, change: str) -> None:
    root = await rig.add("a")
    rig.put(root, "trip/deep/one.toy")
    place = Path(root.path) / "trip/deep"
    async with watching(rig, root):
        if change == "write":
            rig.put(root, "trip/deep/one.toy")
        elif change == "remove":
            (place / "one.toy").unlink()
        elif change == "rename":
            (place / "one.toy").rename(place / "two.toy")
        else:
            shutil.rmtree(place)
        await until(lambda: rig.scans)
    assert rig.scans[0][1] in {"trip/deep/", "trip/"}


async def test_a_directory_that_is_moved_in_is_scanned(rig: Rig, tmp_path: Path) -> None:
    root = await rig.add("a")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "one.toy").write_text("one")
    async with watching(rig, root):
        (tmp_path / "elsewhere").rename(Path(root.path) / "trip")
        await until(lambda: rig.scans)
    assert rig.scans[0] == (root.id, "trip/")


async def test_a_storm_of_changes_is_one_scan_of_what_holds_them_all(rig: Rig) -> None:
    root = await rig.add("a")
    for name in ("trip/one", "trip/two"):
        (Path(root.path) / name).mkdir(parents=True)
    async with watching(rig, root, quiet=1.0):
        for number in range(100):
            rig.put(root, f"trip/{('one', 'two')[number % 2]}/{number}.toy")
        await until(lambda: rig.scans)
    assert rig.scans == [(root.id, "trip/")]


async def test_what_scans_leave_out_starts_none(rig: Rig) -> None:
    root = await rig.add("a", exclude=["proxies"])
    other = await rig.add("b")
    for name in (".cache", "proxies"):
        (Path(root.path) / name).mkdir()
    async with watching(rig, root, other):
        for path in (".cache/one.toy", "proxies/two.toy", "notes.txt"):
            rig.put(root, path)
        await asyncio.to_thread(rig.put, other, "seen.toy")
        await until(about(rig, other))
    assert rig.scans == [(other.id, "")]


async def test_a_change_within_a_product_starts_a_scan_of_the_directory_that_holds_it(
    rig: Rig,
) -> None:
    root, other = await rig.add("a"), await rig.add("b")
    rig.put(root, "trip/bears/set.txt")
    rig.put(root, "trip/bears/parts/one.toy")
    rig.directories = DirectoryRule(("set.txt",), lock="set.lock")
    async with watching(rig, root, other):
        rig.put(root, "trip/bears/set.lock")  # somebody reads it
        await asyncio.to_thread(rig.put, other, "seen.toy")
        await until(about(rig, other))
        rig.put(root, "trip/bears/parts/data")
        await until(about(rig, root))
    assert rig.scans == [(other.id, ""), (root.id, "trip/")]


async def test_what_changes_behind_a_link_starts_no_scan(rig: Rig, tmp_path: Path) -> None:
    """Scans follow no links to directories; that elsewhere there is a lot to do is no news."""
    root, other = await rig.add("a"), await rig.add("b")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (Path(root.path) / "link").symlink_to(elsewhere)
    async with watching(rig, root, other):
        (elsewhere / "one.toy").write_text("one")
        (elsewhere / "trip").mkdir()
        (elsewhere / "one.toy").unlink()
        await asyncio.to_thread(rig.put, other, "seen.toy")
        await until(about(rig, other))
        rig.put(root, "seen.toy")
        await until(about(rig, root))
    assert sorted(rig.scans) == sorted([(other.id, ""), (root.id, "")])


async def test_roots_that_come_go_and_change_are_followed(rig: Rig) -> None:
    async with watching(rig):
        root = await rig.add("a")
        await rig.watched(root)
        rig.put(root, "one.toy")
        await until(about(rig, root))
        moved = rig.directory / "moved"
        moved.mkdir()
        await rig.roots.note_watch(root.id, False, None)
        await rig.roots.relocate(root.id, inspect(moved))
        await rig.watched(root)
        rig.scans.clear()
        (moved / "two.toy").write_text("two")
        await until(about(rig, root))
        await rig.roots.remove(root.id)
        other = await rig.add("b")
        await rig.watched(other)
        rig.scans.clear()
        (moved / "three.toy").write_text("three")
        rig.put(other, "four.toy")
        await until(about(rig, other))
    assert {id for id, _ in rig.scans} == {other.id}


async def test_a_root_that_is_changed_is_scanned_for_what_was_not_heard_meanwhile(
    rig: Rig,
) -> None:
    root = await rig.add("a")
    async with watching(rig, root, quiet=0.5):
        rig.put(root, "one.toy")
        await rig.roots.update(root.id, exclude=["proxies"])
        await until(about(rig, root))
    assert rig.scans == [(root.id, "")]


async def test_a_scan_that_is_under_way_is_followed_by_another(rig: Rig) -> None:
    root = await rig.add("a")
    async with watching(rig, root):
        other = rig.under_way = await rig.queue.submit("other")
        rig.put(root, "one.toy")
        await until(lambda: rig.actors)
        assert rig.scans == []
        rig.under_way = None
        await rig.queue.drain()
        assert (await rig.queue.get(other)).ended
        await until(lambda: rig.scans == [(root.id, "")])


async def test_where_the_file_system_sends_no_events_it_is_said(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked: list[Path] = []

    def network(path: Path) -> str:
        looked.append(path)
        return "nfs4"

    monkeypatch.setattr(root_watcher, "file_system_type", network)
    monkeypatch.setattr(watch_roots, "RETRY_SECONDS", 0.001)
    root = await rig.add("a")
    with caplog.at_level(logging.WARNING):
        async with rig.watch().running():
            note = await rig.noted(root)
            await until(lambda: len(looked) > 3)
    assert note == "no events on this root, its file system is nfs4; scanned every 90 minutes"
    assert not (await rig.root(root)).watched
    assert len([line for line in caplog.messages if "is not watched" in line]) == 1


async def test_a_limit_of_the_system_is_said(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **options: Any) -> Any:
        raise OSError(28, "OS file watch limit reached. about []")

    monkeypatch.setattr(root_watcher, "watch", full)
    root = await rig.add("a")
    async with rig.watch(interval_minutes=0.0).running():
        note = await rig.noted(root)
    assert "fs.inotify.max_user_watches" in note
    assert note.endswith("scanned when somebody asks")


async def test_a_drive_that_comes_back_is_watched_again_and_scanned(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_roots, "RETRY_SECONDS", 0.01)
    root = await rig.add("a")
    place = Path(root.path)
    place.rmdir()
    async with rig.watch().running():
        assert "is its drive connected?" in await rig.noted(root)
        place.mkdir()
        await rig.watched(root)
        await until(lambda: (root.id, "") in rig.scans)
        rig.scans.clear()
        place.rename(rig.directory / "away")
        place.mkdir()  # another directory in its place
        await until(lambda: (root.id, "") in rig.scans)
        await rig.watched(root)
        rig.scans.clear()
        rig.put(root, "deep/one.toy")
        await until(lambda: rig.scans)


async def test_it_can_be_switched_off(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    root = await rig.add("a")
    async with rig.watch(enabled=False).running():
        note = await rig.noted(root)
    assert note == "watching is off (watch_roots); scanned every 90 minutes"
    assert caplog.messages == []


class Lease(LeaderLock):
    """The lead of a process that may lose it, and hear of that by an error."""

    problem: StoreError | None = None
    held = True

    async def leads(self) -> bool:
        if self.problem is not None:
            raise self.problem
        return self.held


@pytest.mark.parametrize("problem", [None, StoreUnavailable()])
async def test_who_leads_no_more_watches_no_more(rig: Rig, problem: StoreError | None) -> None:
    """Who leads again has missed something, and scans what may have changed."""
    root = await rig.add("a")
    leader = Lease()
    watch = rig.watch(leader=leader)
    async with watch.running():
        await rig.watched(root)
        leader.held, leader.problem = False, problem
        await until(lambda: not watch._watched)
        leader.held, leader.problem = True, None
        await until(lambda: rig.scans)


class Follower(LeaderLock):
    """Counts how often it was asked whether it leads."""

    asked = 0

    def lead(self) -> bool:
        self.asked += 1
        return super().lead()


async def test_only_the_process_that_leads_watches(rig: Rig, tmp_path: Path) -> None:
    root = await rig.add("a")
    with LeaderLock(tmp_path) as leader, Follower(tmp_path) as follower:
        assert leader.lead()
        async with rig.watch(leader=follower).running():
            await until(lambda: follower.asked > 3)
            assert not (await rig.root(root)).watched
            leader.release()
            await rig.watched(root)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("a/", "a/", "a/"),
        ("a/b/", "a/c/", "a/"),
        ("a/b/", "a/", "a/"),
        ("a/", "ab/", ""),
        ("", "a/b/", ""),
    ],
)
def test_the_directory_that_holds_both(one: str, other: str, common: str) -> None:
    assert common_directory(one, other) == common
    assert common_directory(other, one) == common
