"""PostgreSQL for the tests: a server for the session, a fresh database for each test."""

from collections.abc import Iterator

import pytest

from mustela.store.testing.postgres import PostgresServer, PostgresUnavailable


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
