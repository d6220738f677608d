"""Writers of one topic do not wait for each other on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")

import psycopg

from mustela.store import AsyncStore, Store
from mustela.store.postgres.driving import drive
from mustela.store.postgres.link import Link, Request
from mustela.store.postgres.steps import BEGIN, COMMIT, announcement, fold_topics
from mustela.store.topics import Change
from tests.store.toys import AsyncToys, Toy, Toys, toy_metadata

pytestmark = pytest.mark.postgres

#: Whoever has to wait for a lock is an error.
_IMPATIENT = "-c lock_timeout=1"


def test_nobody_waits_for_a_writer_or_for_the_folding_of_its_topic(postgres_url: str) -> None:
    with (
        Store.open(postgres_url, create=[toy_metadata]) as store,
        psycopg.connect(postgres_url, autocommit=True) as one,
        psycopg.connect(postgres_url, options=_IMPATIENT, autocommit=True) as other,
    ):
        toys = Toys(store)
        for number in range(3):
            toys.add(Toy(f"t{number}", f"/{number}"))
        first, second = Link(one), Link(other)
        mine = announcement([Change("toys", "a", 1, "a", 0)])
        yours = announcement([Change("toys", "b", 1, "b", 0)])

        def ask(link: Link, *requests: Request) -> None:
            _, error = drive(link, link.answers(link.put(requests)))
            assert error is None

        ask(first, BEGIN, *mine)  # has changed the topic, and is not committed
        ask(second, BEGIN, *yours, COMMIT)
        ask(second, fold_topics())
        ask(second, BEGIN, fold_topics())  # has folded it, and is not committed
        before = toys.label()
        toys.add(Toy("t3", "/3"))
        assert toys.label() != before
        ask(first, COMMIT)
        ask(second, COMMIT)
        assert toys.count() == 6


def test_folding_changes_neither_a_token_nor_a_total(postgres_url: str) -> None:
    with Store.open(postgres_url, create=[toy_metadata]) as store:
        toys = Toys(store)
        for number in range(5):
            toys.add(Toy(f"t{number}", f"/{number}"))
        before = (toys.label(), toys.count())
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            link = Link(connection)
            drive(link, link.answers(link.put([fold_topics()])))
        assert (toys.label(), toys.count()) == before
        with psycopg.connect(postgres_url) as connection:
            assert connection.execute("SELECT count(*) FROM topics").fetchone() == (1,)


async def test_a_store_that_is_closed_has_folded_what_was_due(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.store.postgres.async_store.FOLD_EVERY", 1)
    async with AsyncStore.open(postgres_url, create=[toy_metadata], pool_size=1) as store:
        toys = AsyncToys(store)
        await asyncio.gather(*(toys.add(Toy(f"t{number}", f"/{number}")) for number in range(9)))
        async with store.transaction() as tx:
            await AsyncToys(tx).add(Toy("last", "/last"))
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT count(*), sum(total) FROM topics").fetchone() == (1, 10)
