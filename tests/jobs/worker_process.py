"""A server process of the tests.

``python -m tests.jobs.worker_process DATABASE DATA_DIR [LEASE [tickets]]``: ``LEASE`` in seconds,
on a database server; with ``tickets`` Procrastinate tells of jobs there. Each execution of a job
appends ``begin ID`` to ``<data>/ran`` and, where it ends, ``end ID``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from mustela.jobs import (
    AsyncioJobQueue,
    InChildProcess,
    JobContext,
    LeasePresence,
    open_queue,
)
from mustela.jobs.opening import QueueOptions
from mustela.store import AsyncStore


def note(data_dir: Path, line: str) -> None:
    """One write of a whole line: what several processes append does not mix."""
    descriptor = os.open(data_dir / "ran", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, f"{line}\n".encode())
    os.close(descriptor)


def register(queue: AsyncioJobQueue, data_dir: Path) -> None:
    """``hang`` jobs end once ``<data>/go`` is there, ``meet`` once two processes run some.

    ``wait`` hangs, and says nothing meanwhile; ``block`` hangs without letting others onto the
    event loop; ``die`` takes its process along.
    """

    async def hang(job: JobContext) -> str:
        note(data_dir, f"begin {job.id}")
        job.progress(1, 2, "hanging")
        while not (data_dir / "go").exists():
            await asyncio.sleep(0.01)
        note(data_dir, f"end {job.id}")
        return "went"

    async def wait(job: JobContext) -> str:
        note(data_dir, f"begin {job.id}")
        while not (data_dir / "go").exists():
            await asyncio.sleep(0.01)
        note(data_dir, f"end {job.id}")
        return "went"

    async def meet(job: JobContext) -> int:
        note(data_dir, f"begin {job.id} {os.getpid()}")
        while len({line.split()[-1] for line in (data_dir / "ran").read_text().splitlines()}) < 2:
            await asyncio.sleep(0.01)
        return os.getpid()

    async def quick(job: JobContext) -> int:
        note(data_dir, f"begin {job.id}")
        await asyncio.sleep(0)
        note(data_dir, f"end {job.id}")
        return os.getpid()

    async def block(job: JobContext) -> str:
        note(data_dir, f"begin {job.id}")
        while not (data_dir / "go").exists():
            time.sleep(0.01)
        return "went"

    async def die(job: JobContext) -> None:
        note(data_dir, f"begin {job.id}")
        os.kill(os.getpid(), signal.SIGKILL)

    queue.register_handler("block", block, repeatable=True)
    queue.register_handler("die", die, repeatable=True)
    queue.register_handler("die_once", die)
    queue.register_handler("child", InChildProcess("tests.jobs.child_functions:hang"))
    queue.register_handler("hang", hang, repeatable=True)
    queue.register_handler("hang_once", hang)
    queue.register_handler("wait", wait, repeatable=True)
    queue.register_handler("meet", meet)
    queue.register_handler("quick", quick)


async def main(
    database: str, data_dir: Path, lease: str | None = None, tickets: str | None = None
) -> None:
    """Take jobs until the process is killed, or told to stop by closing its input."""
    async with AsyncStore.open(database) as store:
        presence = None if lease is None else LeasePresence(store, lease=float(lease))
        options: QueueOptions = {"data_dir": data_dir, "drain": 0.1, "presence": presence}
        if tickets is None:
            queue = AsyncioJobQueue(store, watch=True, **options)
        else:
            queue = open_queue(store, database, **options)
        register(queue, data_dir)
        async with queue.running():
            print("ready", flush=True)  # noqa: T201  # the test waits for it
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
