"""``transaction()`` when something goes wrong: whole or absent, and the writer is free again."""

# ruff: noqa: PT012  # the error at the end of a block is what these tests are about

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mustela.store import AsyncStore, Store
from mustela.store.errors import (
    AlreadyExists,
    ConstraintViolated,
    DiskFault,
    DiskFull,
    InsideTransaction,
    ReadOnly,
    TransactionClosed,
)
from mustela.store.sqlite.session import Session
from mustela.store.sqlite.transaction import AsyncSQLiteTransaction
from mustela.store.sqlite.writer import Writer
from mustela.store.testing.faults import DISK_FULL, IO_ERROR_SYNC, Fault, FaultyDisk
from tests.store.faulty import (
    AsyncToys,
    Toys,
    check_books,
    metadata,
    settle,
    writer_connection,
)

# Errors inside.


async def test_a_unit_that_fails_inside_is_undone_alone(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store, store.transaction() as tx:
        repository = AsyncToys(tx)
        await repository.add("one")
        with pytest.raises(AlreadyExists):
            await repository.add("one")
        with pytest.raises(ZeroDivisionError):
            await repository.add("half", then=lambda: 1 // 0)
        assert await repository.total() == 1
        await repository.add("two")
        assert await repository.total() == 2
    check_books(path, ["one", "two"])


def test_a_unit_that_fails_inside_a_sync_transaction_is_undone_alone(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    with Store.open(path, create=[metadata]) as store, store.transaction() as tx:
        repository = Toys(tx)
        repository.add("one")
        with pytest.raises(ZeroDivisionError):
            repository.add("half", then=lambda: 1 // 0)
        repository.add("two")
        assert repository.total() == 2
    check_books(path, ["one", "two"])


async def test_an_error_that_ends_the_transaction_is_told_at_every_later_call_and_at_the_end(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        connection = writer_connection(store)
        connection.execute(
            "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.toys WHEN new.id = 'bad'"
            " BEGIN SELECT raise(ROLLBACK, 'no more'); END"
        )
        with pytest.raises(TransactionClosed):
            async with store.transaction() as tx:
                repository = AsyncToys(tx)
                await repository.add("one")
                with pytest.raises(ConstraintViolated):
                    await repository.add("bad")
                with pytest.raises(TransactionClosed):
                    await repository.add("two")
        await AsyncToys(store).add("after")
    check_books(path, ["after"])


def test_an_error_that_ends_a_sync_transaction_is_told_at_every_later_call_and_at_the_end(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    with Store.open(path, create=[metadata]) as store:
        with pytest.raises(TransactionClosed), store.transaction() as tx:
            repository = Toys(tx)
            repository.add("one")
            with pytest.raises(ConstraintViolated):
                repository.add("bad", first=trigger_that_rolls_back(store))
            with pytest.raises(TransactionClosed):
                repository.add("two")
        Toys(store).add("after")
    check_books(path, ["after"])


def trigger_that_rolls_back(store: Any) -> Callable[[], object]:
    def make() -> None:
        store._session().connection.execute(
            "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.toys WHEN new.id = 'bad'"
            " BEGIN SELECT raise(ROLLBACK, 'no more'); END"
        )

    return make


@pytest.mark.parametrize(("fault", "error"), [(DISK_FULL, DiskFull), (IO_ERROR_SYNC, DiskFault)])
async def test_a_commit_that_the_disk_refuses_raises_at_the_end_and_leaves_nothing(
    fault: Fault, error: type[Exception], tmp_path: Path
) -> None:
    path = tmp_path / "toys.db"
    with FaultyDisk() as disk:
        async with AsyncStore.open(path, create=[metadata], vfs=disk.name) as store:
            with pytest.raises(error):
                async with store.transaction() as tx:
                    await AsyncToys(tx).add("lost")
                    disk.fail_once(fault)
            await AsyncToys(store).add("after")
        with Store.open(path, vfs=disk.name) as sync_store:
            with pytest.raises(error), sync_store.transaction() as sync_tx:
                Toys(sync_tx).add("lost")
                disk.fail_once(fault)
            Toys(sync_store).add("last")
    check_books(path, ["after", "last"])


async def test_a_commit_that_a_deferred_constraint_refuses_raises_at_the_end(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        with pytest.raises(ConstraintViolated):
            async with store.transaction() as tx:
                await AsyncToys(tx).add("lost")
                await AsyncToys(tx).add_orphan("nobody")
        await AsyncToys(store).add("after")
    check_books(path, ["after"])


# Who may call, and when.


async def test_calls_before_and_after_a_transaction_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        opener: Any = store.transaction()
        with pytest.raises(TransactionClosed):
            await AsyncToys(opener).add("early")
        async with opener as tx:
            await AsyncToys(tx).add("one")
        with pytest.raises(TransactionClosed):
            await AsyncToys(tx).add("late")
        with pytest.raises(TransactionClosed):
            await opener.__aenter__()
    with Store.open(path) as sync_store:
        with sync_store.transaction() as sync_tx:
            Toys(sync_tx).add("two")
        with pytest.raises(TransactionClosed):
            Toys(sync_tx).add("late")
    check_books(path, ["one", "two"])


async def test_calls_on_the_store_inside_its_transaction_are_refused_at_once(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        outer = AsyncToys(store)
        waiting: Any = store.transaction()
        async with store.transaction() as tx:
            for call in (outer.add("x"), outer.get("x"), outer.count_to(1)):
                with pytest.raises(InsideTransaction):
                    await call
            with pytest.raises(InsideTransaction):
                await asyncio.create_task(outer.add("from a task of the block"))
            with pytest.raises(InsideTransaction):
                store.transaction()
            with pytest.raises(InsideTransaction):
                await waiting.__aenter__()
            await AsyncToys(tx).add("one")
    with Store.open(path) as sync_store, sync_store.transaction() as sync_tx:
        for refused in (lambda: Toys(sync_store).add("x"), lambda: Toys(sync_store).ids()):
            with pytest.raises(InsideTransaction):
                refused()
        with pytest.raises(InsideTransaction), sync_store.transaction():
            pass
        with pytest.raises(InsideTransaction):
            sync_store.close()
        Toys(sync_tx).add("two")
    check_books(path, ["one", "two"])


async def test_a_task_started_inside_may_use_the_store_once_the_transaction_is_over(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    over = asyncio.Event()
    async with AsyncStore.open(path, create=[metadata]) as store:

        async def later() -> None:
            await over.wait()
            await AsyncToys(store).add("two")

        async with store.transaction() as tx:
            task = asyncio.create_task(later())
            await AsyncToys(tx).add("one")
        over.set()
        await task
    check_books(path, ["one", "two"])


async def test_concurrent_tasks_may_call_one_transaction(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    ids = [f"toy-{n}" for n in range(50)]
    async with AsyncStore.open(path, create=[metadata]) as store:
        async with store.transaction() as tx:
            repository = AsyncToys(tx)
            await asyncio.gather(*(repository.add(id) for id in ids))
            assert await repository.total() == 50
        assert (
            len({toy.mark for toy in [await AsyncToys(store).get(id) for id in ids] if toy}) == 50
        )
    check_books(path, ids)


@pytest.mark.parametrize("name", ["toys.db", ":memory:"])
async def test_a_unit_that_calls_its_store_is_refused_instead_of_waiting_for_itself(
    name: str, tmp_path: Path
) -> None:
    database = name if name == ":memory:" else str(tmp_path / name)
    with Store.open(f"sqlite:///{database}", create=[metadata]) as store:
        repository = Toys(store)
        with pytest.raises(InsideTransaction):
            repository.add("outer", first=lambda: repository.add("inner"))
        with pytest.raises(InsideTransaction):
            repository.get("outer", first=repository.ids)
        assert repository.ids() == []


@pytest.mark.parametrize("name", ["toys.db", ":memory:"])
async def test_a_read_that_writes_is_refused_and_undone(name: str, tmp_path: Path) -> None:
    database = name if name == ":memory:" else str(tmp_path / name)
    async with AsyncStore.open(database, create=[metadata]) as store:
        repository = AsyncToys(store)
        *refused, total = await settle(
            [
                repository.read_that_writes("x"),
                repository.read_that_returns("x"),
                repository.read_that_announces("x"),
                repository.total(),
            ]
        )
        assert [type(error) for error in refused] == [ReadOnly] * 3
        assert total == 0
        await AsyncToys(store).add("one")
        assert await AsyncToys(store).ids() == ["one"]
        assert await AsyncToys(store).total() == 1
    with Store.open(database, create=[metadata]) as sync_store:
        before = Toys(sync_store).total()
        with pytest.raises(ReadOnly):
            Toys(sync_store).read_that_writes("x")
        with pytest.raises(ReadOnly):
            Toys(sync_store).read_that_returns("x")
        with pytest.raises(ReadOnly):
            Toys(sync_store).read_that_announces("x")
        Toys(sync_store).add("two")
        assert Toys(sync_store).total() == before + 1


async def test_a_transaction_that_the_writer_takes_at_once_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = threading.Event()
    serve, put = AsyncSQLiteTransaction.serve, Writer.put_transaction
    hear = AsyncSQLiteTransaction._hear

    def serving(self: AsyncSQLiteTransaction, session: Session) -> None:
        serve(self, session)
        taken.set()

    def hearing(self: AsyncSQLiteTransaction) -> Any:
        taken.set()
        return hear(self)

    def putting(self: Writer, transaction: AsyncSQLiteTransaction) -> None:
        put(self, transaction)
        assert taken.wait(60)

    monkeypatch.setattr(AsyncSQLiteTransaction, "serve", serving)
    monkeypatch.setattr(AsyncSQLiteTransaction, "_hear", hearing)
    monkeypatch.setattr(Writer, "put_transaction", putting)
    path = tmp_path / "toys.db"
    async with asyncio.timeout(60), AsyncStore.open(path, create=[metadata]) as store:
        async with store.transaction() as tx:
            await AsyncToys(tx).add("kept")
        await AsyncToys(store).add("too")
    check_books(path, ["kept", "too"])


async def test_transactions_of_two_stores_may_end_in_any_order(tmp_path: Path) -> None:
    async with (
        AsyncStore.open(tmp_path / "one.db", create=[metadata]) as one,
        AsyncStore.open(tmp_path / "two.db", create=[metadata]) as two,
    ):
        first, second = one.transaction(), two.transaction()
        await first.__aenter__()
        await second.__aenter__()
        await first.__aexit__(None, None, None)
        with pytest.raises(InsideTransaction):
            await AsyncToys(two).add("would wait for itself")
        await second.__aexit__(None, None, None)
        await AsyncToys(two).add("kept")
