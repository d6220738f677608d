"""The limit of ``transaction()``: whatever its block does, the writer is free again."""

# ruff: noqa: PT012  # the error at the end of a block is what these tests are about

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from mustela.store import AsyncStore, Store
from mustela.store.errors import TransactionExpired
from tests.store.faulty import AsyncToys, Toys, check_books, metadata, outside

SOON = 0.02  #: a limit in seconds that is waited for, never raced against


async def test_an_idle_transaction_expires_and_gives_the_writer_back(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        tx = store.transaction(limit=SOON)
        async with asyncio.timeout(60):
            repository = AsyncToys(await tx.__aenter__())
            await repository.add("lost")
            # It waits behind the transaction, so its answer says that the limit has passed.
            await outside(store, lambda outer: outer.add("kept"))
            with pytest.raises(TransactionExpired):
                await repository.add("late")
            with pytest.raises(TransactionExpired):
                await tx.__aexit__(None, None, None)
    check_books(path, ["kept"])


async def test_calls_without_end_do_not_keep_a_transaction_over_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        async with asyncio.timeout(60):
            with pytest.raises(TransactionExpired):
                async with store.transaction(limit=SOON) as tx:
                    repository = AsyncToys(tx)

                    async def insist(name: str) -> None:
                        for n in range(10**9):
                            await repository.add(f"{name}-{n}")

                    await asyncio.gather(*(insist(name) for name in "abc"))
        await AsyncToys(store).add("kept")
        await let_tasks_end()
    check_books(path, ["kept"])


async def let_tasks_end() -> None:
    me = asyncio.current_task()
    await asyncio.gather(*(asyncio.all_tasks() - {me}), return_exceptions=True)


async def test_a_statement_without_end_does_not_keep_a_transaction_over_its_limit(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    async with AsyncStore.open(path, create=[metadata]) as store:
        with pytest.raises(TransactionExpired):
            async with store.transaction(limit=SOON) as tx:
                await AsyncToys(tx).add("lost")
                await AsyncToys(tx).count_to(10**15)
        await AsyncToys(store).add("kept")
    check_books(path, ["kept"])


async def test_an_expired_transaction_does_not_hide_the_error_that_ends_its_block(
    tmp_path: Path,
) -> None:
    async with AsyncStore.open(tmp_path / "toys.db", create=[metadata]) as store:
        with pytest.raises(ZeroDivisionError):
            async with store.transaction(limit=SOON):
                await outside(store, lambda outer: outer.add("kept"))
                raise ZeroDivisionError


def test_an_idle_sync_transaction_expires_and_gives_the_writer_back(tmp_path: Path) -> None:
    path = tmp_path / "toys.db"
    with Store.open(path, create=[metadata]) as store:
        other = threading.Thread(target=lambda: Toys(store).add("kept"))
        with pytest.raises(TransactionExpired), store.transaction(limit=SOON) as tx:
            Toys(tx).add("lost")
            other.start()
            other.join(60)  # it waits for the writer
            assert not other.is_alive()
            with pytest.raises(TransactionExpired):
                Toys(tx).add("late")
    check_books(path, ["kept"])


def test_a_statement_without_end_does_not_keep_a_sync_transaction_over_its_limit(
    tmp_path: Path,
) -> None:
    path = tmp_path / "toys.db"
    with Store.open(path, create=[metadata]) as store:
        with pytest.raises(TransactionExpired), store.transaction(limit=SOON) as tx:
            Toys(tx).add("lost")
            Toys(tx).count_to(10**15)
        Toys(store).add("kept")
        assert Toys(store).count_to(100_000) == 100_000, "no limit is left behind"
    check_books(path, ["kept"])
