"""Every dispatcher, for the suites that hold all of them to one contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from mustela.jobs import jobs_metadata
from mustela.store import Store
from mustela.store.testing.postgres import PostgresServer, PostgresUnavailable
from tests.jobs.rig import DISPATCHERS, ON_POSTGRES, Rig


@pytest.fixture(
    params=[*DISPATCHERS, *(pytest.param(one, marks=pytest.mark.postgres) for one in ON_POSTGRES)]
)
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, dispatcher_url: Callable[[], str]
) -> AsyncIterator[Rig]:
    if request.param in DISPATCHERS:
        opened = DISPATCHERS[request.param](tmp_path)
    else:
        opened = ON_POSTGRES[request.param](tmp_path, dispatcher_url())
    async with opened as rig:
        yield rig


@pytest.fixture
def dispatcher_url(request: pytest.FixtureRequest) -> Callable[[], str]:
    """A database, made where a dispatcher needs one; outside of the loop that the test runs on."""
    if request.node.callspec.params["rig"] not in ON_POSTGRES:
        return str
    empty: Callable[[], str] = request.getfixturevalue("emptied_database")
    url = empty()
    return lambda: url


@pytest.fixture(scope="session")
def emptied_database(
    postgres_server: PostgresServer, tickets_template: str
) -> Iterator[Callable[[], str]]:
    """One database for tests that leave its tables as they are: a copy for each takes longer."""
    psycopg = pytest.importorskip("psycopg", reason="needs mustela[postgres]")
    url = postgres_server.create_database(template=tickets_template)

    def empty() -> str:
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE tablename "
                "<> 'meta' AND schemaname IN (current_schema(), 'mustela_procrastinate')"
            )
            names = ", ".join(name for (name,) in found)
            connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        return url

    yield empty
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def jobs_template(postgres_server: PostgresServer) -> str:
    """A database with the tables of jobs, to be copied."""
    try:
        url = postgres_server.create_database()
    except PostgresUnavailable as error:
        pytest.skip(str(error))
    Store.open(url, create=[jobs_metadata]).close()
    return url


@pytest.fixture
def jobs_url(postgres_server: PostgresServer, jobs_template: str) -> Iterator[str]:
    """A PostgreSQL database with the tables of jobs, and nothing in them."""
    url = postgres_server.create_database(template=jobs_template)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def tickets_template(postgres_server: PostgresServer, jobs_template: str) -> str:
    """One with Procrastinate's tables, too, to be copied."""
    schema = pytest.importorskip(
        "mustela.jobs.procrastinate.schema", reason="needs mustela[postgres]"
    )
    url = postgres_server.create_database(template=jobs_template)
    schema.install(url)
    return url


@pytest.fixture
def tickets_url(postgres_server: PostgresServer, tickets_template: str) -> Iterator[str]:
    """A PostgreSQL database as jobs on many machines have it, and nothing in it."""
    url = postgres_server.create_database(template=tickets_template)
    yield url
    postgres_server.drop_database(url)
