"""What those who follow events are told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from typing import Any

import msgspec
import pytest

from mustela.http import event_feed
from mustela.http.event_feed import EventFeed
from mustela.http.event_subscription import Subscription
from mustela.store import AsyncStore, Store, topics
from mustela.store.errors import StoreUnavailable
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.jobs.rig import until
from tests.store.toys import AsyncToys, Toy, Toys, toy_metadata


class Listener:
    """One who follows, and what he has heard."""

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        self.heard: list[dict[str, Any]] = []
        self.sse: list[bytes] = []
        self.ended = False
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async with aclosing(self.subscription.messages()) as news:
            async for messages in news:
                self.sse += [message.sse for message in messages]
                self.heard += [msgspec.json.decode(message.json) for message in messages]
        self.ended = True

    @property
    def types(self) -> list[str]:
        return [one["type"] for one in self.heard]

    @property
    def keys(self) -> list[str]:
        return [one["key"] for one in self.heard if one["type"] == "change"]

    @property
    def last_id(self) -> str:
        return str(self.heard[-1]["id"])


class Rig:
    """A feed that runs, and toys to change."""

    def __init__(self, store: AsyncStore, **options: Any) -> None:
        self.store = store
        self.toys = AsyncToys(store)
        self.feed = EventFeed(store, **options)

    @asynccontextmanager
    async def listener(self, *args: Any, **options: Any) -> AsyncIterator[Listener]:
        async with self.feed.subscribed(*args, **options) as subscription:
            listener = Listener(subscription)
            await until(lambda: listener.heard or listener.ended)
            yield listener
            listener.task.cancel()
            await asyncio.wait([listener.task])


@asynccontextmanager
async def rigged(**options: Any) -> AsyncIterator[Rig]:
    async with AsyncStore.memory(toy_metadata) as store:
        rig = Rig(store, **options)
        async with rig.feed.running():
            yield rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as rig:
        yield rig


async def test_a_change_is_told_after_its_commit_in_both_forms(rig: Rig) -> None:
    async with rig.listener() as one:
        await rig.toys.add(Toy("t1", "/a"))
        await until(lambda: one.keys)
    start, told = one.heard
    assert start == {"type": "start", "id": told["id"] - 1}
    assert set(told) == {"type", "id", "topic", "key", "change_id", "at"}
    assert (told["topic"], told["key"]) == ("toys", "t1")
    assert told["at"].endswith("Z")
    id_line, event, data = one.sse[1].decode().rstrip("\n").split("\n")
    assert (id_line, event) == (f"id: {told['id']}", "event: change")
    del told["type"]
    assert msgspec.json.decode(data.removeprefix("data: ")) == told
    assert one.sse[0].endswith(b"\nid: %d\n\n" % start["id"])


async def test_ids_rise_and_everybody_hears_the_same(rig: Rig) -> None:
    async with rig.listener() as one, rig.listener() as other:
        for number in range(20):
            await rig.toys.add(Toy(f"t{number}", f"/{number}"))
        await until(lambda: len(one.keys) == len(other.keys) == 20)
    assert one.keys == [f"t{number}" for number in range(20)]
    assert one.heard == other.heard
    ids = [told["id"] for told in one.heard]
    assert ids == sorted(set(ids))
    assert max(ids) < 2**53


def _keep(events: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of so many events, trimmed with every commit."""
    monkeypatch.setattr("mustela.store.sqlite.session.EVENT_WINDOW", events)
    monkeypatch.setattr("mustela.store.sqlite.session._TRIM_EVERY", 1)


async def test_only_the_topics_asked_for_are_told(rig: Rig) -> None:
    async with rig.listener(["cats"]) as cats, rig.listener(["toys", "cats"]) as both:
        await rig.toys.add(Toy("t1", "/a"))
        await until(lambda: both.keys == ["t1"])
        assert cats.types == ["start"]


async def test_what_a_transaction_rolled_back_is_not_told(rig: Rig) -> None:
    async with rig.listener() as one:
        with suppress(InterruptedError):
            async with rig.store.transaction() as tx:
                await AsyncToys(tx).add(Toy("t1", "/a"))
                raise InterruptedError
        async with rig.store.transaction() as tx:
            await AsyncToys(tx).add(Toy("t2", "/b"))
        await until(lambda: one.keys)
    assert one.keys == ["t2"]


async def test_after_a_while_away_what_was_missed_comes_first(rig: Rig) -> None:
    async with rig.listener() as one:
        await rig.toys.add(Toy("t1", "/a"))
        await until(lambda: one.keys)
    await rig.toys.add_many([Toy(f"m{number:03}", f"/m/{number}") for number in range(3)])
    for number in range(3):
        await rig.toys.add(Toy(f"n{number}", f"/n/{number}"))
    async with rig.listener(last_id=one.last_id) as again:
        await rig.toys.add(Toy("t2", "/b"))
        await until(lambda: "t2" in again.keys)
        assert again.keys[-4:] == ["n0", "n1", "n2", "t2"]
        assert again.types.count("start") == 1
        assert "gap" not in again.types
        assert again.heard[0]["id"] == int(one.last_id) + 1
    async with rig.listener(last_id=again.last_id) as third:
        assert third.types == ["start"]


async def test_more_than_a_page_is_replayed_whole(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mustela.http.event_subscription.PAGE", 3)
    async with rig.listener() as one:
        pass
    for number in range(8):
        await rig.toys.add(Toy(f"t{number}", f"/{number}"))
    async with rig.listener(["toys"], last_id=one.last_id) as again:
        await until(lambda: "start" in again.types)
        assert again.keys == [f"t{number}" for number in range(8)]


async def test_who_was_away_for_too_long_is_told_so(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rig.listener() as one:
        pass
    _keep(3, monkeypatch)
    for number in range(5):
        await rig.toys.add(Toy(f"t{number}", f"/{number}"))
    async with rig.listener(last_id=one.last_id) as again:
        await rig.toys.add(Toy("new", "/new"))
        await until(lambda: again.keys)
    assert again.types == ["gap", "start", "change"]
    assert again.heard[0] == {
        "type": "gap",
        "id": int(one.last_id) + 5,
        "reason": "window_left",
    }
    assert again.sse[0].startswith(b"id: %d\nevent: gap\ndata: {" % again.heard[0]["id"])
    assert again.keys == ["new"]


async def test_a_feed_that_fell_behind_the_window_says_so_too(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keep(2, monkeypatch)
    async with rig.listener() as one:
        async with rig.store.transaction() as tx:
            for number in range(6):
                await AsyncToys(tx).add(Toy(f"t{number}", f"/{number}"))
        await until(lambda: len(one.heard) > 1)
        await rig.toys.add(Toy("new", "/new"))
        await until(lambda: one.keys)
    assert one.types == ["start", "gap", "change"]
    assert one.keys == ["new"]


@pytest.mark.parametrize("last_id", ["0", "17", "9007199254740991", "abc", "-4", "९"])
async def test_an_id_of_another_database_is_told_so(rig: Rig, last_id: str) -> None:
    async with rig.listener(last_id=last_id) as one:
        await until(lambda: "start" in one.types)
    assert one.types == ["gap", "start"]
    assert one.heard[0]["reason"] == "another_database"


async def test_an_id_from_the_future_of_this_database_is_one_of_another(rig: Rig) -> None:
    async with rig.listener() as one:
        pass
    async with rig.listener(last_id=str(int(one.last_id) + 1)) as again:
        assert again.heard[0]["reason"] == "another_database"


async def test_silence_is_broken_by_heartbeats_that_carry_the_id() -> None:
    async with rigged(heartbeat=0.01) as rig, rig.listener(["cats"]) as cats:
        await rig.toys.add(Toy("t1", "/a"))
        await until(lambda: cats.heard[-1]["id"] == cats.heard[0]["id"] + 1)
    assert set(cats.types) == {"start", "heartbeat"}
    assert cats.sse[-1] == b": heartbeat\nid: %d\n\n" % cats.heard[-1]["id"]


async def test_a_slow_client_is_sent_away_and_goes_on_where_it_was(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with rigged(buffer=5) as rig:
        async with rig.feed.subscribed() as subscription, aclosing(subscription.messages()) as news:
            (start,) = await anext(news)  # and takes nothing more
            async with rig.listener() as quick:
                with caplog.at_level(logging.INFO):
                    for number in range(20):
                        await rig.toys.add(Toy(f"t{number}", f"/{number}"))
                        await until(lambda: len(quick.keys) > number)  # noqa: B023  # at once
                assert subscription.dropped
                assert [messages async for messages in news] == []
            assert "too slowly" in caplog.text
        last_id = str(msgspec.json.decode(start.json)["id"])
        async with rig.listener(last_id=last_id) as again:
            await until(lambda: len(again.keys) == 20)


async def test_every_stream_ends_when_the_feed_is_stopped(rig: Rig) -> None:
    async with rig.listener() as one:
        rig.feed.stop_soon()
        await until(lambda: one.ended)
        async with rig.listener() as late:
            await until(lambda: late.ended)
    assert len(rig.feed) == 0


async def test_nothing_is_read_while_nobody_follows(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    state = rig.store.state

    def counted() -> object | None:
        nonlocal looks
        looks += 1
        return state()

    monkeypatch.setattr(rig.store, "state", counted)
    async with rig.listener():
        await until(lambda: looks)
    await until(lambda: not rig.feed._somebody.is_set())
    before = looks
    for number in range(5):
        await rig.toys.add(Toy(f"t{number}", f"/{number}"))
    assert looks == before


async def test_a_fault_of_the_database_is_logged_and_survived(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(event_feed, "RETRY_SECONDS", 0.001)
    after = rig.feed._events.after
    fails = True

    async def read(*args: Any) -> Any:
        if fails:
            raise StoreUnavailable
        return await after(*args)

    monkeypatch.setattr(rig.feed._events, "after", read)
    async with rig.listener() as one:
        await rig.toys.add(Toy("t1", "/a"))
        await until(lambda: "events cannot be read" in caplog.text)
        fails = False
        await until(lambda: one.keys)
    assert caplog.text.count("events cannot be read") == 1


async def test_commits_of_others_are_told_on_every_engine(open_engine: OpenHarness) -> None:
    """Of another process, as far as the feed can tell: it is another store."""
    async with open_engine([toy_metadata]) as harness:
        if not isinstance(harness.store, AsyncStore) or harness.engine == "memory":
            pytest.skip("followed on event loops; a database in memory has no others")
        await _others(harness)


async def _others(harness: Harness) -> None:
    assert isinstance(harness.store, AsyncStore)
    rig = Rig(harness.store)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(rig.feed.running())
        one = await stack.enter_async_context(rig.listener())
        with Store.open(harness.url) as other:
            await asyncio.to_thread(Toys(other).add, Toy("t1", "/a"))
        await until(lambda: one.keys == ["t1"])
        await rig.toys.add(Toy("t2", "/b"))
        await until(lambda: one.keys == ["t1", "t2"])


def test_the_window_is_as_long_as_is_said() -> None:
    assert topics.EVENT_WINDOW == 10_000
