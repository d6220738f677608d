"""Every engine, sync and async, as one parametrised fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import MetaData

from mustela.store.testing import ENGINES, FACES, Harness, harness_url, open_harness

OpenHarness: TypeAlias = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.fixture(params=list(product(ENGINES, FACES)), ids=lambda pair: f"{pair[0]}-{pair[1]}")
def open_engine(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[..., AbstractAsyncContextManager[Harness]]:
    """``async with open_engine([metadata]) as harness``: a fresh database of each engine."""
    engine, face = request.param
    postgres_url = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    url = harness_url(engine, tmp_path, postgres_url)

    def opened(create: Sequence[MetaData], **options: Any) -> Any:
        return open_harness(engine, face, url, create, **options)

    return opened


@pytest.fixture
async def toy_harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    """A store with the toy repository's tables."""
    from tests.store.toys import toy_metadata

    async with open_engine([toy_metadata]) as harness:
        yield harness
