"""What every store is: the protocol of executors, how stores are opened, and their transactions."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import MetaData

from mustela.store.errors import InsideTransaction, StoreError
from mustela.store.kept_records import KeptRecords
from mustela.store.operation import Call
from mustela.store.server import DatabaseServer

R = TypeVar("R")

#: How long a transaction may hold the writer, in seconds.
TRANSACTION_LIMIT = 5.0

#: URL scheme → the module that has ``open_store`` and ``open_async_store``.
ENGINES = {
    "sqlite": "mustela.store.sqlite.engine",
    "postgresql": "mustela.store.postgres.engine",
}


class StoreFigures(NamedTuple):
    """What a store has written since it was opened: units of work, and the commits they shared.

    ``commit_seconds`` is what the commits took in all, waiting for the disk.
    """

    units: int
    commits: int
    commit_seconds: float


class SyncExecutor(Protocol):
    """Drives units in the calling thread: a store or a transaction."""

    def run_read(self, call: Call[R]) -> R: ...
    def run_write(self, call: Call[R]) -> R: ...


class AsyncExecutor(Protocol):
    """Drives units for the event loop: a store or a transaction."""

    def run_read(self, call: Call[R]) -> Coroutine[Any, Any, R]: ...
    def run_write(self, call: Call[R]) -> Coroutine[Any, Any, R]: ...


class UnknownEngine(StoreError, ValueError):
    """No engine serves this database URL; use sqlite:///PATH or postgresql://..."""

    code = "unknown_engine"


class EngineMissing(StoreError):
    """The engine's driver is not installed."""

    code = "engine_missing"


def as_url(database: str | Path) -> str:
    """``database`` as a URL: a bare path means SQLite."""
    if isinstance(database, Path) or "://" not in database:
        return f"sqlite:///{database}"
    return database


def _engine(url: str) -> Any:
    scheme = urlsplit(url).scheme.partition("+")[0]
    module = ENGINES.get("postgresql" if scheme == "postgres" else scheme)
    if module is None:
        raise UnknownEngine(
            f"no engine serves {scheme}:// URLs; use sqlite:///PATH or postgresql://..."
        )
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise EngineMissing(
            f"the driver for {scheme} is not installed ({error.name}); "
            "pip install 'mustela[postgres]'"
        ) from error


_inside: ContextVar[tuple[TransactionMark, ...]] = ContextVar(
    "mustela_inside_transaction", default=()
)


class TransactionMark:
    """Remembers, for the code inside ``with store.transaction()``, that it is inside.

    A task started inside inherits the mark, and may outlive the transaction: then it is void.
    """

    def __init__(self, store: object) -> None:
        self.store = store
        self.open = False

    def set(self) -> None:
        self.open = True
        _inside.set((*_inside.get(), self))

    def clear(self) -> None:
        self.open = False
        _inside.set(tuple(mark for mark in _inside.get() if mark is not self))


def refuse_inside(store: object) -> None:
    """A call on the store from inside its own transaction would wait for itself: refuse it."""
    inside = _inside.get()
    if inside and any(mark.open and mark.store is store for mark in inside):
        raise InsideTransaction(
            "this call goes to the store while its transaction is open here; "
            "bind the repository to the transaction: Repository(tx)"
        )


class Store(ABC):
    """A database for code that waits: commands, pipelines, migrations, tests.

    Open with :meth:`open` or :meth:`memory`, bind repositories to it, close it (or use ``with``).
    Safe to share between threads.
    """

    #: Encoded records in memory, which lists are put together from.
    kept: KeptRecords

    @staticmethod
    def open(database: str | Path, *, create: Sequence[MetaData] = (), **options: Any) -> Store:
        """Open ``sqlite:///PATH``, a path, or ``postgresql://...``.

        ``create`` names the tables to make where the database is empty; a service that upgrades
        in place uses migrations instead.
        """
        url = as_url(database)
        store: Store = _engine(url).open_store(url, create=create, **options)
        return store

    @staticmethod
    def memory(*create: MetaData) -> Store:
        """A database in memory, with these tables: real SQL, gone when closed."""
        return Store.open("sqlite:///:memory:", create=create)

    @abstractmethod
    def run_read(self, call: Call[R]) -> R:
        """Drive a unit that reads, in one snapshot."""

    @abstractmethod
    def run_write(self, call: Call[R]) -> R:
        """Drive a unit that may write, in one transaction; return after its commit."""

    @abstractmethod
    def transaction(
        self, *, limit: float = TRANSACTION_LIMIT
    ) -> AbstractContextManager[SyncExecutor]:
        """One transaction, with one change id, of several calls on repositories bound to it.

        Holds the writer: after ``limit`` seconds it is rolled back and its calls raise
        :class:`~mustela.store.errors.TransactionExpired`.
        """

    @abstractmethod
    def close(self) -> None:
        """Finish what runs, close every connection. Later calls raise ``StoreClosed``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncStore(ABC):
    """A database for an event loop: ``async with AsyncStore.open(...) as store`` or ``await``."""

    #: Encoded records in memory, which lists are put together from.
    kept: KeptRecords
    _listeners: tuple[Callable[[], None], ...] = ()

    @staticmethod
    def open(
        database: str | Path, *, create: Sequence[MetaData] = (), **options: Any
    ) -> AsyncStore:
        """As :meth:`Store.open`; the database is opened when awaited or entered."""
        url = as_url(database)
        store: AsyncStore = _engine(url).open_async_store(url, create=create, **options)
        return store

    @staticmethod
    def memory(*create: MetaData) -> AsyncStore:
        """As :meth:`Store.memory`."""
        return AsyncStore.open("sqlite:///:memory:", create=create)

    @abstractmethod
    async def start(self) -> None:
        """Open connections on the running loop; called by ``await`` and ``async with``."""

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether calls can be made: opened, and not closed."""

    def state(self) -> object | None:
        """A hint that costs a microsecond or two, for caches on the store's event loop.

        Equal answers: between the two calls nobody committed anything, here or in another
        process. Different answers say nothing, and ``None`` that there is no such hint: read the
        ``token`` of the topics that matter.
        """
        return None

    @property
    def server(self) -> DatabaseServer | None:
        """The server that processes of several machines share; ``None``: a file of this one."""
        return None

    def figures(self) -> StoreFigures | None:
        """How much was written; ``None`` on an engine that does not count it."""
        return None

    def on_commit(self, act: Callable[[], None]) -> Callable[[], None]:
        """Have ``act`` called on the loop after each write through this store; how to end that.

        A hint: the write may have changed nothing. Of other processes :meth:`state` tells.
        """
        self._listeners = (*self._listeners, act)

        def end() -> None:
            self._listeners = tuple(one for one in self._listeners if one is not act)

        return end

    def _committed(self) -> None:
        for act in self._listeners:
            act()

    @abstractmethod
    def run_read(self, call: Call[R]) -> Coroutine[Any, Any, R]:
        """Drive a unit that reads, in one snapshot."""

    @abstractmethod
    def run_write(self, call: Call[R]) -> Coroutine[Any, Any, R]:
        """Drive a unit that may write; answer after the commit that holds it.

        Cancelled before the writer takes it, it never runs; after, it runs to its end.
        """

    @abstractmethod
    def transaction(
        self, *, limit: float = TRANSACTION_LIMIT
    ) -> AbstractAsyncContextManager[AsyncExecutor]:
        """As :meth:`Store.transaction`; rolled back on any exception or cancellation."""

    @abstractmethod
    async def close(self) -> None:
        """Finish the calls already made, then close. Later calls raise ``StoreClosed``."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __await__(self) -> Generator[Any, None, Self]:
        return self.__aenter__().__await__()
