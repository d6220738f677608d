"""One scan as its stages share it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

from mustela.files.children import Children
from mustela.files.file_failures import AsyncFileFailureRepository, NewFailure
from mustela.files.holder import Holder
from mustela.files.path_text import decode
from mustela.files.root import AsyncRootRepository, Root
from mustela.files.scan_entries import AsyncScanEntryRepository
from mustela.files.scan_moves import AsyncScanMoveRepository
from mustela.files.scan_record import ScanOptions, ScanResult
from mustela.files.scan_target import ScanTarget
from mustela.store import AsyncStore

#: ``(done, total, message)``: how far the scan is.
Report: TypeAlias = Callable[[int | None, int | None, str | None], None]

#: Rows of one write unit, so that others need not wait long for the writer.
UNIT_ROWS = 500


class ScanRun:
    """A root, a collection, where to write, and what has been counted so far.

    ``settle_seconds``: a file that was written to more recently may still be growing.
    """

    def __init__(
        self,
        store: AsyncStore,
        children: Children,
        target: ScanTarget,
        root: Root,
        options: ScanOptions,
        *,
        job_id: str | None,
        report: Report,
        settle_seconds: float,
        holder: Holder | None = None,
    ) -> None:
        self.children = children
        self.target = target
        self.root = root
        self.options = options
        self.job_id = job_id
        self.report = report
        self.settle_ns = int(settle_seconds * 1_000_000_000)
        self.scope = (root.id, target.collection)
        self.roots = AsyncRootRepository(store)
        self.entries = AsyncScanEntryRepository(store)
        self.moves = AsyncScanMoveRepository(store)
        self.failures = AsyncFileFailureRepository(store)
        #: Whose attempt it is; what is written of the scan is fenced by it.
        self.holder = self.entries.holder = self.moves.holder = holder
        self.machines = store.server is not None  #: whether several may scan the root
        self.result = ScanResult()
        self.started = time.time_ns() // 1000  #: microseconds since 1970, UTC
        self.prefix = decode(root.path).rstrip(b"/") + b"/"
        self.patterns = (*root.exclude, *options.exclude)
        self.below = ""  #: the only directory to scan, with a slash at its end; empty for all
        self.recursive = root.recursive if options.recursive is None else options.recursive

    def place(self, path: str) -> bytes:
        """Where a path below the root is on the disk."""
        return self.prefix + decode(path)

    def is_fresh(self, mtime_ns: int) -> bool:
        """Whether a file was written to a moment ago. Times in the future say nothing."""
        return abs(time.time_ns() - mtime_ns) < self.settle_ns

    async def note_failures(self, failures: list[NewFailure]) -> None:
        """Keep failures, a unit at a time."""
        for start in range(0, len(failures), UNIT_ROWS):
            await self.failures.note(*self.scope, failures[start : start + UNIT_ROWS])
