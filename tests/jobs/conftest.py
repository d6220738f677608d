"""Every dispatcher, for the suites that hold all of them to one contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mustela.jobs import jobs_metadata
from mustela.store import Store
from mustela.store.testing.postgres import PostgresServer, PostgresUnavailable
from tests.jobs.rig import DISPATCHERS, Rig


@pytest.fixture(params=DISPATCHERS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with DISPATCHERS[request.param](tmp_path) as rig:
        yield rig


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
