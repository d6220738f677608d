"""Closing with work in flight: every call made before gets its answer, no later one is taken."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from mustela.store import AsyncStore, Store
from mustela.store.errors import InsideTransaction, StoreClosed
from mustela.store.sqlite.async_store import AsyncSQLiteStore
from tests.store.faulty import (
    AsyncToys,
    Gate,
    Toy,
    Toys,
    check_books,
    metadata,
    mustela_threads,
    settle,
    slow,
)


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    yield
    assert mustela_threads() == []


@pytest.mark.parametrize("name", ["toys.db", ":memory:"])
async def test_everything_called_before_closing_gets_its_answer(name: str, tmp_path: Path) -> None:
    database = name if name == ":memory:" else str(tmp_path / name)
    store = AsyncStore.open(database, create=[metadata])
    await store.start()
    repository = AsyncToys(store)
    calls = [
        asyncio.create_task(call)
        for n in range(300)
        for call in (repository.add(f"toy-{n}"), repository.get(f"toy-{n}"), repository.count_to(9))
    ]
    await asyncio.sleep(0)
    await store.close()
    answers = await settle(calls)
    assert all(isinstance(answer, Toy) for answer in answers[::3])
    assert all(answer is None or isinstance(answer, Toy) for answer in answers[1::3])
    assert all(answer == 9 for answer in answers[2::3])
    if name != ":memory:":
        check_books(tmp_path / name, [f"toy-{n}" for n in range(300)])


async def test_reads_beyond_the_budget_of_a_batch_are_answered_by_a_store_that_closes(
    tmp_path: Path,
) -> None:
    """A slow read at its front sends the rest of a batch back to the queue, behind the stop."""
    gate = Gate()
    store = AsyncStore.open(tmp_path / "toys.db", create=[metadata], readers=1)
    await store.start()
    repository = AsyncToys(store)
    calls = [asyncio.create_task(repository.get("none", first=slow)) for _ in range(20)]
    calls.insert(0, asyncio.create_task(repository.get("none", first=gate)))
    await gate.wait_reached()
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    gate.open()
    assert await settle(calls) == [None] * 21
    await closing


async def test_calls_after_closing_are_refused(tmp_path: Path) -> None:
    store = AsyncStore.open(tmp_path / "toys.db", create=[metadata])
    await store.start()
    repository = AsyncToys(store)
    made_before = repository.add("made before, awaited after")
    entered_late = store.transaction()
    await store.close()
    for call in (made_before, repository.add("late"), repository.get("x"), repository.count_to(1)):
        with pytest.raises(StoreClosed):
            await call
    with pytest.raises(StoreClosed):
        store.transaction()
    with pytest.raises(StoreClosed):
        await entered_late.__aenter__()
    with pytest.raises(StoreClosed):
        await store.start()
    check_books(tmp_path / "toys.db", [])


async def test_closing_twice_waits_twice(tmp_path: Path) -> None:
    gate = Gate()
    store = AsyncStore.open(tmp_path / "toys.db", create=[metadata])
    await store.start()
    call = asyncio.create_task(AsyncToys(store).add("toy", first=gate))
    await gate.wait_reached()
    closings = [asyncio.create_task(store.close()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(closing.done() for closing in closings)
    gate.open()
    await asyncio.gather(*closings)
    assert (await call).id == "toy"
    await store.close()


async def test_a_closing_that_is_cancelled_goes_on(tmp_path: Path) -> None:
    gate = Gate()
    store = AsyncStore.open(tmp_path / "toys.db", create=[metadata])
    await store.start()
    call = asyncio.create_task(AsyncToys(store).add("toy", first=gate))
    await gate.wait_reached()
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing])
    gate.open()
    assert (await call).id == "toy"
    await store.close()


async def test_a_transaction_that_is_open_may_end_before_the_store_closes(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    store = AsyncStore.open(path, create=[metadata])
    await store.start()
    async with store.transaction() as tx:
        await AsyncToys(tx).add("one")
        closing = asyncio.create_task(closed_from_outside(store))
        await asyncio.sleep(0)
        await AsyncToys(tx).add("two")
    await closing
    check_books(path, ["one", "two"])


async def closed_from_outside(store: AsyncStore) -> None:
    """As a task that was not started inside of the transaction would."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    closing = contextvars.Context().run(loop.create_task, store.close())
    closing.add_done_callback(lambda _: done.set_result(None))
    await done


async def test_a_store_is_not_closed_from_inside_its_transaction(tmp_path: Path) -> None:
    async with AsyncStore.open(tmp_path / "toys.db", create=[metadata]) as store:
        async with store.transaction() as tx:
            with pytest.raises(InsideTransaction):
                await store.close()
            await AsyncToys(tx).add("toy")
        assert await AsyncToys(store).ids() == ["toy"]


async def test_a_store_that_was_never_opened_can_be_closed() -> None:
    store = AsyncStore.memory(metadata)
    await store.close()
    with pytest.raises(StoreClosed):
        await AsyncToys(store).ids()
    with pytest.raises(StoreClosed):
        await store.start()


def test_a_loop_that_ends_without_closing_its_store_leaves_the_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    store = AsyncStore.open(path, create=[metadata])

    async def forget() -> None:
        await store.start()
        await AsyncToys(store).add("kept")

    asyncio.run(forget())
    check_books(path, ["kept"])
    cast(AsyncSQLiteStore, store)._stop()  # what nobody did


def test_a_sync_store_waits_for_other_threads_when_it_closes(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    store = Store.open(path, create=[metadata])
    repository = Toys(store)
    gates = [Gate(), Gate()]
    answers: list[object] = []

    def run(call: object) -> None:
        answers.append(call() if callable(call) else call)

    threads = [
        threading.Thread(target=run, args=(lambda: repository.add("toy", first=gates[0]).id,)),
        threading.Thread(target=run, args=(lambda: repository.get("none", first=gates[1]),)),
    ]
    for thread in threads:
        thread.start()
    for gate in gates:
        assert gate.reached.wait(60)
    closing = threading.Thread(target=store.close)
    closing.start()
    for gate in gates:
        gate.open()
    for thread in (*threads, closing):
        thread.join(60)
        assert not thread.is_alive()
    assert sorted(map(str, answers)) == ["None", "toy"]
    with pytest.raises(StoreClosed):
        repository.ids()
    with pytest.raises(StoreClosed):
        repository.add("late")
    with pytest.raises(StoreClosed), store.transaction():
        pass
    check_books(path, ["toy"])


def test_many_threads_and_a_close_in_their_midst_see_answers_or_store_closed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    store = Store.open(path, create=[metadata])
    repository = Toys(store)
    started = threading.Barrier(5)
    acknowledged: list[str] = []
    wrong: list[BaseException] = []

    def work(name: int) -> None:
        started.wait(60)
        try:
            for n in range(100_000):
                acknowledged.append(repository.add(f"{name}-{n}").id)
                repository.ids()
        except StoreClosed:
            pass
        except BaseException as error:  # noqa: BLE001  # told below
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    started.wait(60)
    while len(acknowledged) < 50 and not wrong:
        repository.total()
    store.close()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    check_books(path, acknowledged, ordered=False)
