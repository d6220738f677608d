"""Every engine, sync and async, as one parametrised fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mustela.store.testing import Harness
from mustela.store.testing.fixtures import OpenHarness, open_engine
from tests.store.toys import toy_metadata

__all__ = ["OpenHarness", "open_engine", "toy_harness"]


@pytest.fixture
async def toy_harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    """A store with the toy repository's tables."""
    async with open_engine([toy_metadata]) as harness:
        yield harness
