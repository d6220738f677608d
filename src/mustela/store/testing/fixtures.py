"""Fixtures of pytest, for a ``conftest.py`` to import; this module alone needs pytest.

A test that takes ``open_engine`` runs on every engine, sync and async. Those on PostgreSQL skip,
by name, where no server can be had.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from sqlalchemy import MetaData

from mustela.store.store import Store
from mustela.store.testing.harness import ENGINES, FACES, Harness, harness_url, open_harness
from mustela.store.testing.postgres import PostgresServer, PostgresUnavailable

if TYPE_CHECKING:
    from mustela.store.testing.postgres_reuse import ReusedDatabases

__all__ = ["OpenHarness", "open_engine", "postgres_server", "postgres_url"]

OpenHarness: TypeAlias = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """One for each process of the run; skips, naming what is missing, where none can be had."""
    try:
        server = PostgresServer().start()
    except PostgresUnavailable as error:
        pytest.skip(str(error))
    with server:
        yield server
        if _DATABASES in request.config.stash:
            request.config.stash[_DATABASES].close()
            del request.config.stash[_DATABASES]


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty database that is dropped after the test."""
    try:
        url = postgres_server.create_database()
    except PostgresUnavailable as error:
        pytest.skip(str(error))
    yield url
    postgres_server.drop_database(url)


class _Templates:
    """SQLite files with the tables that tests ask for, to be copied: made once for all tests."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._made: dict[tuple[MetaData, ...], Path] = {}

    def of(self, create: Sequence[MetaData]) -> Path:
        """A closed file with these tables."""
        key = tuple(create)
        if key not in self._made:
            path = self._directory / f"{len(self._made)}.db"
            Store.open(path, create=create).close()
            self._made[key] = path
        return self._made[key]


_TEMPLATES = pytest.StashKey[_Templates]()
_DATABASES = pytest.StashKey["ReusedDatabases"]()


def _databases(config: pytest.Config, server: PostgresServer) -> ReusedDatabases:
    """What tests use in turn; skips where there is no client library."""
    try:
        from mustela.store.testing.postgres_reuse import (  # noqa: PLC0415 - an optional extra
            ReusedDatabases,
        )
    except ModuleNotFoundError:
        pytest.skip("PostgreSQL's client library is missing: pip install 'mustela[postgres]'")
    if _DATABASES not in config.stash:
        config.stash[_DATABASES] = ReusedDatabases(server)
    return config.stash[_DATABASES]


@pytest.fixture(params=list(product(ENGINES, FACES)), ids=lambda pair: f"{pair[0]}-{pair[1]}")
def open_engine(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> OpenHarness:
    """``async with open_engine([metadata]) as harness``: a fresh database of each engine."""
    engine, face = request.param
    stash = request.config.stash
    if _TEMPLATES not in stash:
        stash[_TEMPLATES] = _Templates(tmp_path_factory.mktemp("templates"))
    databases: ReusedDatabases | None = None
    if engine == "postgresql":
        databases = _databases(request.config, request.getfixturevalue("postgres_server"))

    def copied(create: Sequence[MetaData]) -> str:
        if databases is None:
            url = harness_url(engine, tmp_path, None)
            shutil.copyfile(stash[_TEMPLATES].of(create), url.removeprefix("sqlite:///"))
            return url
        url = databases.take(create, lambda made: Store.open(made, create=create).close())
        request.addfinalizer(partial(databases.give_back, url))
        return url

    def opened(create: Sequence[MetaData], **options: Any) -> Any:
        if engine == "memory":
            return open_harness(
                engine, face, harness_url(engine, tmp_path, None), create, **options
            )
        return open_harness(engine, face, copied(create), (), **options)

    return opened
