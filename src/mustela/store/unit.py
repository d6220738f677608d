"""Units of work: generators that yield steps and return a value.

A unit performs no I/O. It yields :class:`Step` values and is sent their results; an executor
drives it, on any engine, in sync or async code. Bodies are deterministic: they may run again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

from mustela.store.context import Context
from mustela.store.kept_records import KeptRecords
from mustela.store.statement import Statement

T = TypeVar("T")
R = TypeVar("R")
Parameters: TypeAlias = Mapping[str, Any]


class Step(Generic[T]):
    """Something for the executor to do; ``yield from step`` evaluates to its result."""

    __slots__ = ()

    def __iter__(self) -> Generator[Step[Any], Any, T]:
        result: T = yield self
        return result


Unit: TypeAlias = Generator[Step[Any], Any, T]


class Query(Step[list[tuple[Any, ...]]]):
    """Run a statement, answer its rows as tuples."""

    __slots__ = ("parameters", "statement")

    def __init__(self, statement: Statement, parameters: Parameters) -> None:
        self.statement = statement
        self.parameters = parameters


class Count(Step[int]):
    """Run a statement that changes rows, answer how many it changed."""

    __slots__ = ("parameters", "statement")

    def __init__(self, statement: Statement, parameters: Parameters) -> None:
        self.statement = statement
        self.parameters = parameters


class Many(Step[None]):
    """Run a statement once for each set of parameters."""

    __slots__ = ("rows", "statement")

    def __init__(self, statement: Statement, rows: Iterable[Parameters]) -> None:
        self.statement = statement
        self.rows = rows


class Batch(Step[list[Any]]):
    """Run independent steps; an engine with a pipeline sends them together."""

    __slots__ = ("steps",)

    def __init__(self, steps: tuple[Step[Any], ...]) -> None:
        self.steps = steps


class Changed(Step[None]):
    """Announce a change of a topic: its token moves, and an event is written with the commit."""

    __slots__ = ("delta", "key", "topic")

    def __init__(self, topic: str, key: str | None, delta: int) -> None:
        self.topic = topic
        self.key = key
        self.delta = delta


class Total(Step[int]):
    """How many records a topic has, in constant time, with this transaction's own changes."""

    __slots__ = ("topic",)

    def __init__(self, topic: str) -> None:
        self.topic = topic


class Token(Step[str]):
    """The revision token of some topics, read in this snapshot."""

    __slots__ = ("topics",)

    def __init__(self, topics: tuple[str, ...]) -> None:
        self.topics = topics


class Current(Step[Context]):
    """The context captured when the call was made."""

    __slots__ = ()


class Kept(Step[KeptRecords]):
    """The encoded records that the store keeps in memory."""

    __slots__ = ()


class _Rows(Step[T], Generic[T, R]):
    """A query and what its rows become. Only the query travels to the executor."""

    __slots__ = ("query", "row")

    def __init__(self, query: Query, row: Callable[..., R]) -> None:
        self.query = query
        self.row = row


class One(_Rows[R | None, R]):
    """What :func:`one` yields."""

    __slots__ = ()

    def __iter__(self) -> Generator[Step[Any], Any, R | None]:
        rows: list[tuple[Any, ...]] = yield self.query
        return self.row(*rows[0]) if rows else None


class All(_Rows[list[R], R]):
    """What :func:`all` yields."""

    __slots__ = ()

    def __iter__(self) -> Generator[Step[Any], Any, list[R]]:
        rows: list[tuple[Any, ...]] = yield self.query
        row = self.row
        return [row(*values) for values in rows]


def one(statement: Statement, row: Callable[..., T], **parameters: Any) -> One[T]:
    """The first row as ``row(*columns)``, or ``None``.

    ``row`` is called with the columns in order: a msgspec ``Struct``, a ``NamedTuple``, or
    ``int``, ``str``, ``float`` for a single column.
    """
    return One(Query(statement, parameters), row)


def all(statement: Statement, row: Callable[..., T], **parameters: Any) -> All[T]:
    """Every row as ``row(*columns)``. Page what may be long: a unit holds its whole answer."""
    return All(Query(statement, parameters), row)


def rows(statement: Statement, **parameters: Any) -> Query:
    """Every row as a plain tuple."""
    return Query(statement, parameters)


def count(statement: Statement, **parameters: Any) -> Count:
    """Run an insert, update or delete; how many rows it changed."""
    return Count(statement, parameters)


def many(statement: Statement, rows: Iterable[Parameters]) -> Many:
    """Run a statement once for each mapping of parameters."""
    return Many(statement, rows)


def batch(*steps: Step[Any]) -> Batch:
    """Run independent steps, in order, and answer their results in order.

    On PostgreSQL they travel in one pipeline. Typed rows come from :func:`one` and :func:`all`
    outside of a batch; inside, queries answer tuples.
    """
    return Batch(tuple(step.query if isinstance(step, _Rows) else step for step in steps))


def changed(topic: str, key: str | None = None, *, delta: int = 0) -> Changed:
    """Say that a topic's rows changed.

    Moves the topic's revision token, adds ``delta`` to its total, and writes one event with the
    unit's change id, in the same transaction. ``key`` is the record's id; ``None`` for a change
    of many records.
    """
    return Changed(topic, key, delta)


def total(topic: str) -> Total:
    """The number of records of a topic as :func:`changed` has kept it; constant time."""
    return Total(topic)


def token(*topics: str) -> Token:
    """An opaque label of the topics' state; equal labels mean equal rows."""
    return Token(topics)


def current() -> Current:
    """Time, actor, request id and new ids, the same on every attempt of the unit."""
    return Current()


def kept() -> Kept:
    """The encoded records that the store keeps; see :mod:`mustela.store.kept_records`."""
    return Kept()
