"""Reading the events, on every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mustela.store import AsyncStore, acting_as
from mustela.store.events import AsyncEventRepository, EventRepository, Window
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.store.toys import AsyncToys, Toy, Toys, toy_metadata


@pytest.fixture
async def harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine([toy_metadata]) as harness:
        yield harness


@pytest.fixture
def events(harness: Harness) -> Any:
    return harness.bind(EventRepository, AsyncEventRepository)


@pytest.fixture
def toys(harness: Harness) -> Any:
    return harness.bind(Toys, AsyncToys)


async def test_a_new_database_has_none(events: Any) -> None:
    assert await events.window() == Window(0, 0)
    assert await events.after(0, 10) == (Window(0, 0), [])


async def test_they_are_read_in_order_after_an_id(events: Any, toys: Any) -> None:
    with acting_as("ann"):
        for number in range(5):
            await toys.add(Toy(f"t{number}", f"/{number}"))
    window, found = await events.after(0, 10)
    assert [event.key for event in found] == [f"t{number}" for number in range(5)]
    assert (window.oldest, window.newest) == (found[0].id, found[-1].id)
    assert {event.topic for event in found} == {"toys"}
    assert len({event.change_id for event in found}) == 5
    assert all(event.at.tzinfo is not None for event in found)
    _, rest = await events.after(found[1].id, 2)
    assert rest == found[2:4]
    assert (await events.after(found[-1].id, 10)).events == []


async def test_topics_select(events: Any, toys: Any) -> None:
    await toys.add(Toy("t1", "/a"))
    assert len((await events.after(0, 10, ["toys", "cats"])).events) == 1
    window, found = await events.after(0, 10, ["cats"])
    assert found == []
    assert window.newest > 0


def test_a_window_reaches_what_is_just_before_it() -> None:
    assert Window(5, 9).reaches(4)
    assert not Window(5, 9).reaches(3)
    assert Window(0, 0).reaches(0)


async def test_who_listens_hears_of_every_write_after_its_commit(harness: Harness) -> None:
    store = harness.store
    if not isinstance(store, AsyncStore):
        pytest.skip("listened to on event loops")
    events, toys = AsyncEventRepository(store), AsyncToys(store)
    heard = 0

    def hear() -> None:
        nonlocal heard
        heard += 1

    end = store.on_commit(hear)
    await toys.add(Toy("t1", "/a"))
    assert heard == 1
    await events.window()
    assert heard == 1
    async with store.transaction() as tx:
        await AsyncToys(tx).add(Toy("t2", "/b"))
        assert heard == 1
    assert heard == 2
    end()
    await toys.add(Toy("t3", "/c"))
    assert heard == 2
