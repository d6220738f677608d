"""The stage of a scan for files that may still be growing."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from mustela.files.directory_product import DirectoryRule, stamp_at
from mustela.files.scan_run import ScanRun
from mustela.files.scan_work import pages
from mustela.files.stamp import Stamp


async def let_settle(run: ScanRun) -> None:
    """Wait shortly, and only if there is something to wait for."""
    if await run.entries.waiting(*run.scope, 0, 1):
        await asyncio.sleep(run.settle_ns / 1_000_000_000)
        await take_settled(run)


async def take_settled(run: ScanRun) -> None:
    """Files that nobody has written to for a while wait no longer, as they are now."""
    async with aclosing(pages(run, run.entries.waiting)) as waiting:
        async for page in waiting:
            paths = [run.place(entry.path) for entry in page]
            found = await asyncio.to_thread(stamps, paths, run.target.directories)
            settled = [
                entry._replace(size=stamp.size, mtime_ns=stamp.mtime_ns)
                for entry, stamp in zip(page, found, strict=True)
                if stamp is not None and not run.is_fresh(stamp.mtime_ns)
            ]
            if settled:
                await run.entries.restamp(settled, waiting=False)


async def count_waiting(run: ScanRun) -> int:
    """How many files this scan leaves for another one."""
    total = 0
    async with aclosing(pages(run, run.entries.waiting)) as waiting:
        async for page in waiting:
            total += len(page)
    return total


def stamps(paths: list[bytes], rule: DirectoryRule | None) -> list[Stamp | None]:
    """Sizes and times; nothing for a file that cannot be looked at."""
    found: list[Stamp | None] = []
    for path in paths:
        try:
            found.append(stamp_at(path, rule))
        except OSError:
            found.append(None)
    return found
