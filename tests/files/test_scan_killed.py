"""A scan whose process is killed goes on where it stopped."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mustela.files.children import Children
from mustela.files.root import AsyncRootRepository
from mustela.files.scan import scan
from mustela.jobs.child_environment import child_environment
from mustela.store import AsyncStore
from tests.files.library import TABLES, open_library
from tests.files.toys import AsyncToys

pytestmark = pytest.mark.faults


async def scan_once(database: str) -> None:
    """In the process that is to be killed."""
    async with AsyncStore.open(database) as store, Children(size=1) as children:
        (root,) = await AsyncRootRepository(store).list_roots()
        toys: Any = AsyncToys(store)
        await scan(store, children, toys, root.id, settle_seconds=0)


@pytest.mark.parametrize("stored_before", [0, 1, 250])
async def test_a_killed_scan_goes_on_where_it_stopped(tmp_path: Path, stored_before: int) -> None:
    database = tmp_path / "catalog.db"
    async with (
        AsyncStore.open(database, create=TABLES) as store,
        Children(size=1) as children,
        open_library(tmp_path / "library", store, children) as library,
    ):
        for number in range(600):
            library.put(f"{number:03}.toy", f"toy {number}")
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(database)],
            env=child_environment(),
            start_new_session=True,
        )
        while process.poll() is None and len(await library.there()) < stored_before:
            await asyncio.sleep(0)
        assert process.poll() is None, "the scan was over too soon"
        process.kill()
        process.wait()
        stored = len(await library.there())
        result = await library.scan()
        assert (result.unchanged, result.catalogued) == (stored, 600 - stored)
        assert len(await library.there()) == 600


PROGRAM = """
import asyncio, sys
from tests.files.test_scan_killed import scan_once
asyncio.run(scan_once(sys.argv[1]))
"""
