"""What ``transaction()`` promises where things go wrong, on every engine, sync and async."""

# ruff: noqa: PT012  # the error at the end of a block is what these tests are about

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import bindparam, update

from mustela.store import (
    AsyncRepository,
    AsyncStore,
    Statement,
    Store,
    SyncRepository,
    Unit,
    batch,
    changed,
    count,
    current,
    total,
    write,
)
from mustela.store.errors import Conflict, StoreError, TransactionClosed, TransactionExpired
from mustela.store.testing import Harness
from tests.store.toys import Toy, ToyOperations, records, toy_metadata, toys

CAR = Toy("car", "box/car", 2.5)
SOON = 0.05  #: a limit in seconds that is waited for, never raced against
HELD = 0.5  #: a limit in seconds within which one statement has to be run
NOTE = Statement(update(toys).where(toys.c.id == bindparam("toy")).values(note=bindparam("text")))


class MoreOperations(ToyOperations):
    """Units that tell how far they are, and one that announces nothing."""

    def __init__(self, executor: Any, reached: Callable[[], None] = lambda: None) -> None:
        super().__init__(executor)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        self.reached = reached

    @write
    def add_two(self, first: str, second: str) -> Unit[None]:
        yield from records.insert({"id": first, "path": first})
        self.reached()
        for _ in range(50):  # so long that whoever was told can do what it does meanwhile
            yield from total("toys")
        yield from records.insert({"id": second, "path": second})

    @write
    def whisper(self, id: str, text: str) -> Unit[int]:
        return (yield from count(NOTE, toy=id, text=text))

    @write
    def announce_two(self) -> Unit[int]:
        *_, size = yield from batch(changed("toys"), current(), total("toys"))
        assert isinstance(size, int)
        return size


class More(MoreOperations, SyncRepository): ...


class AsyncMore(MoreOperations, AsyncRepository): ...


def bind(harness: Harness, executor: Any = None, **options: Any) -> Any:
    return harness.bind(More, AsyncMore, executor, **options)


async def test_a_block_that_fails_while_a_task_of_it_still_writes_keeps_nothing(
    toy_harness: Harness,
) -> None:
    if toy_harness.face == "sync":
        pytest.skip("tasks are an event loop's")
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    straggler: asyncio.Task[None] | None = None
    with pytest.raises(ZeroDivisionError):
        async with toy_harness.transaction() as tx:
            inside = bind(toy_harness, tx, reached=lambda: loop.call_soon_threadsafe(begun.set))
            straggler = asyncio.create_task(inside.add_two("one", "two"))
            await begun.wait()
            raise ZeroDivisionError
    assert straggler is not None
    await asyncio.gather(straggler, return_exceptions=True)
    assert await bind(toy_harness).newest() == []


async def test_a_block_that_ends_while_a_task_of_it_still_writes_keeps_whole_units(
    toy_harness: Harness,
) -> None:
    if toy_harness.face == "sync":
        pytest.skip("tasks are an event loop's")
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with toy_harness.transaction() as tx:
        inside = bind(toy_harness, tx, reached=lambda: loop.call_soon_threadsafe(begun.set))
        straggler = asyncio.create_task(inside.add_two("one", "two"))
        await begun.wait()
    await straggler
    assert await bind(toy_harness).count() == 2


async def test_a_block_that_fails_while_a_thread_of_it_still_writes_keeps_nothing(
    toy_harness: Harness,
) -> None:
    if toy_harness.face == "async":
        pytest.skip("an async transaction belongs to its loop")
    begun = threading.Event()
    thread: threading.Thread | None = None
    with pytest.raises(ZeroDivisionError):
        async with toy_harness.transaction() as tx:
            inside = More(tx, begun.set)
            thread = threading.Thread(target=lambda: inside.add_two("one", "two"))
            thread.start()
            begun.wait()
            raise ZeroDivisionError
    assert thread is not None
    thread.join()
    assert await bind(toy_harness).newest() == []


async def test_a_transaction_left_idle_expires_and_lets_others_write_the_same_record(
    toy_harness: Harness,
) -> None:
    outside = bind(toy_harness)
    await outside.add(CAR)
    with pytest.raises(TransactionExpired):
        async with toy_harness.transaction(limit=HELD) as tx:
            await bind(toy_harness, tx).update("car", note="held")
            # Outside of the block's own context; it waits until the limit has passed.
            if toy_harness.face == "sync":
                thread = threading.Thread(target=lambda: outside.repository.whisper("car", "kept"))
                thread.start()
                thread.join()
            else:
                write_it = outside.repository.whisper("car", "kept")
                await _outside(write_it)
    assert (await outside.get("car")).note == "kept"


async def _outside(call: Any) -> None:
    await asyncio.create_task(call, context=contextvars.Context())


async def test_a_conflict_inside_is_undone_alone_and_the_rest_is_kept(
    toy_harness: Harness,
) -> None:
    if toy_harness.engine != "postgresql" or toy_harness.face != "async":
        pytest.skip("with one writer nobody else writes meanwhile")
    outside = bind(toy_harness)
    await outside.add(CAR)
    async with toy_harness.transaction() as tx:
        inside = bind(toy_harness, tx)
        await inside.get("car")
        await _outside(outside.repository.whisper("car", "theirs"))
        await inside.add(Toy("doll", "doll"))
        with pytest.raises(Conflict):
            await inside.whisper("car", "ours")
    assert (await outside.get("car")).note == "theirs"
    assert (await outside.get("doll")) is not None


async def test_a_transaction_that_was_aborted_does_not_say_that_it_committed(
    toy_harness: Harness,
) -> None:
    if toy_harness.engine != "postgresql" or toy_harness.face != "async":
        pytest.skip("only PostgreSQL keeps a transaction open that can do nothing")
    driving, link = (
        import_module(f"mustela.store.postgres.{name}") for name in ("driving", "link")
    )
    wrong = [link.Request(b"SELECT nothing FROM nowhere")]
    await bind(toy_harness).add(CAR)
    with pytest.raises(TransactionClosed):
        async with toy_harness.transaction() as tx:
            await bind(toy_harness, tx).whisper("car", "lost")
            with pytest.raises(StoreError):
                await driving.drive_async(tx._session.link, tx._session.ask(wrong))
    assert (await bind(toy_harness).get("car")).note is None


async def test_steps_of_every_kind_may_be_batched(toy_harness: Harness) -> None:
    repository = bind(toy_harness)
    await repository.add(CAR)
    label = await repository.label()
    assert await repository.announce_two() == 1
    assert await repository.label() != label


async def test_calls_made_before_closing_get_their_answers(toy_harness: Harness) -> None:
    if toy_harness.face == "sync":
        pytest.skip("a sync call answers before the next one is made")
    repository = bind(toy_harness)
    calls = [asyncio.create_task(repository.add(Toy(f"t{n}", f"t{n}"))) for n in range(20)]
    calls += [asyncio.create_task(repository.count()) for _ in range(20)]
    await asyncio.sleep(0)  # the calls are made; none has an answer yet
    assert isinstance(toy_harness.store, AsyncStore)
    await toy_harness.store.close()
    for call in calls:
        assert await call is not None


@pytest.mark.postgres
def test_of_many_that_open_an_empty_database_one_makes_the_tables(postgres_url: str) -> None:
    def opened(_: int) -> str:
        with Store.open(postgres_url, create=[toy_metadata]) as store:
            return More(store).label()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(opened, range(8)))) == 1
