"""A scan that several workers share comes out as on one worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from mustela.files import scan_part, scan_share, scan_work
from mustela.files.children import Children
from mustela.files.scan_record import ScanResult
from mustela.files.scan_run import ScanRun
from mustela.store import AsyncStore
from mustela.store.testing import Engine, harness_url
from tests.files.library import TABLES, Library, open_library
from tests.files.sharing import (
    PART,
    SharedLibrary,
    at_work,
    leave_some_to_others,
    result_of,
    several,
    shared_library,
    until,
)

ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_share, "LOOK_SECONDS", 0.03)
    monkeypatch.setattr(scan_share, "LIVING_SECONDS", 0.1)
    monkeypatch.setattr(scan_part, "BLIND_SECONDS", 0.01)


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[SharedLibrary]:
    """Three workers on one SQLite file, and a directory."""
    url = harness_url("sqlite", tmp_path, None)
    async with several(url, tmp_path / "data", 3) as workers:
        yield await shared_library(workers, tmp_path / "library")


def fill(library: Library) -> None:
    """Files of every kind; what they hold differs, so that moves are told apart."""
    for number in range(24):
        library.put(f"{'abc'[number % 3]}/{number:02}.toy", f"toy {number:04}", at=number)
    library.put_set("sets/one", "a set")
    library.put("bad.toy", "broken")
    library.put("locked.toy", "locked")
    library.put("foreign.toy", "foreign")
    library.put("growing.toy", "grow\n")
    library.put("a/.hidden.toy", "hidden")
    library.put("b/proxies/1.toy", "proxy")
    library.put("plate.doll", "doll")
    library.put("notes.txt", "text")


def change(library: Library) -> None:
    """New, changed, touched, moved, swapped, vanished files, and one that is no toy any more."""
    library.rename("a/00.toy", "moved/00.toy")
    library.rename("sets", "moved/sets")
    library.rename("b/01.toy", "aside.toy")
    library.rename("c/02.toy", "b/01.toy")
    library.rename("aside.toy", "c/02.toy")
    for name in ("a/03.toy", "b/04.toy"):
        (library.directory / name).unlink()
    for number in (5, 6, 7, 8):
        library.put(f"{'abc'[number % 3]}/{number:02}.toy", f"other {number}", at=100)
    library.put("a/09.toy", "toy 0009", at=100)
    library.put("b/10.toy", "foreign", at=100)
    library.put("c/11.toy", "broken", at=100)
    library.put("bad.toy", "mended", at=100)
    for number in range(12):
        library.put(f"new/{number}.toy", f"new {number}")


async def state(library: Library) -> dict[str, Any]:
    """All that scans have written, ids and times aside."""
    toys = (await library.by_path()).values()
    failures = await library.failures.list_failures(library.root.id, "toys", 1000)
    root = await library.roots.get(library.root.id)
    assert root is not None
    assert root.last_scan is not None
    return {
        "toys": [(t.path, t.line, t.note, t.missing, t.size, t.mtime_ns) for t in toys],
        "failures": [
            (f.path, f.stage, f.message, f.mtime_ns, f.attempts)
            for f in failures
            if f.path != "growing.toy"
        ],
        "last scan": {k: v for k, v in root.last_scan["toys"].items() if k != "finished_at"},
        "problem": root.problem,
    }


@pytest.mark.parametrize("engine", ENGINES)
async def test_totals_errors_moves_and_missing_are_those_of_one_worker(
    engine: Engine, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    postgres = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    url = harness_url(engine, tmp_path, postgres)
    async with (
        AsyncStore.memory(*TABLES) as store,
        Children(size=1) as children,
        open_library(tmp_path / "whole", store, children) as whole,
        open_library(tmp_path / "whole, too", store, children) as whole_too,
        several(url, tmp_path / "data", 3, files=6) as workers,
    ):
        shared = await shared_library(workers, tmp_path / "shared")
        shared_too = await shared_library(workers, tmp_path / "shared, too")
        both: list[tuple[Library, SharedLibrary]] = [(whole, shared), (whole_too, shared_too)]

        async def scanned(by_others: int = 1, **options: Any) -> list[ScanResult]:
            """Both, after each other, where what moved from one to the other is noticed."""
            results = []
            for one, other in both:
                result = await one.scan(**options)
                leave_some_to_others(workers, by_others)
                assert await other.scan(**options) == result
                assert await state(other) == await state(one)
                results.append(result)
            return results

        def everywhere(act: Callable[[Library], None]) -> None:
            for one in both:
                for library in one:
                    act(library)

        everywhere(fill)
        first, _ = await scanned(exclude=["proxies"])
        assert (first.catalogued, first.failed, first.not_media, first.waiting) == (25, 2, 2, 1)
        assert (first.excluded, first.excluded_directories, first.unsupported) == (1, 1, 1)
        for one in both:
            for library in one:
                for toy in (await library.by_path()).values():
                    await library.toys.annotate(toy.id, f"note of {toy.line}")
        everywhere(change)
        for one, other in zip(*both, strict=True):  # from root to root
            (one.directory / "c" / "14.toy").rename(other.directory / "from the other.toy")
        again, too = await scanned(exclude=["proxies"])
        assert (again.moved, again.missing, too.moved) == (4, 4, 5)
        assert too.missing == 1  # the others are, since the first root's scan looked for them
        third, _ = await scanned(0, retry_failed=True)
        assert third.catalogued == 1  # the proxy, which is left out no more
        for library in (shared, shared_too):
            parts = [p for id in library.scans[:2] for p in await workers[0].parts(id)]
            assert sum(p.result["examined"] for p in parts if p.status == "completed") > 0


async def test_every_worker_reads_some_and_the_scan_shows_the_sum(shared: SharedLibrary) -> None:
    for number in range(60):
        shared.put(f"{number:02}.toy", f"toy {number}")
    first = shared.workers[0]
    leave_some_to_others(shared.workers, 30)
    result = await shared.scan()
    assert result.catalogued == 60
    assert first.hands.read > 0
    assert sum(one.hands.read for one in shared.workers) == 60
    scan = await shared.queue.get(shared.scans[0])
    assert (scan.progress.done, scan.progress.total) == (60, 60)
    parts = await first.parts(scan.id)
    assert {part.parent for part in parts} == {scan.id}
    assert sum(p.result["catalogued"] for p in parts if p.result) >= 30
    await until(lambda: _ended(shared))


async def _ended(library: SharedLibrary) -> bool:
    return all(part.ended for part in await library.workers[0].parts(library.scans[-1]))


async def test_a_scan_is_not_shared_where_there_is_little_to_read_or_nobody_else(
    tmp_path: Path,
) -> None:
    url = harness_url("sqlite", tmp_path, None)
    async with several(url, tmp_path / "data", 1) as workers:
        alone = await shared_library(workers, tmp_path / "alone")
        for number in range(10):
            alone.put(f"{number}.toy", f"toy {number}")
        assert (await alone.scan()).catalogued == 10
        assert await workers[0].parts(alone.scans[0]) == []
    async with several(url, tmp_path / "data", 2) as workers:
        little = await shared_library(workers, tmp_path / "little")
        little.put("0.toy", "toy")
        little.put("1.toy", "toys")
        assert (await little.scan()).catalogued == 2
        assert await workers[0].parts(little.scans[0]) == []


async def test_a_worker_that_comes_while_a_scan_reads_joins_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_work, "UNIT_ROWS", 4)
    monkeypatch.setattr(scan_work, "AHEAD", 2)
    monkeypatch.setattr(scan_share, "LIVING_SECONDS", 0.0)
    url = harness_url("sqlite", tmp_path, None)
    async with several(url, tmp_path / "data", 1) as (first,):
        library = await shared_library([first], tmp_path / "library")
        for number in range(30):
            library.put(f"{number:02}.toy", f"toy {number}")
        begun, come = asyncio.Event(), asyncio.Event()
        both = [first]
        files = 0

        async def before() -> None:
            """Behind the page that it had begun alone, it waits for the other one."""
            nonlocal files
            files += 1
            begun.set()
            await come.wait()
            if files > 4:
                await until(lambda: both[-1].hands.read)

        first.hands.before = before
        id = await library.submit()
        await begun.wait()
        assert await first.parts(id) == []
        async with at_work(url, tmp_path / "data") as second:
            both.append(second)
            come.set()
            result = result_of(await library.over(id))
            assert (result.entries, result.catalogued) == (30, 30)
            assert first.hands.read + second.hands.read == 30
            assert second.hands.read > 0


async def test_a_scan_ends_where_nobody_has_room_for_its_parts(tmp_path: Path) -> None:
    url = harness_url("sqlite", tmp_path, None)
    async with several(url, tmp_path / "data", 2, concurrency=1) as (one, other):
        busy = await shared_library([other, one], tmp_path / "busy")
        library = await shared_library([one, other], tmp_path / "library")
        for which in (busy, library):
            for number in range(10):
                which.put(f"{number}.toy", f"toy {number}")
        leave_some_to_others([other, one], 10)  # it holds its only slot until the end
        slow = await busy.submit()
        await until(lambda: _running(busy, slow))
        assert (await library.scan()).catalogued == 10
        (part,) = await one.parts(library.scans[0])
        assert (part.status, part.attempt) == ("cancelled", 0)
        assert (await busy.over(slow)).status == "completed"


async def _running(library: SharedLibrary, id: str) -> bool:
    return (await library.queue.get(id)).status == "running"


async def test_who_cancels_a_scan_cancels_its_parts(shared: SharedLibrary) -> None:
    for number in range(30):
        shared.put(f"{number:02}.toy", f"toy {number}")
    stuck = 0

    async def before() -> None:
        nonlocal stuck
        stuck += 1
        await until(lambda: False)

    for worker in shared.workers:
        worker.hands.before = before
    id = await shared.submit()

    async def two_run() -> bool:
        parts = await shared.workers[0].parts(id)
        return sum(part.status == "running" for part in parts) >= 2

    await until(two_run)
    await shared.queue.cancel(id)
    assert (await shared.over(id)).status == "cancelled"
    await until(lambda: _ended(shared))
    ran = [part for part in await shared.workers[0].parts(id) if part.attempt]
    assert len([part for part in ran if part.status == "cancelled"]) >= 2
    assert await shared.portions.clear(shared.root.id, "toys") == 0
    for worker in shared.workers:
        worker.hands.before = None
    assert (await shared.scan()).catalogued == 30


async def test_paused_parts_are_done_by_the_scan_itself(shared: SharedLibrary) -> None:
    for number in range(10):
        shared.put(f"{number}.toy", f"toy {number}")
    await shared.queue.pause(type=PART)
    assert (await shared.scan()).catalogued == 10
    (part,) = await shared.workers[0].parts(shared.scans[0])
    assert part.status == "cancelled"


async def test_a_worker_that_does_not_see_the_files_leaves_them_to_the_others(
    shared: SharedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        shared.put(f"{number:02}.toy", f"toy {number}")
    first, blind, third = shared.workers

    class ElsewhereRun(ScanRun):
        """Of the worker on whose machine nothing is mounted at the root's path."""

        def place(self, path: str) -> bytes:
            if self.children is blind.hands:
                return b"/not/mounted/" + path.encode()
            return super().place(path)

    monkeypatch.setattr(scan_part, "ScanRun", ElsewhereRun)
    said: list[str] = []

    async def before() -> None:
        """The others wait until the blind one has had its say."""

        async def has_said() -> bool:
            for part in await first.parts(shared.scans[-1]):
                said.extend(line.text for line in await shared.queue.jobs.tail_log(part.id))
            return any("not to be seen" in line for line in said)

        await until(has_said)

    first.hands.before = third.hands.before = before
    result = await shared.scan()
    assert (result.catalogued, result.failed, result.missing, result.waiting) == (30, 0, 0, 0)
    assert blind.hands.read == 0
    assert await shared.failures.has_any(shared.root.id, "toys") is False


async def test_a_worker_that_lacks_a_library_leaves_the_files_to_the_others(
    shared: SharedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        shared.put(f"{number:02}.toy", f"toy {number}")
    first = shared.workers[0]

    async def why(run: Any) -> str | None:
        return None if run.children is first.hands else "the library is not installed"

    monkeypatch.setattr(scan_part, "why_unusable", why)
    result = await shared.scan()
    assert (result.catalogued, result.failed) == (30, 0)
    assert first.hands.read == 30


async def test_a_part_that_fails_leaves_its_portion_to_the_others(
    shared: SharedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        shared.put(f"{number:02}.toy", f"toy {number}")
    first, *others = shared.workers
    failed = 0

    async def fail() -> None:
        nonlocal failed
        failed += 1
        raise RuntimeError("the worker is at fault")

    async def wait() -> None:
        await until(lambda: failed)

    first.hands.before = wait
    for other in others:
        other.hands.before = fail
    result = await shared.scan()
    assert (result.catalogued, result.failed) == (30, 0)
    parts = await first.parts(shared.scans[0])
    # Three that failed are enough; others may have begun by then, one in each worker.
    assert 1 <= sum(part.status == "failed" for part in parts) <= 5


async def test_a_root_that_goes_meanwhile_fails_the_scan_and_its_parts_end(
    shared: SharedLibrary,
) -> None:
    for number in range(30):
        shared.put(f"{number:02}.toy", f"toy {number}")
    leave_some_to_others(shared.workers)

    async def before() -> None:
        shared.workers[1].hands.before = None
        await shared.roots.remove(shared.root.id)

    shared.workers[1].hands.before = before
    job = await shared.over(await shared.submit())
    assert job.ended
    await until(lambda: _ended(shared))
    assert await shared.portions.clear(shared.root.id, "toys") == 0


async def test_two_scans_of_a_root_take_turns(shared: SharedLibrary) -> None:
    """A scan of one folder has another key, and may be begun by another worker."""
    for number in range(6):
        shared.put(f"a/{number}.toy", f"toy {number}")
    second = shared.workers[1]
    narrow: list[str] = []

    async def before() -> None:
        """While the whole root is scanned, a scan of the folder waits for its turn."""
        if not narrow:
            parameters = {"root_id": shared.root.id, "below": "a/"}
            narrow.append(await second.queue.submit("toys.scan", parameters))

        async def waits() -> bool:
            message = (await second.queue.get(narrow[0])).progress.message
            return message is not None and message.startswith("waiting for another scan")

        await until(waits)

    for worker in shared.workers:
        worker.hands.before = before
    result = await shared.scan()
    assert result.catalogued == 6
    job = await second.queue.wait(narrow[0], 30)
    assert (result_of(job).unchanged, result_of(job).entries) == (6, 6)
