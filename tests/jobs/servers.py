"""Server processes on one file, and a queue beside them in the test's own process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from mustela.jobs import AsyncioJobQueue, Job
from mustela.store import AsyncStore
from tests.jobs.rig import PATIENCE
from tests.jobs.worker_process import register

ROOT = Path(__file__).parents[2]


def queue_of(store: AsyncStore, data_dir: Path) -> AsyncioJobQueue:
    queue = AsyncioJobQueue(store, data_dir=data_dir, watch=True, drain=0.1)
    register(queue, data_dir)
    return queue


@asynccontextmanager
async def server(
    database: str, data_dir: Path, *options: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.jobs.worker_process",
        database,
        str(data_dir),
        *options,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            assert await process.stdout.readline() == b"ready\n"
        yield process
        process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def ran(data_dir: Path) -> list[str]:
    """What handlers noted, in every process."""
    path = data_dir / "ran"
    return path.read_text().splitlines() if path.exists() else []


async def over(queue: AsyncioJobQueue, id: str) -> Job:
    job = await queue.wait(id, PATIENCE)
    assert job.ended, job
    return job
