"""Callers that go away, at any moment: a unit runs whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mustela.store import AsyncStore
from mustela.store.errors import TransactionClosed
from tests.store.faulty import (
    AsyncToys,
    Gate,
    Toy,
    check_books,
    metadata,
    mustela_threads,
    writer_connection,
)

#: Turns of the loop: from before the call is sent to after its commit.
MOMENTS = [*range(12), 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024, 2048]


async def turns(number: int) -> None:
    """Let the loop turn so many times."""
    for _ in range(number):
        await asyncio.sleep(0)


def allowed_by(gate: Gate) -> Callable[[], bool]:
    """A commit hook that lets commits pass once the gate is open."""

    def refuse() -> bool:
        gate()
        return False

    return refuse


async def end_of(task: asyncio.Task[Any]) -> object:
    """What a task ended with: its value, its error, or ``CancelledError``."""
    return (await asyncio.gather(task, return_exceptions=True))[0]


async def test_cancelled_before_the_writer_takes_it_a_unit_never_runs(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    gate, ran = Gate(), Gate()
    ran.open()
    async with AsyncStore.open(path, create=[metadata]) as store:
        repository = AsyncToys(store)
        holding = asyncio.create_task(repository.add("holding", first=gate))
        await gate.wait_reached()
        waiting = asyncio.create_task(repository.add("waiting", first=ran))
        await turns(2)  # called, sent, and in the writer's inbox
        waiting.cancel()
        assert isinstance(await end_of(waiting), asyncio.CancelledError)
        gate.open()
        await holding
    assert not ran.reached.is_set()
    check_books(path, ["holding"])


async def test_cancelled_before_it_is_sent_a_unit_never_runs(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        repository = AsyncToys(store)
        calls = [asyncio.create_task(repository.add(f"toy-{n}")) for n in range(3)]
        await turns(1)  # called, but not yet sent
        calls[1].cancel()
        await asyncio.wait(calls)
    check_books(path, ["toy-0", "toy-2"])


async def test_cancelled_while_it_runs_a_unit_runs_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    gate = Gate()
    async with AsyncStore.open(path, create=[metadata]) as store:
        repository = AsyncToys(store)
        running = asyncio.create_task(repository.add("running", then=gate))
        neighbour = asyncio.create_task(repository.add("neighbour"))
        await gate.wait_reached()
        running.cancel()
        assert isinstance(await end_of(running), asyncio.CancelledError)
        gate.open()
        assert isinstance(await neighbour, Toy)
    check_books(path, ["running", "neighbour"])


async def test_cancelled_when_its_group_runs_again_a_unit_that_was_taken_still_runs(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    gate = Gate()
    async with AsyncStore.open(path, create=[metadata]) as store:
        repository = AsyncToys(store)
        first = asyncio.create_task(repository.add("first"))
        orphan = asyncio.create_task(
            repository.add_orphan("nobody", then=gate)
        )  # spoils the commit
        await gate.wait_reached()
        first.cancel()
        gate.open()
        assert isinstance(await end_of(first), asyncio.CancelledError)
        assert isinstance(await end_of(orphan), Exception)
        await repository.add("last")
    check_books(path, ["first", "last"])


@pytest.mark.parametrize("moment", MOMENTS)
async def test_cancelled_at_any_moment_a_unit_is_whole_or_absent(
    moment: int, tmp_path: Path
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        repository = AsyncToys(store)
        calls = [asyncio.create_task(repository.add(f"toy-{n}")) for n in range(9)]
        await turns(moment)
        for call in calls[::3]:
            call.cancel()
        ends = [await end_of(call) for call in calls]
        answered = {f"toy-{n}" for n, end in enumerate(ends) if isinstance(end, Toy)}
        kept = await repository.ids()
        assert answered <= set(kept)
        assert {f"toy-{n}" for n in range(9) if n % 3} <= set(kept)
    check_books(path, kept)


async def test_a_cancelled_read_leaves_the_others_of_its_batch_alone(tmp_path: Path) -> None:
    async with AsyncStore.open(tmp_path / "toys.db", create=[metadata]) as store:
        repository = AsyncToys(store)
        await repository.add("toy")
        for moment in range(6):
            calls = [asyncio.create_task(repository.get("toy")) for _ in range(9)]
            await turns(moment)
            for call in calls[::2]:
                call.cancel()
            ends = [await end_of(call) for call in calls]
            assert all(isinstance(end, Toy) for end in ends[1::2])


async def test_a_cancelled_heavy_read_is_interrupted(tmp_path: Path) -> None:
    store = AsyncStore.open(
        tmp_path / "toys.db", create=[metadata], heavy_readers=1, statement_timeout=3600
    )
    async with store:
        repository = AsyncToys(store)
        endless = asyncio.create_task(repository.count_to(10**15))
        await turns(3)
        behind = asyncio.create_task(repository.count_to(10))
        endless.cancel()
        assert isinstance(await end_of(endless), asyncio.CancelledError)
        assert await behind == 10


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_transaction_cancelled_at_any_moment_is_whole_or_absent(
    moment: int, tmp_path: Path
) -> None:
    """While it is opened, inside, between its calls, and at its commit."""
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:

        async def two() -> None:
            async with store.transaction() as tx:
                await AsyncToys(tx).add("one")
                await turns(2)
                await AsyncToys(tx).add("two")

        call = asyncio.create_task(two())
        await turns(moment)
        call.cancel()
        end = await end_of(call)
        await AsyncToys(store).add("after")
        kept = await AsyncToys(store).ids()
        assert kept in (["one", "two", "after"], ["after"])
        if end is None:
            assert len(kept) == 3
    check_books(path, kept)


async def test_a_transaction_cancelled_while_it_waits_for_the_writer_never_opens(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    gate = Gate()
    async with AsyncStore.open(path, create=[metadata]) as store:

        async def one() -> None:
            async with store.transaction() as tx:
                await AsyncToys(tx).add("never")

        holding = asyncio.create_task(AsyncToys(store).add("holding", first=gate))
        await gate.wait_reached()
        call = asyncio.create_task(one())
        await turns(3)
        call.cancel()
        assert isinstance(await end_of(call), asyncio.CancelledError)
        gate.open()
        await holding
        await AsyncToys(store).add("after")
    check_books(path, ["holding", "after"])


async def test_a_transaction_cancelled_during_a_call_rolls_back_what_that_call_did(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    gate = Gate()
    async with AsyncStore.open(path, create=[metadata]) as store:

        async def one() -> None:
            async with store.transaction() as tx:
                await AsyncToys(tx).add("before")
                await AsyncToys(tx).add("during", then=gate)

        call = asyncio.create_task(one())
        await gate.wait_reached()
        call.cancel()
        gate.open()
        assert isinstance(await end_of(call), asyncio.CancelledError)
        await AsyncToys(store).add("after")
    check_books(path, ["after"])


async def test_a_transaction_cancelled_at_its_commit_is_committed_whole(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    gate = Gate()
    async with AsyncStore.open(path, create=[metadata]) as store:

        async def one() -> None:
            async with store.transaction() as tx:
                await AsyncToys(tx).add("one")
                writer_connection(store).set_commit_hook(allowed_by(gate))

        call = asyncio.create_task(one())
        await gate.wait_reached()
        call.cancel()
        assert isinstance(await end_of(call), asyncio.CancelledError)
        gate.open()
        await AsyncToys(store).add("after")
    check_books(path, ["one", "after"])


async def test_a_task_of_a_transaction_that_was_cancelled_learns_that_it_is_over(
    tmp_path: Path,
) -> None:
    async with AsyncStore.open(tmp_path / "toys.db", create=[metadata]) as store:
        inside: asyncio.Future[AsyncToys] = asyncio.get_running_loop().create_future()

        async def hold() -> None:
            async with store.transaction() as tx:
                inside.set_result(AsyncToys(tx))
                await asyncio.Event().wait()

        call = asyncio.create_task(hold())
        repository = await inside
        call.cancel()
        await asyncio.wait([call])
        with pytest.raises(TransactionClosed):
            await repository.add("late")


async def test_an_opening_that_is_cancelled_leaves_no_thread(tmp_path: Path) -> None:
    for moment in range(4):
        store = AsyncStore.open(tmp_path / f"{moment}.db", create=[metadata])
        opening = asyncio.create_task(store.start())
        await turns(moment)
        opening.cancel()
        await asyncio.wait([opening])
        await store.close()
    assert mustela_threads() == []
