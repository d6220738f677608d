"""Declared once, called twice: ``@read``, ``@write`` and ``@stream``.

An operation is a generator method of a class that knows no executor. On a
:class:`SyncRepository` calling it answers the value, on an :class:`AsyncRepository` a coroutine
of it; ``operation.unit(...)`` is the bare unit, for use inside another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from contextlib import suppress
from datetime import datetime
from types import GeneratorType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

import msgspec

from mustela.store.context import Context
from mustela.store.unit import Step, Unit

if TYPE_CHECKING:  # the executors import this module
    from mustela.store.store import AsyncExecutor, SyncExecutor

P = ParamSpec("P")
T = TypeVar("T")

_ATOMS = frozenset((str, int, float, bool, bytes, type(None), tuple, datetime))
_ONE_PASS = (list, GeneratorType, map, filter, zip)


def _frozen(value: Any) -> Any:
    """A copy that the caller cannot change while the unit waits or runs again."""
    if type(value) in _ATOMS:
        return value
    if isinstance(value, _ONE_PASS):
        return tuple(value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    if isinstance(value, set):
        return frozenset(value)
    if isinstance(value, bytearray):
        return bytes(value)
    return value


class Call:
    """A restartable unit: function, owner, frozen arguments, and the context of the caller."""

    __slots__ = (
        "arguments",
        "begun",
        "context",
        "function",
        "heavy",
        "keywords",
        "owner",
        "urgent",
    )

    def __init__(
        self, operation: Operation[..., Any], owner: Any, arguments: tuple[Any, ...], keywords: Any
    ) -> None:
        self.function = operation.function
        self.heavy = operation.heavy
        self.urgent = operation.urgent
        self.owner = owner
        self.arguments = tuple([_frozen(argument) for argument in arguments])
        self.keywords = (
            {key: _frozen(value) for key, value in keywords.items()} if keywords else keywords
        )
        self.context = Context()
        self.begun = False

    def start(self) -> Unit[Any]:
        """A fresh generator for one more attempt."""
        self.context.rewind()
        return self.function(self.owner, *self.arguments, **self.keywords)


class Operation(Generic[P, T]):
    """What ``@read`` and ``@write`` make of a method; bound by the class it is reached through."""

    def __init__(
        self,
        function: Callable[..., Unit[T]],
        *,
        writes: bool,
        heavy: bool = False,
        urgent: bool = False,
    ) -> None:
        self.function = function
        self.writes = writes
        self.heavy = heavy
        self.urgent = urgent
        self.name = function.__name__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Operation[P, T]: ...
    @overload
    def __get__(self, instance: SyncRepository, owner: type | None = None) -> SyncCall[P, T]: ...
    @overload
    def __get__(self, instance: AsyncRepository, owner: type | None = None) -> AsyncCall[P, T]: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> UnitCall[P, T]: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        bound: UnitCall[P, T]
        if isinstance(instance, SyncRepository):
            bound = SyncCall(self, instance)
        elif isinstance(instance, AsyncRepository):
            bound = AsyncCall(self, instance)
        else:
            bound = UnitCall(self, instance)
        with suppress(AttributeError):  # a class with slots
            instance.__dict__[self.name] = bound  # later look-ups do not come here
        return bound


class UnitCall(Generic[P, T]):
    """An operation reached through its operations class: only its unit can be used."""

    def __init__(self, operation: Operation[P, T], owner: Any) -> None:
        self.operation = operation
        self.owner = owner
        self.__doc__ = operation.__doc__
        self.__name__ = operation.name

    def unit(self, *args: P.args, **kwargs: P.kwargs) -> Unit[T]:
        """The unit itself, to be used with ``yield from`` inside another unit."""
        return self.operation.function(self.owner, *args, **kwargs)


class SyncCall(UnitCall[P, T]):
    """An operation bound to a sync executor."""

    def __init__(self, operation: Operation[P, T], owner: SyncRepository) -> None:
        super().__init__(operation, owner)
        executor = owner.executor
        self._run = executor.run_write if operation.writes else executor.run_read

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        result: T = self._run(Call(self.operation, self.owner, args, kwargs))
        return result


class AsyncCall(UnitCall[P, T]):
    """An operation bound to an async executor."""

    def __init__(self, operation: Operation[P, T], owner: AsyncRepository) -> None:
        super().__init__(operation, owner)
        executor = owner.executor
        self._run = executor.run_write if operation.writes else executor.run_read

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        return self._run(Call(self.operation, self.owner, args, kwargs))


class SyncRepository:
    """Binds operations to a :class:`~mustela.store.Store` or one of its transactions."""

    def __init__(self, executor: SyncExecutor) -> None:
        self.executor = executor


class AsyncRepository:
    """Binds operations to an :class:`~mustela.store.AsyncStore` or one of its transactions."""

    def __init__(self, executor: AsyncExecutor) -> None:
        self.executor = executor


class Decorator:
    """``@read`` or ``@write`` with options."""

    def __init__(self, *, writes: bool, heavy: bool = False, urgent: bool = False) -> None:
        self._options = {"writes": writes, "heavy": heavy, "urgent": urgent}

    def __call__(
        self, function: Callable[Concatenate[Any, P], Generator[Step[Any], Any, T]]
    ) -> Operation[P, T]:
        return Operation(function, **self._options)


def read(
    function: Callable[Concatenate[Any, P], Generator[Step[Any], Any, T]],
) -> Operation[P, T]:
    """A unit that only reads: one snapshot, never waits for writers."""
    return Operation(function, writes=False)


def write(
    function: Callable[Concatenate[Any, P], Generator[Step[Any], Any, T]],
) -> Operation[P, T]:
    """A unit that may write: all of it is committed, durably, before the call answers."""
    return Operation(function, writes=True)


#: For long reads (search, count, export): threads of their own and a statement time limit.
heavy_read = Decorator(writes=False, heavy=True)
#: Goes ahead of the other writes that wait (job claims).
urgent_write = Decorator(writes=True, urgent=True)


class Page(msgspec.Struct, Generic[T]):
    """A part of a stream, and where the next one starts (``None`` at the end)."""

    items: list[T]
    next: Any = None


class Stream(Generic[P, T]):
    """What ``@stream`` makes of a method that answers a :class:`Page` after a cursor."""

    def __init__(self, function: Callable[..., Unit[Page[T]]]) -> None:
        self.page: Operation[..., Page[T]] = Operation(function, writes=False, heavy=True)
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    @overload
    def __get__(self, instance: None, owner: type) -> Stream[P, T]: ...
    @overload
    def __get__(
        self, instance: SyncRepository, owner: type | None = None
    ) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(
        self, instance: AsyncRepository, owner: type | None = None
    ) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if isinstance(instance, SyncRepository):
            return SyncStream(self.page, instance)
        return AsyncStream(self.page, instance)


class SyncStream(Generic[T]):
    def __init__(self, page: Operation[..., Page[T]], owner: SyncRepository) -> None:
        self._page = SyncCall(page, owner)

    def __call__(self, *args: Any, **kwargs: Any) -> Iterator[T]:
        after = None
        while True:
            page = self._page(*args, after=after, **kwargs)
            yield from page.items
            after = page.next
            if after is None:
                return


class AsyncStream(Generic[T]):
    def __init__(self, page: Operation[..., Page[T]], owner: AsyncRepository) -> None:
        self._page = AsyncCall(page, owner)

    async def __call__(self, *args: Any, **kwargs: Any) -> AsyncIterator[T]:
        after = None
        while True:
            page = await self._page(*args, after=after, **kwargs)
            for item in page.items:
                yield item
            after = page.next
            if after is None:
                return


def stream(
    function: Callable[Concatenate[Any, P], Generator[Step[Any], Any, Page[T]]],
) -> Stream[P, T]:
    """A long answer as keyset pages, each its own read unit.

    The method takes a keyword ``after`` (``None`` at first) and answers a :class:`Page`. A slow
    reader pins no snapshot; rows that change between pages are seen as they are then.
    """
    return Stream(function)
