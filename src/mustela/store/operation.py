"""Declared once, called twice: ``@read``, ``@write`` and ``@stream``.

An operation is a generator method of a class that knows no executor. On a
:class:`SyncRepository` calling it answers the value, on an :class:`AsyncRepository` a coroutine
of it; ``operation.unit(...)`` is the bare unit, for use inside another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Generator,
    ItemsView,
    Iterator,
    KeysView,
    ValuesView,
)
from contextlib import suppress
from datetime import datetime
from types import FunctionType, MethodType
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    TypeAlias,
    TypeVar,
    overload,
)

import msgspec

from mustela.store.context import Context
from mustela.store.unit import Step, Unit

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault  # in ``typing`` since 3.13

    from mustela.store.store import AsyncExecutor, SyncExecutor  # they import this module

    R = TypeVarWithDefault("R", default=Any)
else:
    R = TypeVar("R")

P = ParamSpec("P")
T = TypeVar("T")

#: Whether a read is heavy, or a function of its arguments that tells.
Heavy: TypeAlias = bool | Callable[..., bool]

#: Taken as they are, without a look at what else they might be.
_ATOMS = frozenset(
    (str, int, float, bool, bytes, type(None), tuple, datetime, FunctionType, MethodType)
)
_SEQUENCES = (list, deque, KeysView, ValuesView, ItemsView)


def _frozen(value: Any) -> Any:
    """A copy that the caller cannot change while the unit waits or runs again.

    Lists, and iterators to their end, become tuples. Tuples and records are taken as they are.
    """
    kind = type(value)
    if kind in _ATOMS or isinstance(value, tuple):
        return value
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    if hasattr(kind, "__next__") or isinstance(value, _SEQUENCES):
        return tuple([item if type(item) in _ATOMS else _frozen(item) for item in value])
    if isinstance(value, set):
        return frozenset(value)
    if isinstance(value, bytearray):
        return bytes(value)
    return value


def _frozen_all(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([_frozen(argument) for argument in arguments])


class Call(Generic[R]):
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
        self, operation: Operation[..., R], owner: Any, arguments: tuple[Any, ...], keywords: Any
    ) -> None:
        self.function = operation.function
        heavy = operation.heavy
        self.heavy = heavy if isinstance(heavy, bool) else heavy(*arguments, **keywords)
        self.urgent = operation.urgent
        self.owner = owner
        self.arguments = _frozen_all(arguments)
        self.keywords = _frozen(keywords) if keywords else keywords
        self.context = Context()
        self.begun = False

    def start(self) -> Unit[R]:
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
        heavy: Heavy = False,
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
        # Later look-ups do not come here; but `super().get` must not take the place of `get`.
        if getattr(type(instance), self.name, None) is self:
            with suppress(AttributeError):  # a class with slots
                instance.__dict__[self.name] = bound
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
        return self._run(Call(self.operation, self.owner, args, kwargs))


class AsyncCall(UnitCall[P, T]):
    """An operation bound to an async executor."""

    def __init__(self, operation: Operation[P, T], owner: AsyncRepository) -> None:
        super().__init__(operation, owner)
        executor = owner.executor
        self._run = executor.run_write if operation.writes else executor.run_read

    if TYPE_CHECKING:
        # Said this way because mypy's overloads take an `Any` that is written out for a reason to
        # give up: `gather` of two calls would be `Any`.
        async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T: ...
    else:

        def __call__(self, *args, **kwargs):
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

    def __init__(self, *, writes: bool, heavy: Heavy = False, urgent: bool = False) -> None:
        self._writes = writes
        self._heavy = heavy
        self._urgent = urgent

    def __call__(
        self, function: Callable[Concatenate[Any, P], Generator[Step[Any], Any, T]]
    ) -> Operation[P, T]:
        return Operation(function, writes=self._writes, heavy=self._heavy, urgent=self._urgent)


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


def heavy_read_when(heavy: Callable[..., bool]) -> Decorator:
    """A read that is heavy where ``heavy``, called with the same arguments, says so."""
    return Decorator(writes=False, heavy=heavy)


#: Goes ahead of the other writes that wait (job claims).
urgent_write = Decorator(writes=True, urgent=True)


class Page(msgspec.Struct, Generic[T]):
    """A part of a stream, and where the next one starts (``None`` at the end)."""

    items: list[T]
    next: Any = None


class Stream(Generic[P, T]):
    """What ``@stream`` makes of a method that answers a :class:`Page` after a cursor."""

    def __init__(self, function: Callable[..., Unit[Page[T]]]) -> None:
        self.page: Operation[P, Page[T]] = Operation(function, writes=False, heavy=True)
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    @overload
    def __get__(self, instance: None, owner: type) -> Stream[P, T]: ...
    @overload
    def __get__(self, instance: SyncRepository, owner: type | None = None) -> SyncStream[P, T]: ...
    @overload
    def __get__(
        self, instance: AsyncRepository, owner: type | None = None
    ) -> AsyncStream[P, T]: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> UnitCall[P, Page[T]]: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if isinstance(instance, SyncRepository):
            return SyncStream(self.page, instance)
        if isinstance(instance, AsyncRepository):
            return AsyncStream(self.page, instance)
        return UnitCall(self.page, instance)


class SyncStream(UnitCall[P, Page[T]], Generic[P, T]):
    """A stream bound to a sync executor; ``unit`` is one page of it."""

    def __init__(self, page: Operation[P, Page[T]], owner: SyncRepository) -> None:
        super().__init__(page, owner)
        self._page: Callable[..., Page[T]] = SyncCall(page, owner)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return self._items(_frozen_all(args), _frozen(kwargs))

    def _items(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[T]:
        after = kwargs.pop("after", None)
        while True:
            page = self._page(*args, after=after, **kwargs)
            yield from page.items
            after = page.next
            if after is None:
                return


class AsyncStream(UnitCall[P, Page[T]], Generic[P, T]):
    """A stream bound to an async executor; ``unit`` is one page of it."""

    def __init__(self, page: Operation[P, Page[T]], owner: AsyncRepository) -> None:
        super().__init__(page, owner)
        self._page: Callable[..., Coroutine[Any, Any, Page[T]]] = AsyncCall(page, owner)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return self._items(_frozen_all(args), _frozen(kwargs))

    async def _items(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> AsyncIterator[T]:
        after = kwargs.pop("after", None)
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

    The method takes a keyword ``after`` (``None`` at first, unless the caller names a cursor to
    start from) and answers a :class:`Page`. A slow reader pins no snapshot; rows that change
    between pages are seen as they are then.
    """
    return Stream(function)
