"""Every dispatcher, for the suites that hold all of them to one contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mustela.jobs import jobs_metadata
from mustela.store import AsyncStore
from tests.jobs.rig import DISPATCHERS, Rig


@pytest.fixture(params=DISPATCHERS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with DISPATCHERS[request.param](tmp_path) as rig:
        yield rig


@pytest.fixture
async def jobs_url(postgres_url: str) -> str:
    """A PostgreSQL database with the tables of jobs."""
    async with AsyncStore.open(postgres_url, create=[jobs_metadata]):
        return postgres_url
