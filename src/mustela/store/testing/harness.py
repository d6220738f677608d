"""One contract suite for every engine, sync and async.

A test is written once, as a coroutine, against a :class:`Harness`; its repositories answer
awaitables whether the store beneath is sync or async.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

from sqlalchemy import MetaData

from mustela.store.operation import AsyncRepository, SyncCall, SyncRepository
from mustela.store.store import AsyncStore, Store

Engine: TypeAlias = Literal["memory", "sqlite", "postgresql"]
Face: TypeAlias = Literal["sync", "async"]

ENGINES: tuple[Engine, ...] = ("memory", "sqlite", "postgresql")
FACES: tuple[Face, ...] = ("sync", "async")


async def settle(value: Any) -> Any:
    """The value itself, or what it answers when awaited."""
    return await value if inspect.isawaitable(value) else value


class Bound:
    """A repository whose every operation is awaited, whichever face it has."""

    def __init__(self, repository: SyncRepository | AsyncRepository) -> None:
        self.repository = repository

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self.repository, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if isinstance(operation, SyncCall):
                return _called(operation, args, kwargs)
            result = operation(*args, **kwargs)
            if inspect.isasyncgen(result) or inspect.isgenerator(result):
                return _iterate(result)
            return settle(result)

        return call


async def _called(operation: SyncCall[Any, Any], args: Any, kwargs: Any) -> Any:
    """A sync call is made when it is awaited: so it raises there, as an async one does."""
    return operation(*args, **kwargs)


async def _iterate(items: Any) -> AsyncIterator[Any]:
    if inspect.isasyncgen(items):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


class Harness:
    """An open store of one engine and one face."""

    def __init__(self, engine: Engine, face: Face, store: Store | AsyncStore, url: str) -> None:
        self.engine = engine
        self.face = face
        self.store = store
        self.url = url

    def bind(
        self,
        sync_class: Callable[..., SyncRepository],
        async_class: Callable[..., AsyncRepository],
        executor: Any = None,
        **options: Any,
    ) -> Any:
        """A repository on the store, or on a transaction given as ``executor``."""
        chosen = sync_class if self.face == "sync" else async_class
        return Bound(chosen(self.store if executor is None else executor, **options))

    @asynccontextmanager
    async def transaction(self, **options: Any) -> AsyncIterator[Any]:
        """``store.transaction()``, whichever face it has."""
        if isinstance(self.store, Store):
            with self.store.transaction(**options) as transaction:
                yield transaction
        else:
            async with self.store.transaction(**options) as transaction:
                yield transaction


def harness_url(engine: Engine, directory: Path, postgres_url: str | None) -> str:
    """Where a fresh database of an engine is."""
    if engine == "memory":
        return "sqlite:///:memory:"
    if engine == "sqlite":
        return f"sqlite:///{directory / 'contract.db'}"
    if postgres_url is None:
        raise ValueError("the PostgreSQL engine needs the URL of an empty database")
    return postgres_url


@asynccontextmanager
async def open_harness(
    engine: Engine, face: Face, url: str, create: Sequence[MetaData], **options: Any
) -> AsyncIterator[Harness]:
    """A store with fresh tables, closed at the end."""
    if face == "sync":
        with Store.open(url, create=create, **options) as store:
            yield Harness(engine, face, store, url)
    else:
        async with AsyncStore.open(url, create=create, **options) as store:
            yield Harness(engine, face, store, url)
