"""Scans that nobody asks for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mustela.files.root import AsyncRootRepository, Root
from mustela.files.root_directory import inspect
from mustela.files.schedule import ScanSchedule
from mustela.files.schema import files_metadata
from mustela.jobs.leader import LeaderLock
from mustela.store import AsyncStore
from mustela.store.context import Context
from mustela.store.errors import DiskFull

HOUR = 3600.0


class Rig:
    """A schedule, a clock that is moved by hand, and what was submitted."""

    def __init__(self, roots: AsyncRootRepository, directory: Path) -> None:
        self.roots = roots
        self.directory = directory
        self.later = timedelta()
        self.base: datetime | None = None
        self.submitted: list[str] = []
        self.actors: set[str] = set()
        self.fault: Exception | None = None
        self.led = 0

    def schedule(self, interval: float = HOUR, leader: LeaderLock | None = None) -> ScanSchedule:
        return ScanSchedule(
            self.roots,
            "video",
            self._submit,
            interval,
            leader=leader or LeaderLock(),
            on_lead=self._lead,
            now=self._now,
        )

    async def _submit(self, root_id: str) -> None:
        if self.fault is not None:
            raise self.fault
        self.submitted.append(root_id)
        self.actors.add(Context().actor)

    async def _lead(self) -> None:
        self.led += 1

    def _now(self) -> datetime:
        assert self.base is not None
        return self.base + self.later

    async def add(self, name: str, collections: tuple[str, ...] = ("video",)) -> Root:
        path = self.directory / name
        path.mkdir()
        root: Root = await self.roots.add(inspect(path), collections=collections)
        self.base = root.created_at
        return root

    async def scanned(self, root: Root) -> Root:
        await self.roots.note_scan(root.id, "video", {}, None)
        again: Any = await self.roots.get(root.id)
        self.base = again.last_scan_at
        self.later = timedelta()
        return root


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with AsyncStore.memory(files_metadata) as store:
        yield Rig(AsyncRootRepository(store), tmp_path)


async def test_a_roots_turn_comes_an_interval_after_its_last_scan(rig: Rig) -> None:
    root = await rig.scanned(await rig.add("a"))
    schedule = rig.schedule()
    rig.later = timedelta(minutes=59)
    assert await schedule.look() == []
    rig.later = timedelta(minutes=60)
    assert await schedule.look() == [root.id]
    assert rig.submitted == [root.id]


async def test_a_scan_that_failed_is_tried_again_after_an_interval_and_not_at_once(
    rig: Rig,
) -> None:
    root = await rig.scanned(await rig.add("a"))
    schedule = rig.schedule()
    rig.later = timedelta(hours=5)
    assert await schedule.look() == [root.id]
    assert await schedule.look() == []
    rig.later = timedelta(hours=6)
    assert await schedule.look() == [root.id]


async def test_a_root_that_was_never_scanned_waits_as_long(rig: Rig) -> None:
    root = await rig.add("a")
    schedule = rig.schedule()
    assert await schedule.look() == [], "whoever added it may be about to scan it, in his own way"
    rig.later = timedelta(hours=1)
    assert await schedule.look() == [root.id]


async def test_roots_of_other_collections_are_left_to_these(rig: Rig) -> None:
    await rig.add("a", ("radio",))
    rig.later = timedelta(days=1)
    assert await rig.schedule().look() == []


async def test_a_scan_for_another_collection_does_not_put_one_off(rig: Rig) -> None:
    root = await rig.add("a", ("radio", "video"))
    await rig.roots.note_scan(root.id, "radio", {}, None)
    rig.later = timedelta(hours=1)
    assert await rig.schedule().look() == [root.id]


async def test_without_an_interval_nothing_is_scanned(rig: Rig) -> None:
    await rig.add("a")
    rig.later = timedelta(days=1)
    assert await rig.schedule(0.0).look() == []
    assert rig.led == 1


async def test_only_the_process_that_leads_submits(rig: Rig, tmp_path: Path) -> None:
    root = await rig.add("a")
    rig.later = timedelta(days=1)
    with LeaderLock(tmp_path) as leader, LeaderLock(tmp_path) as other:
        first, second = rig.schedule(leader=leader), rig.schedule(leader=other)
        assert await first.look() == [root.id]
        assert await second.look() == []
        assert rig.led == 1
        leader.release()
        assert await second.look() == [root.id]
        assert rig.led == 2


class Lease(LeaderLock):
    """The lead of a process that may lose it."""

    held = True

    async def leads(self) -> bool:
        return self.held


async def test_who_leads_again_begins_anew(rig: Rig) -> None:
    await rig.add("a")
    leader = Lease()
    schedule = rig.schedule(leader=leader)
    for held, led in ((True, 1), (True, 1), (False, 1), (True, 2)):
        leader.held = held
        await schedule.look()
        assert rig.led == led


async def test_while_it_runs_it_looks_by_itself_and_says_who_it_is(rig: Rig) -> None:
    root = await rig.add("a")
    rig.later = timedelta(days=1)
    async with rig.schedule(0.01).running():
        while not rig.submitted:
            await asyncio.sleep(0)
    assert rig.submitted[0] == root.id
    assert rig.actors == {"schedule"}


async def test_a_fault_is_logged_and_it_goes_on(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    await rig.add("a")
    rig.later = timedelta(days=1)
    rig.fault = DiskFull()
    with caplog.at_level(logging.WARNING):
        async with rig.schedule(0.01).running():
            while not caplog.messages:
                await asyncio.sleep(0)
            rig.fault = None
            while not rig.submitted:
                await asyncio.sleep(0)
    assert "scheduled scans have to wait: The disk is full" in caplog.messages[0]
