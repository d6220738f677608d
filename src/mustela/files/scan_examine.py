"""The stage of a scan that has files read, and writes what they say, many files a unit."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

from mustela.files.errors import ScanFailed
from mustela.files.failure import Failure
from mustela.files.scan_entries import Entry
from mustela.files.scan_outcomes import Outcomes
from mustela.files.scan_run import ScanRun
from mustela.files.scan_work import Read, worked

#: Files of one write unit.
STORE_ROWS = 100
#: Seconds after which what has been read is written, however few files it is.
STORE_SECONDS = 1.0

_CHECK = "mustela.files.examination:check"
_EXAMINE = "mustela.files.examination:examine"

#: Files, each with what the examination answered of it.
Examined: TypeAlias = list[tuple[Entry, Any]]


async def why_unusable(run: ScanRun) -> str | None:
    """Why no file of the collection can be examined here, where that is so."""
    usable = await run.children.run(_CHECK, run.target.examine, result=bool)
    if usable is True:
        return None
    reason = usable.message if isinstance(usable, Failure) else "it is no function"
    return f"{run.target.examine} cannot be used: {reason}"


async def examined(
    run: ScanRun, read: Read, one_done: Callable[[], object]
) -> AsyncGenerator[Examined, None]:
    """Examine what ``read`` answers, page by page; what is to be written together, in order.

    ``one_done`` is called after each file.
    """

    async def work(entry: Entry) -> Any:
        return await run.children.run(
            _EXAMINE,
            run.target.examine,
            run.place(entry.path),
            entry.size,
            entry.mtime_ns,
            run.target.directories,
            result=run.target.details,
        )

    batch: Examined = []
    due = time.monotonic() + STORE_SECONDS
    async with aclosing(worked(run, read, _all, work)) as results:
        async for entry, outcome in results:
            one_done()
            batch.append((entry, outcome))
            if len(batch) >= STORE_ROWS or time.monotonic() >= due:
                yield batch
                batch = []
                due = time.monotonic() + STORE_SECONDS
    if batch:
        yield batch


async def _never() -> bool:
    return False


class Examining:
    """``total`` is about how many files there are, ``had_failures`` whether some failed before."""

    def __init__(self, run: ScanRun, total: int, *, had_failures: bool) -> None:
        self._run = run
        self._total = total
        self._had_failures = had_failures
        self.done = 0

    async def examine(self, leave_off: Callable[[], Awaitable[bool]] = _never) -> bool:
        """All files that do not wait. Those that change meanwhile are put to wait.

        ``leave_off`` is asked before each page whether the rest is left to others; whether it was.
        """
        run = self._run
        if not await run.entries.settled(*run.scope, 0, 1):
            return False
        unusable = await why_unusable(run)
        if unusable is not None:
            raise ScanFailed(unusable)
        left = False

        async def read(root_id: str, collection: str, after: int, limit: int) -> list[Entry]:
            nonlocal left
            left = await leave_off()
            return [] if left else await run.entries.settled(root_id, collection, after, limit)

        async with aclosing(examined(run, read, self._one_done)) as batches:
            async for batch in batches:
                await self._store(batch)
        return left

    def _one_done(self) -> None:
        self.done += 1
        self._run.report(self.done, max(self.done, self._total), "reading files")

    async def _store(self, batch: Examined) -> None:
        run = self._run
        outcomes = Outcomes(batch)
        await outcomes.write(run)
        if outcomes.unsettled:
            await run.entries.restamp(outcomes.unsettled, waiting=True)
        if outcomes.settled:
            await run.entries.remove(outcomes.settled)
        if self._had_failures:
            await run.failures.forget(*run.scope, outcomes.read())
        result = run.result
        result.catalogued += len(outcomes.found) + len(outcomes.observed)
        result.failed += len(outcomes.failures)
        result.not_media += len(outcomes.foreign)
        result.missing += len(outcomes.lost)


async def _all(page: list[Entry]) -> list[Entry]:
    return page
