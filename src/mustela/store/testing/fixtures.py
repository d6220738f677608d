"""Fixtures of pytest, for a ``conftest.py`` to import; this module alone needs pytest.

A test that takes ``open_engine`` runs on every engine, sync and async. Those on PostgreSQL skip,
by name, where no server can be had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import MetaData

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


@pytest.fixture(params=list(product(ENGINES, FACES)), ids=lambda pair: f"{pair[0]}-{pair[1]}")
def open_engine(request: pytest.FixtureRequest, tmp_path: Path) -> OpenHarness:
    """``async with open_engine([metadata]) as harness``: a fresh database of each engine."""
    engine, face = request.param
    postgres_url = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    url = harness_url(engine, tmp_path, postgres_url)

    def opened(create: Sequence[MetaData], **options: Any) -> Any:
        return open_harness(engine, face, url, create, **options)

    return opened
