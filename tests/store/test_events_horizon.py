"""Events on PostgreSQL, where transactions end in another order than that of their ids."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")

import psycopg

from mustela.store import Store
from mustela.store.events import EventRepository
from mustela.store.postgres.driving import drive
from mustela.store.postgres.link import Link, Request
from mustela.store.postgres.steps import BEGIN, COMMIT, ROLLBACK, announcement, request
from mustela.store.topics import TRIM_EVENTS, Change
from tests.store.toys import Toy, Toys, toy_metadata

pytestmark = pytest.mark.postgres

NUMBER = Request(b"SELECT pg_current_xact_id()")
_names = itertools.count()


class Writer:
    """A transaction that is led through its steps one by one."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._link = Link(self._connection)
        self.names: list[str] = []
        self.open = False

    def _ask(self, *requests: Request) -> None:
        _, error = drive(self._link, self._link.answers(self._link.put(requests)))
        assert error is None

    def take_number(self) -> None:
        """Begin, and get the transaction's own number, as a first write does."""
        if not self.open:
            self._ask(BEGIN, NUMBER)
            self.open = True

    def draw(self, count: int = 1) -> list[str]:
        """Draw ids and write the events, as a commit does just before it ends."""
        self.take_number()
        names = [f"e{next(_names)}" for _ in range(count)]
        self._ask(*announcement([Change("toys", name, 0, name, 0) for name in names]))
        self.names += names
        return names

    def end(self, *, commit: bool = True) -> list[str]:
        """What is committed now."""
        names, self.names = self.names, []
        if not self.open:
            return []
        self._ask(COMMIT if commit else ROLLBACK)
        self.open = False
        return names if commit else []

    def close(self) -> None:
        self._connection.close()


class Follower:
    """Reads events after the last one that it has seen, a few at a time."""

    def __init__(self, store: Store) -> None:
        self._events = EventRepository(store)
        self.seen: list[str] = []
        self.position = self._events.window().newest

    def look(self) -> list[str]:
        """What is new."""
        found: list[str] = []
        while True:
            window, events = self._events.after(self.position, 3)
            assert window.reaches(self.position)
            for event in events:
                assert event.id > self.position
                assert event.id <= window.newest
                self.position = event.id
                found.append(event.key or "")
            if not events:
                self.seen += found
                return found


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    with Store.open(postgres_url, create=[toy_metadata]) as store:
        yield store


@pytest.fixture
def writers(store: Store, postgres_url: str) -> Iterator[list[Writer]]:
    made = [Writer(postgres_url) for _ in range(4)]
    yield made
    for one in made:
        one.close()


def test_an_event_is_told_only_when_no_smaller_id_can_follow(
    store: Store, writers: list[Writer]
) -> None:
    follower, (slow, quick, *_) = Follower(store), writers
    first = slow.draw()
    second = quick.draw()
    quick.end()
    assert follower.look() == []
    slow.end()
    assert follower.look() == first + second


def test_so_it_is_where_the_younger_transaction_has_the_smaller_id(
    store: Store, writers: list[Writer]
) -> None:
    follower, (older, younger, *_) = Follower(store), writers
    older.take_number()
    younger.take_number()
    first = younger.draw(2)
    second = older.draw(3)
    older.end()
    assert follower.look() == []
    younger.end()
    assert follower.look() == first + second


def test_a_transaction_that_has_drawn_nothing_holds_up_what_came_after_it_and_no_more(
    store: Store, writers: list[Writer]
) -> None:
    follower, (slow, quick, late, _) = Follower(store), writers
    before = quick.draw()
    quick.end()
    slow.take_number()
    after = late.draw()
    late.end()
    assert follower.look() == before
    slow.end(commit=False)
    assert follower.look() == after


def test_what_was_rolled_back_is_not_waited_for(store: Store, writers: list[Writer]) -> None:
    one, other, *_ = writers
    one.draw()
    one.end()
    follower = Follower(store)
    one.draw(2)
    told = other.draw()
    one.end(commit=False)
    other.end()
    assert follower.look() == told


def test_a_transaction_that_only_reads_holds_up_nothing(
    store: Store, postgres_url: str, writers: list[Writer]
) -> None:
    follower = Follower(store)
    with psycopg.connect(postgres_url) as reading:
        reading.execute("SELECT count(*) FROM toys")
        told = writers[0].draw()
        writers[0].end()
        assert follower.look() == told


def test_all_ids_are_drawn_before_the_first_event_is_written(
    store: Store, postgres_url: str
) -> None:
    statement = announcement([Change("toys", "a", 0, "a", 0)])[-1]
    with psycopg.connect(postgres_url, cursor_factory=psycopg.RawCursor) as connection:
        rows = connection.execute(b"EXPLAIN " + statement.sql, statement.values).fetchall()
    plan = [line.strip(" ->") for (line,) in rows]
    insert, sort, drawn = (
        next(at for at, line in enumerate(plan) if line.startswith(what))
        for what in ("Insert on events", "Sort", "CTE Scan on drawn")
    )
    assert insert < sort < drawn


def test_trimming_leaves_what_is_not_told_yet(store: Store, writers: list[Writer]) -> None:
    follower, (slow, quick, *_) = Follower(store), writers
    for _ in range(3):
        quick.draw()
        quick.end()
    assert len(follower.look()) == 3
    first = slow.draw()
    others = [name for _ in range(9) for name in (*quick.draw(), *quick.end())[:1]]
    quick._ask(request(TRIM_EVENTS, {"window": 2}, "number"))
    assert follower.look() == []
    slow.end()
    assert follower.look() == first + others
    quick._ask(request(TRIM_EVENTS, {"window": 2}, "number"))
    window = EventRepository(store).window()
    assert (window.oldest, window.newest) == (follower.position - 1, follower.position)


ACTS = st.tuples(
    st.sampled_from(range(4)), st.sampled_from(["number", "draw", "draw two", "commit", "undo"])
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=st.lists(ACTS, max_size=25))
def test_in_whatever_order_transactions_go_on_a_follower_sees_each_event_once(
    store: Store, writers: list[Writer], acts: Sequence[tuple[int, str]]
) -> None:
    follower = Follower(store)
    committed: set[str] = set()
    for number, act in acts:
        writer = writers[number]
        if act == "number":
            writer.take_number()
        elif act.startswith("draw"):
            writer.draw(2 if act.endswith("two") else 1)
        else:
            committed.update(writer.end(commit=act == "commit"))
        follower.look()
        assert set(follower.seen) <= committed
    for writer in writers:
        committed.update(writer.end())
    follower.look()
    assert sorted(follower.seen) == sorted(committed)


async def test_beside_many_writers_a_follower_sees_each_event_once_and_in_order(
    store: Store, postgres_url: str
) -> None:
    follower = Follower(store)
    over = threading.Event()

    def follow() -> None:
        while not over.is_set():
            follower.look()
        follower.look()

    def write(writer: int) -> None:
        with Store.open(postgres_url) as own:
            toys = Toys(own)
            for number in range(30):
                name = f"w{writer}-{number}"
                if number % 3:
                    toys.add(Toy(name, name))
                    continue
                with own.transaction() as tx:
                    Toys(tx).add(Toy(name, name))
                    Toys(tx).add(Toy(name + "b", name + "b"))

    following = asyncio.create_task(asyncio.to_thread(follow))
    await asyncio.gather(*(asyncio.to_thread(write, writer) for writer in range(6)))
    over.set()
    await following
    expected: Any = [f"w{w}-{n}" for w in range(6) for n in range(30)]
    expected += [f"w{w}-{n}b" for w in range(6) for n in range(0, 30, 3)]
    assert sorted(follower.seen) == sorted(expected)
