"""What became of files that a scan has had examined."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from mustela.files.examination import CHANGING, GONE, NOT_AN_ITEM
from mustela.files.failure import Failure
from mustela.files.file_failures import NewFailure
from mustela.files.scan_entries import Entry
from mustela.files.scan_run import ScanRun
from mustela.files.scan_target import Found, Observed

#: The file is not what the walk met: it is looked at again.
UNSETTLED = frozenset((CHANGING, GONE))


class Outcomes:
    """Files by what there is to write of them.

    Those whose examination failed at a stage in ``unsettled`` have nothing written of them.
    """

    def __init__(
        self, examined: Sequence[tuple[Entry, Any]], unsettled: Collection[str] = UNSETTLED
    ) -> None:
        self.found: list[Found] = []
        self.observed: list[Observed] = []
        self.failures: list[NewFailure] = []
        self.foreign: list[NewFailure] = []  #: they are nothing of the collection's
        self.lost: list[str] = []  #: the records that such a file had
        self.unsettled: list[Entry] = []
        for entry, outcome in examined:
            if isinstance(outcome, Failure) and outcome.stage in unsettled:
                self.unsettled.append(entry)
            elif isinstance(outcome, Failure):
                self._fail(entry, outcome)
            elif entry.item_id is None:
                self.found.append(Found(entry.path, entry.size, entry.mtime_ns, outcome))
            else:
                self.observed.append(
                    Observed(entry.item_id, entry.path, entry.size, entry.mtime_ns, outcome)
                )
        again = {entry.seq for entry in self.unsettled}
        #: Entries (by ``seq``) that are done once all is written.
        self.settled = [entry.seq for entry, _ in examined if entry.seq not in again]

    def _fail(self, entry: Entry, outcome: Failure) -> None:
        stage = outcome.stage
        failure = NewFailure(entry.path, stage, outcome.message, entry.size, entry.mtime_ns)
        if stage != NOT_AN_ITEM:
            self.failures.append(failure)
        else:
            self.foreign.append(failure)
            if entry.item_id is not None:
                self.lost.append(entry.item_id)

    def read(self) -> list[str]:
        """The paths of files that were read."""
        return [file.path for file in self.found] + [file.path for file in self.observed]

    async def write(self, run: ScanRun) -> None:
        """All of it, but what becomes of the entries."""
        if self.found:
            await run.target.store_found(run.root.id, self.found, run.job_id)
        if self.observed:
            await run.target.observe_files(run.root.id, self.observed, run.job_id)
        if self.failures or self.foreign:
            await run.failures.note(*run.scope, self.failures + self.foreign)
        if self.lost:
            await run.target.mark_missing(self.lost, run.started)
