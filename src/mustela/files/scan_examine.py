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
        outcomes = _Outcomes(self._examined)
        await outcomes.write(run)
        again = {entry.seq for entry in outcomes.unsettled}
        seqs = [entry.seq for entry, _ in self._examined if entry.seq not in again]
        self._examined = []
        if seqs:
            await run.entries.remove(seqs)
        if self._had_failures:
            await run.failures.forget(*run.scope, outcomes.read())
        result = run.result
        result.catalogued += len(outcomes.found) + len(outcomes.observed)
        result.failed += len(outcomes.failures)
        result.not_media += len(outcomes.foreign)
        result.missing += len(outcomes.lost)


class _Outcomes:
    """What became of files that were examined, by what there is to write of them."""

    def __init__(self, examined: list[tuple[Entry, Any]]) -> None:
        self.found: list[Found] = []
        self.observed: list[Observed] = []
        self.failures: list[NewFailure] = []
        self.foreign: list[NewFailure] = []  #: they are nothing of the collection's
        self.lost: list[str] = []  #: the records that such a file had
        self.unsettled: list[Entry] = []
        for entry, outcome in examined:
            if isinstance(outcome, Failure):
                self._fail(entry, outcome)
            elif entry.item_id is None:
                self.found.append(Found(entry.path, entry.size, entry.mtime_ns, outcome))
            else:
                self.observed.append(
                    Observed(entry.item_id, entry.path, entry.size, entry.mtime_ns, outcome)
                )

    def _fail(self, entry: Entry, outcome: Failure) -> None:
        stage = outcome.stage
        failure = NewFailure(entry.path, stage, outcome.message, entry.size, entry.mtime_ns)
        if stage in {CHANGING, GONE}:
            self.unsettled.append(entry)
        elif stage != NOT_AN_ITEM:
            self.failures.append(failure)
        else:
            self.foreign.append(failure)
            if entry.item_id is not None:
                self.lost.append(entry.item_id)

    def read(self) -> list[str]:
        """The paths of files that were read."""
        return [file.path for file in self.found] + [file.path for file in self.observed]

    async def write(self, run: ScanRun) -> None:
        """All of it."""
        if self.found:
            await run.target.store_found(run.root.id, self.found, run.job_id)
        if self.observed:
            await run.target.observe_files(run.root.id, self.observed, run.job_id)
        if self.failures or self.foreign:
            await run.failures.note(*run.scope, self.failures + self.foreign)
        if self.lost:
            await run.target.mark_missing(self.lost, run.started)
        if self.unsettled:
            await run.entries.restamp(self.unsettled, waiting=True)


async def _all(page: list[Entry]) -> list[Entry]:
    return page
