"""One scan at a time of what two may be asked for, over all processes on a data directory.

``flock``, as in :mod:`mustela.jobs.file_presence`: the kernel frees it however its holder ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

#: Seconds between two tries.
RETRY_SECONDS = 0.25


@asynccontextmanager
async def held(file: Path, waits: Callable[[], object]) -> AsyncIterator[None]:
    """Hold the lock on ``file``; ``waits`` is called while somebody else does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        while not _taken(descriptor):
            waits()
            await asyncio.sleep(RETRY_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
