"""A worker process of the tests: ``python -m tests.files.sharing_worker URL DATA_DIR FILES``.

It shares scans of toys, and before the first file after so many (``FILES``) it waits to be killed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from mustela.files import scan_examine, scan_share
from tests.files.sharing import at_work


async def main(url: str, data_dir: Path, files: int) -> None:
    """Work until the process is killed, or told to stop by closing its input."""
    scan_examine.STORE_ROWS = 1  # what it has read is written at once
    scan_share.LOOK_SECONDS = 0.01
    async with at_work(url, data_dir) as worker:

        async def before() -> None:
            nonlocal files
            files -= 1
            if files < 0:
                await asyncio.Event().wait()

        worker.hands.before = before
        print("ready", flush=True)  # noqa: T201  # the test waits for it
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
