"""Fixtures of the tests of files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mustela.files.children import Children
from mustela.store import AsyncStore
from tests.files.library import TABLES, Library, open_library


@pytest.fixture
async def library(tmp_path: Path, unmeasured_processes: None) -> AsyncIterator[Library]:
    """An empty directory of toys, and a database in memory."""
    async with (
        AsyncStore.memory(*TABLES) as store,
        Children(size=2) as children,
        open_library(tmp_path / "library", store, children) as opened,
    ):
        yield opened
