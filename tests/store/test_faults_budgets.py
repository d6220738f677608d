"""Budgets: no batch or group keeps the others waiting, no heavy read runs without end."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import apsw
import pytest

from mustela.store import AsyncStore
from mustela.store.errors import StatementTimeout
from mustela.store.sqlite.readers import HEAVY_NICENESS
from mustela.store.sqlite.writer import GROUP_UNITS
from tests.store.faulty import (
    AsyncToys,
    Gate,
    Toy,
    check_books,
    metadata,
    patient_groups,
    settle,
    slow,
    writer_connection,
)

SOON = 0.02  #: a limit in seconds that is waited for, never raced against


class Commits:
    """Counts the transactions that a connection commits."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.number = 0
        connection.set_commit_hook(self._count)

    def _count(self) -> bool:
        self.number += 1
        return False


async def test_a_group_has_at_most_so_many_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient_groups(monkeypatch)
    path = tmp_path / "toys.db"
    ids = [f"toy-{n}" for n in range(2 * GROUP_UNITS + 1)]
    async with AsyncStore.open(path, create=[metadata]) as store:
        commits = Commits(writer_connection(store))
        repository = AsyncToys(store)
        await asyncio.gather(*(repository.add(id) for id in ids))
        assert commits.number == 3
    check_books(path, ids)


async def test_a_slow_unit_ends_its_group_and_the_others_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    ids = [f"toy-{n}" for n in range(10)]
    async with AsyncStore.open(path, create=[metadata]) as store:
        commits = Commits(writer_connection(store))
        repository = AsyncToys(store)
        await asyncio.gather(*(repository.add(id, first=slow) for id in ids))
        assert commits.number == 10
    check_books(path, ids)


async def test_urgent_units_go_ahead_of_those_that_wait(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    gate = Gate()
    async with AsyncStore.open(path, create=[metadata]) as store:
        repository = AsyncToys(store)
        holding = asyncio.create_task(repository.add("holding", first=gate))
        await gate.wait_reached()
        calls = [asyncio.create_task(repository.add(f"toy-{n}")) for n in range(3)]
        calls.append(asyncio.create_task(repository.claim("urgent")))
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(holding, *calls)
    check_books(path, ["holding", "urgent", "toy-0", "toy-1", "toy-2"])


@pytest.mark.parametrize("name", ["toys.db", ":memory:"])
async def test_slow_reads_split_a_batch_and_all_are_answered(name: str, tmp_path: Path) -> None:
    database = name if name == ":memory:" else str(tmp_path / name)
    async with AsyncStore.open(database, create=[metadata]) as store:
        repository = AsyncToys(store)
        await repository.add("toy")
        answers = await asyncio.gather(*(repository.get("toy", first=slow) for _ in range(20)))
        assert [answer.id for answer in answers if answer] == ["toy"] * 20


async def test_a_read_that_fails_leaves_the_others_of_its_batch_alone(tmp_path: Path) -> None:
    async with AsyncStore.open(tmp_path / "toys.db", create=[metadata]) as store:
        repository = AsyncToys(store)
        await repository.add("toy")
        answers = await settle(
            repository.get("toy", first=(lambda: 1 // 0) if n == 4 else None) for n in range(10)
        )
        assert type(answers.pop(4)) is ZeroDivisionError
        assert [type(answer) for answer in answers] == [Toy] * 9


@pytest.mark.parametrize("name", ["toys.db", ":memory:"])
async def test_a_heavy_read_over_its_limit_is_told_so_and_the_store_goes_on(
    name: str, tmp_path: Path
) -> None:
    path = name if name == ":memory:" else str(tmp_path / name)
    async with AsyncStore.open(path, create=[metadata], statement_timeout=SOON) as store:
        repository = AsyncToys(store)
        answers = await settle(repository.count_to(10**15) for _ in range(4))
        assert [type(answer) for answer in answers] == [StatementTimeout] * 4
        assert await repository.count_to(1000) == 1000
        await repository.add("toy")
        assert await repository.ids() == ["toy"]


async def test_heavy_reads_do_not_hold_up_point_reads(tmp_path: Path) -> None:
    async with AsyncStore.open(
        tmp_path / "toys.db", create=[metadata], statement_timeout=3600
    ) as store:
        repository = AsyncToys(store)
        await repository.add("toy")
        heavy = [asyncio.create_task(repository.count_to(10**15)) for _ in range(8)]
        await asyncio.sleep(0)
        answer = await repository.get("toy")
        assert answer is not None
        assert not any(task.done() for task in heavy)
        for task in heavy:
            task.cancel()
        await asyncio.wait(heavy)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a thread its own niceness")
async def test_heavy_reads_give_way_where_processors_are_few(tmp_path: Path) -> None:
    async with AsyncStore.open(tmp_path / "toys.db", create=[metadata]) as store:
        repository = AsyncToys(store)
        await repository.add("toy")
        await repository.count_to(1)  # its thread is at work by now
        others = os.getpriority(os.PRIO_PROCESS, 0)
        niceness = {
            thread.name: os.getpriority(os.PRIO_PROCESS, thread.native_id)
            for thread in threading.enumerate()
            if thread.name.startswith("mustela-") and thread.native_id is not None
        }
    assert max(niceness["mustela-heavy-0"], niceness["mustela-heavy-1"]) == HEAVY_NICENESS
    assert niceness["mustela-read-0"] == others


async def test_a_read_that_the_disk_holds_up_does_not_hold_up_the_next(tmp_path: Path) -> None:
    gate = Gate()
    async with AsyncStore.open(tmp_path / "toys.db", create=[metadata]) as store:
        repository = AsyncToys(store)
        await repository.add("toy")
        held = asyncio.create_task(repository.get("toy", first=gate))
        await gate.wait_reached()
        try:
            assert isinstance(await repository.get("toy"), Toy)
            assert not held.done()
        finally:
            gate.open()
        assert isinstance(await held, Toy)
