"""The stage of a scan that has files read, and writes what they say, many files a unit."""

from __future__ import annotations

import time
from contextlib import aclosing
from typing import Any

from mustela.files.errors import ScanFailed
from mustela.files.examination import CHANGING, GONE, NOT_AN_ITEM
from mustela.files.failure import Failure
from mustela.files.file_failures import NewFailure
from mustela.files.scan_entries import Entry
from mustela.files.scan_run import ScanRun
from mustela.files.scan_target import Found, Observed
from mustela.files.scan_work import worked

#: Files of one write unit.
STORE_ROWS = 100
#: Seconds after which what has been read is written, however few files it is.
STORE_SECONDS = 1.0

_CHECK = "mustela.files.examination:check"
_EXAMINE = "mustela.files.examination:examine"


class Examining:
    """``total`` is about how many files there are, ``had_failures`` whether some failed before."""

    def __init__(self, run: ScanRun, total: int, *, had_failures: bool) -> None:
        self._run = run
        self._total = total
        self._had_failures = had_failures
        self._done = 0
        self._examined: list[tuple[Entry, Any]] = []

    async def examine(self) -> None:
        """All files that do not wait. Those that change meanwhile are put to wait."""
        run = self._run
        if not await run.entries.settled(*run.scope, 0, 1):
            return
        usable = await run.children.run(_CHECK, run.target.examine, result=bool)
        if usable is not True:
            reason = usable.message if isinstance(usable, Failure) else "it is no function"
            raise ScanFailed(f"{run.target.examine} cannot be used: {reason}")
        due = time.monotonic() + STORE_SECONDS
        async with aclosing(worked(run, run.entries.settled, _all, self._work)) as results:
            async for entry, outcome in results:
                self._done += 1
                run.report(self._done, max(self._done, self._total), "reading files")
                self._examined.append((entry, outcome))
                if len(self._examined) >= STORE_ROWS or time.monotonic() >= due:
                    await self._store()
                    due = time.monotonic() + STORE_SECONDS
        await self._store()

    async def _work(self, entry: Entry) -> Any:
        run = self._run
        return await run.children.run(
            _EXAMINE,
            run.target.examine,
            run.place(entry.path),
            entry.size,
            entry.mtime_ns,
            run.target.directories,
            result=run.target.details,
        )

    async def _store(self) -> None:
        run = self._run
        found: list[Found] = []
        observed: list[Observed] = []
        failures: list[NewFailure] = []
        unsettled: list[Entry] = []
        lost: list[str] = []  # records whose files are nothing of the collection's any more
        not_media = 0
        for entry, outcome in self._examined:
            path, size, mtime_ns = entry.path, entry.size, entry.mtime_ns
            if isinstance(outcome, Failure):
                if outcome.stage in {CHANGING, GONE}:
                    unsettled.append(entry)
                else:
                    stage, message = outcome.stage, outcome.message
                    if stage == NOT_AN_ITEM:
                        not_media += 1
                        lost += [entry.item_id] if entry.item_id is not None else []
                    failures.append(NewFailure(path, stage, message, size, mtime_ns))
            elif entry.item_id is None:
                found.append(Found(path, size, mtime_ns, outcome))
            else:
                observed.append(Observed(entry.item_id, path, size, mtime_ns, outcome))
        if found:
            await run.target.store_found(run.root.id, found, run.job_id)
        if observed:
            await run.target.observe_files(run.root.id, observed, run.job_id)
        if failures:
            await run.failures.note(*run.scope, failures)
        if lost:
            await run.target.mark_missing(lost, run.started)
            run.result.missing += len(lost)
        if unsettled:
            await run.entries.restamp(unsettled, waiting=True)
        again = {entry.seq for entry in unsettled}
        seqs = [entry.seq for entry, _ in self._examined if entry.seq not in again]
        self._examined = []
        if seqs:
            await run.entries.remove(seqs)
        if self._had_failures:
            read = [file.path for file in found] + [file.path for file in observed]
            await run.failures.forget(*run.scope, read)
        run.result.catalogued += len(found) + len(observed)
        run.result.failed += len(failures) - not_media
        run.result.not_media += not_media


async def _all(page: list[Entry]) -> list[Entry]:
    return page
