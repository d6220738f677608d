"""The toys that the fault suite breaks, and the books that must balance afterwards."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import apsw
import msgspec
from sqlalchemy import Column, ForeignKey, MetaData, Table, bindparam, func, insert, select, text

from mustela.store import (
    BLOB,
    INTEGER,
    TEXT,
    AsyncRepository,
    AsyncStore,
    Statement,
    SyncRepository,
    Unit,
    all,
    changed,
    count,
    current,
    heavy_read,
    one,
    read,
    rows,
    token,
    total,
    urgent_write,
    write,
)
from mustela.store.sqlite import readers as readers_module
from mustela.store.sqlite import writer as writer_module
from mustela.store.sqlite.async_store import AsyncSQLiteStore
from mustela.store.topics import EVENT_WINDOW

Hook = Callable[[], object]

metadata = MetaData()
toys = Table(
    "toys",
    metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, unique=True, nullable=False),
    Column("made_at", INTEGER, nullable=False),
    Column("mark", TEXT, nullable=False),
    sqlite_strict=True,
)
parts = Table(
    "parts",
    metadata,
    Column("seq", INTEGER, primary_key=True),
    Column(
        "toy",
        TEXT,
        ForeignKey("toys.id", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("ballast", BLOB),
    sqlite_strict=True,
)

GET = Statement(select(toys.c.id, toys.c.made_at, toys.c.mark).where(toys.c.id == bindparam("id")))
IDS = Statement(select(toys.c.id).order_by(toys.c.seq))
PARTS = Statement(select(func.count()).select_from(parts))
ADD = Statement(
    insert(toys).values(id=bindparam("id"), made_at=bindparam("made_at"), mark=bindparam("mark"))
)
ADD_PART = Statement(
    insert(parts).values(toy=bindparam("toy"), ballast=func.zeroblob(bindparam("ballast")))
)
ENDLESS = Statement(
    text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most)"
        " SELECT count(*) FROM n"
    )
)


ADD_RETURNING = Statement(
    insert(toys).values(id=bindparam("id"), made_at=0, mark="").returning(toys.c.seq)
)


class Toy(msgspec.Struct, frozen=True):
    id: str
    made_at: int
    mark: str


class Seen:
    """What the attempts of a unit saw (a list would be frozen on its way)."""

    def __init__(self) -> None:
        self.attempts: list[tuple[int, str, str, str]] = []

    def note(self, attempt: tuple[int, str, str, str]) -> None:
        self.attempts.append(attempt)


class ToyOperations:
    """``first`` and ``then`` are called in the unit, on the thread that runs it.

    ``then`` may answer a function that mends what it broke, called when the unit ends.
    """

    @write
    def add(
        self, id: str, *, first: Hook | None = None, then: Hook | None = None, ballast: int = 0
    ) -> Unit[Toy]:
        return (yield from self._add(id, first, then, ballast))

    @urgent_write
    def claim(self, id: str, *, first: Hook | None = None) -> Unit[Toy]:
        return (yield from self._add(id, first, None, 0))

    def _add(self, id: str, first: Hook | None, then: Hook | None, ballast: int) -> Unit[Toy]:
        if first is not None:
            first()
        context = yield from current()
        toy = Toy(id, context.now, context.new_id())
        yield from count(ADD, id=toy.id, made_at=toy.made_at, mark=toy.mark)
        yield from changed("toys", id, delta=1)
        mend = then() if then is not None else None
        try:
            yield from count(ADD_PART, toy=id, ballast=ballast)
        finally:
            if callable(mend):
                mend()
        return toy

    @write
    def keep(self, id: str, seen: Seen) -> Unit[Toy]:
        """Notes what each attempt knows from its context."""
        context = yield from current()
        ids = context.new_id(), context.new_id(), context.change_id
        seen.note((context.now, *ids))
        yield from count(ADD, id=id, made_at=context.now, mark=ids[0])
        yield from changed("toys", id, delta=1)
        yield from count(ADD_PART, toy=id, ballast=0)
        return Toy(id, context.now, ids[0])

    @write
    def add_orphan(self, toy: str, *, then: Hook | None = None) -> Unit[None]:
        """Only the commit can refuse it: its foreign key is deferred."""
        yield from count(ADD_PART, toy=toy, ballast=0)
        yield from changed("toys", toy, delta=1)
        if then is not None:
            then()

    @read
    def get(self, id: str, *, first: Hook | None = None) -> Unit[Toy | None]:
        if first is not None:
            first()
        return (yield from one(GET, Toy, id=id))

    @read
    def read_that_writes(self, id: str) -> Unit[int]:
        return (yield from count(ADD, id=id, made_at=0, mark=""))

    @read
    def read_that_returns(self, id: str) -> Unit[list[tuple[object, ...]]]:
        """Writes by a statement that answers rows, as a query does."""
        return (yield from rows(ADD_RETURNING, id=id))

    @read
    def read_that_announces(self, id: str) -> Unit[None]:
        yield from changed("toys", id, delta=1)

    @read
    def ids(self) -> Unit[list[str]]:
        return (yield from all(IDS, str))

    @read
    def parts(self) -> Unit[int | None]:
        return (yield from one(PARTS, int))

    @read
    def total(self) -> Unit[int]:
        return (yield from total("toys"))

    @read
    def token(self) -> Unit[str]:
        return (yield from token("toys"))

    @heavy_read
    def count_to(self, most: int) -> Unit[int | None]:
        return (yield from one(ENDLESS, int, most=most))


class Toys(ToyOperations, SyncRepository): ...


class AsyncToys(ToyOperations, AsyncRepository): ...


def writer_connection(store: AsyncStore) -> apsw.Connection:
    """The writer's own connection, to break it with."""
    return cast(AsyncSQLiteStore, store)._writer._session.connection


def patient_groups(monkeypatch: Any) -> None:
    """No time budget: what is called in one turn of the loop is one group, on any machine."""
    monkeypatch.setattr(writer_module, "GROUP_SECONDS", 60.0)


async def settle(calls: Iterable[Awaitable[Any]]) -> list[Any]:
    """Everybody's answer or error, in the order of the calls."""
    return await asyncio.gather(*calls, return_exceptions=True)


def check_books(path: Path, ids: Sequence[str], *, ordered: bool = True) -> None:
    """Rows, parts, total, revision and events say the same, and nothing else happened."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(60_000)
    try:
        arrange: Callable[[Iterable[str]], list[str]] = list if ordered else sorted
        expected = arrange(ids)
        assert arrange(_texts(connection, "SELECT id FROM toys ORDER BY seq")) == expected
        assert arrange(_texts(connection, "SELECT toy FROM parts ORDER BY seq")) == expected
        events = _texts(connection, "SELECT key FROM events WHERE topic = 'toys' ORDER BY id")
        assert len(events) >= min(len(ids), EVENT_WINDOW)
        if ordered:
            assert events == list(ids)[-len(events) :] or not events
        else:
            assert len(events) == len(set(events))
            assert set(events) <= set(ids)
        state = connection.execute("SELECT revision, total FROM topics WHERE name = 'toys'")
        assert (state.fetchall() or [(0, 0)]) == [(len(ids), len(ids))]
        assert connection.execute("PRAGMA integrity_check").get == "ok"
    finally:
        connection.close()


def _texts(connection: apsw.Connection, sql: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(sql)]


async def outside(store: AsyncStore, call: Callable[[AsyncToys], Awaitable[object]]) -> None:
    """Call as a task that is not part of the transaction."""
    loop = asyncio.get_running_loop()

    async def run() -> None:
        await call(AsyncToys(store))

    done = asyncio.Event()
    task = contextvars.Context().run(loop.create_task, run())
    task.add_done_callback(lambda _: done.set())
    await done.wait()
    task.result()


def mustela_threads() -> list[str]:
    """The threads of stores that live still."""
    return [t.name for t in threading.enumerate() if t.name.startswith("mustela-")]


def slow() -> None:
    """Longer than the time budget of a batch or a group."""
    end = time.monotonic() + 2 * max(writer_module.LONGEST_GROUP, readers_module.BATCH_SECONDS)
    while time.monotonic() < end:
        pass


class Gate:
    """Holds the thread that comes to it until opened; tells when one has come."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self._open.wait(60), "nobody opened the gate"

    def open(self) -> None:
        self._open.set()

    async def wait_reached(self) -> None:
        """Wait, without holding the loop, until a thread stands at the gate."""
        came = await asyncio.get_running_loop().run_in_executor(None, self.reached.wait, 60)
        assert came, "nobody came to the gate"
