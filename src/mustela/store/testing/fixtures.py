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
from typing import Any, TypeAlias

import pytest
from sqlalchemy import MetaData

from mustela.store.store import Store
from mustela.store.testing.harness import ENGINES, FACES, Harness, harness_url, open_harness
from mustela.store.testing.postgres import PostgresServer, PostgresUnavailable

__all__ = ["OpenHarness", "open_engine", "postgres_server", "postgres_url"]

OpenHarness: TypeAlias = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One for each process of the run; skips, naming what is missing, where none can be had."""
    try:
        server = PostgresServer().start()
    except PostgresUnavailable as error:
        pytest.skip(str(error))
    with server:
        yield server


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
    """Databases with the tables that tests ask for, to be copied: made once, not for each test."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._made: dict[tuple[str, tuple[MetaData, ...]], str] = {}

    def of(self, engine: str, create: Sequence[MetaData], make: Callable[[], str]) -> str:
        """The URL of a closed database with these tables; ``make`` answers that of an empty one."""
        key = (engine, tuple(create))
        if key not in self._made:
            url = make()
            Store.open(url, create=create).close()
            self._made[key] = url
        return self._made[key]

    def new_file(self) -> str:
        """The URL of a SQLite file that is not there yet."""
        return f"sqlite:///{self._directory / f'{len(self._made)}.db'}"


_TEMPLATES = pytest.StashKey[_Templates]()


@pytest.fixture(params=list(product(ENGINES, FACES)), ids=lambda pair: f"{pair[0]}-{pair[1]}")
def open_engine(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> OpenHarness:
    """``async with open_engine([metadata]) as harness``: a fresh database of each engine."""
    engine, face = request.param
    stash = request.config.stash
    if _TEMPLATES not in stash:
        stash[_TEMPLATES] = _Templates(tmp_path_factory.mktemp("templates"))
    templates = stash[_TEMPLATES]
    server: PostgresServer | None = None
    if engine == "postgresql":
        server = request.getfixturevalue("postgres_server")

    def copied(create: Sequence[MetaData]) -> str:
        if server is None:
            url = harness_url(engine, tmp_path, None)
            template = templates.of(engine, create, templates.new_file)
            shutil.copyfile(template.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
            return url
        try:
            template = templates.of(engine, create, server.create_database)
            url = server.create_database(template=template)
        except PostgresUnavailable as error:
            pytest.skip(str(error))
        request.addfinalizer(partial(server.drop_database, url))
        return url

    def opened(create: Sequence[MetaData], **options: Any) -> Any:
        if engine == "memory":
            return open_harness(
                engine, face, harness_url(engine, tmp_path, None), create, **options
            )
        return open_harness(engine, face, copied(create), (), **options)

    return opened
