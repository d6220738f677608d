"""A scan whose worker does not see the root's directory is left to those who do."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mustela.files import scan_compare, scan_elsewhere
from mustela.files.walk import walk as walk_files
from mustela.store import AsyncStore
from tests.files.sharing import SHARED_TABLES, SharedLibrary, at_work, result_of, shared_library

#: The machine that code runs on, and whether the share is not mounted there: ``(name, blind)``.
MACHINE: ContextVar[tuple[str, bool]] = ContextVar("MACHINE", default=("beta", False))


@pytest.fixture(autouse=True)
def machines(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = walk_files

    def walk_here(order: Any) -> Any:
        if MACHINE.get()[1]:
            order = msgspec.structs.replace(order, root=f"{order.root}-unmounted")
        return walk(order)

    monkeypatch.setattr(scan_compare, "walk", walk_here)
    monkeypatch.setattr(socket, "gethostname", lambda: MACHINE.get()[0])
    monkeypatch.setattr(scan_elsewhere, "FIRST_REST", 0.02)
    monkeypatch.setattr(scan_elsewhere, "LONGEST_REST", 0.05)


@asynccontextmanager
async def library(
    url: str, place: Path, *machines: tuple[str, bool]
) -> AsyncIterator[SharedLibrary]:
    """A worker on each machine; scans are submitted on the first, which has seen the library."""
    for name, _ in machines:
        (place / name).mkdir(exist_ok=True)
    async with AsyncStore.open(url, create=SHARED_TABLES), AsyncExitStack() as stack:
        workers = []
        for name, blind in machines:
            MACHINE.set((name, blind))
            workers.append(await stack.enter_async_context(at_work(url, place / name)))
        MACHINE.set(("beta", False))
        yield await shared_library(workers, place / "library")


async def log_of(shared: SharedLibrary, job: str) -> list[str]:
    return [line.text for line in await shared.queue.jobs.read_log(job)]


@pytest.mark.postgres
async def test_a_worker_without_the_mount_leaves_the_scan_to_one_that_has_it(
    tmp_path: Path, postgres_url: str
) -> None:
    async with library(postgres_url, tmp_path, ("alpha", True), ("beta", False)) as shared:
        shared.put("a.toy", "a")
        with_it = shared.workers[1].queue
        with_it.take_only(set())  # the one without it begins the scan
        id = await shared.submit()
        while not await log_of(shared, id):
            await shared.queue.wait(id, 0.02)
        with_it.take_only({"toys.scan"})
        with_it.wake()
        job = await shared.over(id)
        assert (job.status, job.attempt) == ("completed", 1)
        result = result_of(job)
        assert (result.distrust, result.catalogued) == (None, 1)
        said = await log_of(shared, id)
        assert said[0].startswith(f"{shared.directory} is not to be seen on alpha (")
        assert said[0].endswith("No such file or directory): left to other workers")


@pytest.mark.postgres
async def test_where_no_worker_has_the_mount_the_scan_fails_and_names_machine_and_path(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_elsewhere, "TRIES", 3)
    async with library(postgres_url, tmp_path, ("alpha", True), ("gamma", True)) as shared:
        job = await shared.over(await shared.submit())
        assert job.status == "failed"
        assert job.error is not None
        assert job.error.code == "root_not_seen"
        assert str(shared.directory) in job.error.message
        assert " on alpha " in job.error.message or " on gamma " in job.error.message
        assert len(await log_of(shared, job.id)) >= 3


@pytest.mark.postgres
async def test_a_mount_point_without_its_share_is_left_to_others_too(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_elsewhere, "TRIES", 2)
    machines = ("alpha", False), ("beta", False)
    async with library(postgres_url, tmp_path, *machines) as shared:
        shared.put("a.toy", "a")
        await shared.scan()
        (shared.directory / "a.toy").unlink()
        job = await shared.over(await shared.submit())
        assert job.status == "completed"  # it may be meant to be empty
        assert result_of(job).distrust == "empty"
        assert len([line for line in await log_of(shared, job.id) if "left to other" in line]) >= 2
        assert await shared.missing() == set()


@pytest.mark.postgres
async def test_other_processes_of_the_same_machine_are_not_asked(
    tmp_path: Path, postgres_url: str
) -> None:
    async with library(postgres_url, tmp_path, ("alpha", True), ("alpha", True)) as shared:
        job = await shared.over(await shared.submit())
        assert job.status == "completed"
        assert result_of(job).distrust == "absent"
