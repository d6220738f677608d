"""A small audited repository, to hold the store to its contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import CheckConstraint, Column, MetaData, Table, bindparam, select

from mustela.store import (
    INTEGER,
    REAL,
    TEXT,
    AsyncRepository,
    Page,
    Statement,
    SyncRepository,
    Unit,
    all,
    batch,
    changed,
    current,
    derived,
    edited,
    heavy_read,
    observed,
    one,
    read,
    rows,
    stream,
    token,
    total,
    write,
)
from mustela.store.audit import AuditEntry, history
from mustela.store.records import Records
from mustela.store.revert import revert
from mustela.store.schema import NAMING, events

toy_metadata = MetaData(naming_convention=NAMING)

toys = Table(
    "toys",
    toy_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    observed("path", TEXT, nullable=False, unique=True),
    observed("weight", REAL),
    edited("rating", INTEGER),
    edited("note", TEXT),
    derived("folded", TEXT, nullable=False),
    derived("created_at", INTEGER, nullable=False),
    derived("updated_at", INTEGER, nullable=False),
    CheckConstraint("rating BETWEEN 0 AND 5", name="rating"),
    sqlite_strict=True,
)


class Toy(msgspec.Struct, frozen=True):
    id: str
    path: str
    weight: float | None = None
    rating: int | None = None
    note: str | None = None


class ToyRecords(Records):
    def derive(self, values: Any) -> dict[str, Any]:
        return {"folded": values["path"].casefold()} if values.get("path") else {}


records = ToyRecords(toys, "toys")
_columns = select(toys.c.id, toys.c.path, toys.c.weight, toys.c.rating, toys.c.note)
GET = Statement(_columns.where(toys.c.id == bindparam("id")))
NEWEST = Statement(
    _columns.order_by(toys.c.created_at.desc(), toys.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
HEAVIEST = Statement(_columns.order_by(toys.c.weight.desc().nulls_last(), toys.c.id.desc()))
LIGHTEST = Statement(_columns.order_by(toys.c.weight.nulls_last(), toys.c.id.desc()))
BY_PATH = Statement(_columns.order_by(toys.c.path))
AFTER = Statement(
    _columns.where(toys.c.id > bindparam("after")).order_by(toys.c.id).limit(bindparam("limit"))
)
EVENTS = Statement(select(events.c.topic, events.c.key, events.c.change_id).order_by(events.c.id))


class ToyOperations:
    @read
    def get(self, id: str) -> Unit[Toy | None]:
        return (yield from one(GET, Toy, id=id))

    @read
    def newest(self, limit: int = 100, offset: int = 0) -> Unit[list[Toy]]:
        return (yield from all(NEWEST, Toy, limit=limit, offset=offset))

    @read
    def by_weight(self, *, descending: bool = False) -> Unit[list[Toy]]:
        return (yield from all(HEAVIEST if descending else LIGHTEST, Toy))

    @read
    def by_path(self) -> Unit[list[Toy]]:
        return (yield from all(BY_PATH, Toy))

    @heavy_read
    def both(self, first: str, second: str) -> Unit[list[list[tuple[Any, ...]]]]:
        return (yield from batch(rows(GET, id=first), one(GET, Toy, id=second)))

    @read
    def count(self) -> Unit[int]:
        return (yield from total("toys"))

    @read
    def label(self) -> Unit[str]:
        return (yield from token("toys"))

    @read
    def events(self) -> Unit[list[tuple[Any, ...]]]:
        return (yield from rows(EVENTS))

    @stream
    def everything(self, size: int = 3, *, after: str | None = None) -> Unit[Page[Toy]]:
        found = yield from all(AFTER, Toy, after=after or "", limit=size)
        return Page(found, found[-1].id if len(found) == size else None)

    @write
    def add(self, toy: Toy) -> Unit[Toy]:
        yield from records.insert(msgspec.structs.asdict(toy))
        return toy

    @write
    def add_many(self, many_toys: Sequence[Toy]) -> Unit[int]:
        yield from records.insert_many([msgspec.structs.asdict(toy) for toy in many_toys])
        return len(many_toys)

    @write
    def add_and_fail(self, toy: Toy) -> Unit[None]:
        yield from self.add.unit(toy)
        raise ZeroDivisionError

    @write
    def add_and_count(self, toy: Toy) -> Unit[tuple[int, str]]:
        yield from self.add.unit(toy)
        return (yield from total("toys")), (yield from token("toys"))

    @write
    def update(self, id: str, /, **fields: Any) -> Unit[Toy | None]:
        yield from records.update(id, fields)
        return (yield from self.get.unit(id))

    @write
    def rate_all(self, rating: int, limit: int = 100) -> Unit[int]:
        return (
            yield from records.update_where(
                toys.c.path != bindparam("path"), {"path": ""}, {"rating": rating}, limit=limit
            )
        )

    @write
    def delete(self, id: str) -> Unit[bool]:
        return (yield from records.delete(id)) is not None

    @write
    def throw_away(self, rating: int) -> Unit[int]:
        return (
            yield from records.delete_where(toys.c.rating == bindparam("worst"), {"worst": rating})
        )

    @read
    def history(self, id: str, limit: int = 100) -> Unit[list[AuditEntry]]:
        return (yield from history("toys", id, limit, None))

    @write
    def revert(self, reference: int | str) -> Unit[str]:
        return (yield from revert({"toys": records}, reference))

    @write
    def made(self) -> Unit[tuple[str, str, str, int]]:
        context = yield from current()
        yield from changed("made")
        return context.change_id, context.new_id(), context.new_id(), context.now


class Toys(ToyOperations, SyncRepository): ...


class AsyncToys(ToyOperations, AsyncRepository): ...


def bind(harness: Any, executor: Any = None) -> Any:
    return harness.bind(Toys, AsyncToys, executor)
