"""Workers that are killed while they share a scan: its totals are as if nothing had happened."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mustela.files import scan_share
from mustela.jobs import AsyncioJobQueue
from mustela.store.testing import Engine, harness_url
from tests.files.sharing import (
    PATIENCE,
    SCAN,
    at_work,
    register,
    result_of,
    several,
    shared_library,
    until,
)

ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def worker(url: str, data_dir: Path, files: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that reads so many files, and then waits to be killed."""
    command = (sys.executable, "-m", "tests.files.sharing_worker", url, str(data_dir), str(files))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_share, "LOOK_SECONDS", 0.03)
    monkeypatch.setattr(scan_share, "LIVING_SECONDS", 0.1)


@pytest.mark.parametrize("engine", ENGINES)
async def test_the_portion_of_a_killed_worker_is_read_by_the_others(
    engine: Engine, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    postgres = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    url = harness_url(engine, tmp_path, postgres)
    data_dir = tmp_path / "data"
    async with several(url, data_dir, 1) as (here,), worker(url, data_dir, 4) as process:
        library = await shared_library([here], tmp_path / "library")
        for number in range(30):
            library.put(f"{number:02}.toy", f"toy {number}")
        library.put("bad.toy", "broken")

        async def four_are_read() -> bool:
            parts = await here.parts(library.scans[-1])
            return max((part.progress.done or 0 for part in parts), default=0) >= 4

        async def before() -> None:
            await until(lambda: len(library.scans) == 1)
            await until(four_are_read)
            process.kill()

        here.hands.before = before
        id = await library.submit()
        await process.wait()
        here.hands.before = None
        job = await library.over(id)
        result = result_of(job)
        assert (result.entries, result.catalogued, result.failed) == (31, 30, 1)
        assert (job.status, job.attempt, result.missing) == ("completed", 1, 0)
        assert len(await library.there()) == 30
        assert here.hands.read in {27, 28}  # the fourth may have been written, or not
        assert await library.portions.clear(library.root.id, "toys") == 0


async def test_a_scan_whose_process_is_killed_goes_on_where_all_of_them_stopped(
    tmp_path: Path,
) -> None:
    url = harness_url("sqlite", tmp_path, None)
    data_dir = tmp_path / "data"
    async with several(url, data_dir, 1, scans=False) as (here,):
        library = await shared_library([here], tmp_path / "library")
        for number in range(30):
            library.put(f"{number:02}.toy", f"toy {number}")
        async with worker(url, data_dir, 4) as process:
            outside = AsyncioJobQueue(here.store)
            register(outside, here.store, here.hands, 3)
            id = await outside.submit(SCAN, {"root_id": library.root.id})
            await until(lambda: here.hands.read >= 9)
            process.kill()
            await process.wait()
        old = [part.id for part in await here.parts(id)]
        stored = len(await library.there())
        assert 9 <= stored < 30
        async with at_work(url, data_dir) as other:
            job = await other.queue.wait(id, PATIENCE)
            result = result_of(job)
            assert (result.entries, result.unchanged + result.catalogued) == (30, 30)
            assert result.unchanged >= stored
            assert (job.status, job.attempt) == ("completed", 2)
            assert len(await library.there()) == 30
            for part in old:  # they find nothing more of what was shared then
                assert (await other.queue.wait(part, PATIENCE)).ended
