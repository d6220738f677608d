"""The first stage of a scan: the walk, held against the records.

Both are in the order of the paths' code points, so they are compared a page at a time, and files
that have not changed cost no more than a lookup of a tuple in a set.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from operator import itemgetter
from typing import Any, TypeVar

from mustela.files.buried_files import AsyncBuriedFileRepository
from mustela.files.examination import NOT_AN_ITEM
from mustela.files.exclude import Exclusion
from mustela.files.file_failures import PASSING_STAGES, NewFailure
from mustela.files.root_directory import knows
from mustela.files.scan_entries import NewEntry
from mustela.files.scan_run import UNIT_ROWS, ScanRun
from mustela.files.scan_target import KnownRow
from mustela.files.walk import walk
from mustela.files.walk_wire import WalkBatch, WalkOrder
from mustela.store import AsyncStore

PAGE = 2000

File = tuple[str, int, int]
Row = TypeVar("Row", bound=Sequence[Any])


class Comparison:
    """Walks what is scanned and fills the scan's entries; what it learns stands in attributes."""

    def __init__(self, run: ScanRun, store: AsyncStore) -> None:
        self.run = run
        self.identity = ""  #: of the root, as the walk found it
        self.present = 0  #: records whose files are in their places
        self.new = 0
        self.changed = 0
        self.vanished = 0
        self.waiting = 0
        self._tombstones = AsyncBuriedFileRepository(store)
        self._exclusion = Exclusion(run.patterns)
        self._blind_directories: list[str] = []
        self._blind_files: set[str] = set()
        self._found: list[NewEntry] = []
        self._returned: list[str] = []
        self._readable: list[str] = []
        self._after = run.below
        # A character after the slash: beyond every path in the directory.
        self._end = f"{run.below[:-1]}0" if run.below else None
        self.had_failures = False
        self._topics: list[str] = []  #: those that have tombstones below the root

    async def walk(self) -> None:
        """All of it."""
        run = self.run
        self.had_failures = await run.failures.has_any(*run.scope)
        self._topics = [
            topic
            for topic in run.target.topics
            if await self._tombstones.has_any(run.root.id, topic)
        ]
        order = WalkOrder(
            run.root.path,
            run.recursive,
            list(run.patterns),
            dict(run.target.extensions),
            run.below,
            run.target.directories,
        )
        async with aclosing(walk(order)) as batches:
            async for batch in batches:
                await self._take(batch)

    async def _take(self, batch: WalkBatch) -> None:
        run = self.run
        result = run.result
        if batch.problem is not None:
            result.distrust, result.problem = "absent", batch.problem
            return
        if batch.identity is not None:
            self.identity = batch.identity
            remembered = run.root.identity
            known = remembered is None or knows(remembered, batch.identity)
            if not known and not run.options.trust_root:
                result.distrust = "replaced"
        await self._note_blind(batch)
        counts = batch.counts
        if (
            batch.last
            and not run.below
            and counts.directories == 1
            and counts.entries == counts.excluded
            and not run.options.trust_root
        ):
            result.distrust = result.distrust or "empty"
        if batch.files or batch.last:
            await self._compare_batch(batch.files, last=batch.last)
        self._count(batch)
        run.report(counts.candidates, None, "looking for files")

    async def _note_blind(self, batch: WalkBatch) -> None:
        for path, _stage, _reason in batch.blind:
            if path.endswith("/"):
                self._blind_directories.append(path)
            else:
                self._blind_files.add(path)
        await self.run.note_failures(
            [NewFailure(path, stage, reason, None, None) for path, stage, reason in batch.blind]
        )

    def _count(self, batch: WalkBatch) -> None:
        if not batch.last:
            return
        result, counts = self.run.result, batch.counts
        result.entries = counts.entries
        result.excluded += counts.excluded
        result.not_media += counts.not_media
        result.unsupported = counts.unsupported
        result.failed += counts.unreadable
        result.waiting += counts.gone
        result.directories = counts.directories
        result.excluded_directories = counts.excluded_directories
        result.unreadable_directories = counts.unreadable_directories

    async def _compare_batch(self, files: list[File], *, last: bool) -> None:
        """Compare with the records up to the last file, or with all that are left."""
        run = self.run
        upto = self._end if last else files[-1][0]
        start = 0
        async for after, page, bound in self._pages(
            lambda after: run.target.known(run.root.id, after, upto, PAGE), upto
        ):
            end = len(files)
            if bound is not None:
                end = bisect_right(files, bound, lo=start, key=itemgetter(0))
            await self._compare(
                files[start:end] if start or end < len(files) else files, page, after, bound
            )
            start = end
        if upto is not None:
            self._after = upto
        await self._flush(all_of_it=last)

    async def _pages(
        self, read: Callable[[str], Awaitable[list[Row]]], upto: str | None
    ) -> AsyncGenerator[tuple[str, list[Row], str | None], None]:
        """Pages, each with the paths that it lies between."""
        after = self._after
        while True:
            page = await read(after)
            full = len(page) == PAGE
            bound = page[-1][0] if full else upto
            yield after, page, bound
            if not full:
                return
            after = page[-1][0]

    async def _compare(
        self, files: list[File], page: list[KnownRow], after: str, upto: str | None
    ) -> None:
        in_place = {row[:3] for row in page if row[5] is None}
        fresh = [file for file in files if file not in in_place]
        self.run.result.unchanged += len(files) - len(fresh)
        self.present += len(files) - len(fresh)
        if len(in_place) > len(files) - len(fresh):
            paths = {file[0] for file in files}
            for row in page:
                if row[5] is None and row[0] not in paths and self._is_seen(row[0]):
                    self._vanish(row)
        if fresh or self.had_failures:
            await self._take_fresh(fresh, files, page, after, upto)

    def _is_seen(self, path: str) -> bool:
        """Whether the walk would have met a file here: what it did not look at is not absent."""
        if not path.startswith(self.run.below):
            return False
        if path in self._blind_files or (not self.run.recursive and "/" in path):
            return False
        nearest = bisect_right(self._blind_directories, path)
        if nearest and path.startswith(self._blind_directories[nearest - 1]):
            return False
        return not (self._exclusion.covers(path) or self._is_excluded_product(path))

    def _is_excluded_product(self, path: str) -> bool:
        return self.run.target.directories is not None and self._exclusion.directory(
            path.rpartition("/")[2], path
        )

    def _vanish(self, row: KnownRow) -> None:
        self.vanished += 1
        path, size, mtime_ns, id_, fingerprint, _ = row
        if self.run.result.distrust is None:
            self._found.append(
                NewEntry(path, "vanished", 0, size, mtime_ns, id_, size, fingerprint)
            )

    async def _take_fresh(
        self,
        fresh: list[File],
        files: list[File],
        page: list[KnownRow],
        after: str,
        upto: str | None,
    ) -> None:
        run, result = self.run, self.run.result
        failed = await self._failures(after, upto, files, fresh)
        buried = await self._buried(after, upto) if fresh else {}
        known = {row[0]: row for row in page}
        for file in fresh:
            path, size, mtime_ns = file
            row = known.get(path)
            is_as_known = row is not None and row[1:3] == (size, mtime_ns)
            if not is_as_known and _is_buried(row, size, buried.get(path, ())):
                result.excluded += 1
                continue
            failure = failed.get(path)
            if failure is not None and failure[:2] != (size, mtime_ns):
                failure = None
            if not is_as_known and failure is not None and failure[2] == NOT_AN_ITEM:
                result.not_media += 1
                continue
            if row is not None and row[5] is not None:
                self._returned.append(row[3])
            if is_as_known:
                result.unchanged += 1
                self.present += 1
            elif failure is not None:
                result.failed += 1
            else:
                self._differs(file, row, waiting=run.is_fresh(mtime_ns))
        if len(self._found) >= UNIT_ROWS or len(self._returned) >= UNIT_ROWS:
            await self._flush()

    def _differs(self, file: File, row: KnownRow | None, *, waiting: bool) -> None:
        self.waiting += waiting
        if row is None:
            self.new += 1
            self._found.append(NewEntry(file[0], "new", int(waiting), file[1], file[2]))
        else:
            self.changed += 1
            self._found.append(
                NewEntry(file[0], "changed", int(waiting), file[1], file[2], row[3], row[1], row[4])
            )

    async def _failures(
        self, after: str, upto: str | None, files: list[File], fresh: list[File]
    ) -> dict[str, tuple[int | None, int | None, str]]:
        """Files that need not be read again, with their sizes and times then, and the stages."""
        if not self.had_failures:
            return {}
        run = self.run
        kept: dict[str, tuple[int | None, int | None, str]] = {}
        present = {file[0] for file in files}
        differing = {file[0] for file in fresh}
        while True:
            page = await run.failures.between(*run.scope, after, upto, PAGE)
            for path, size, mtime_ns, stage in page:
                if path not in present:
                    if stage not in {"list", "stat"} and self._is_seen(path):
                        self._readable.append(path)  # it is gone
                elif path not in differing:
                    self._readable.append(path)  # it is again as it was when it was read
                elif stage not in PASSING_STAGES and not run.options.retry_failed:
                    kept[path] = (size, mtime_ns, stage)
            if len(page) < PAGE:
                return kept
            after = page[-1][0]

    async def _buried(self, start: str, upto: str | None) -> dict[str, list[int | None]]:
        """Paths that a person took out of the collection, and their files' sizes, by topic."""
        found: dict[str, list[int | None]] = {}
        for topic in self._topics:
            after, full = start, True
            while full:
                page = await self._tombstones.between(self.run.root.id, topic, after, upto, PAGE)
                for path, size in page:
                    found.setdefault(path, []).append(size)
                full = len(page) == PAGE
                after = page[-1][0] if full else after
        return found

    async def _flush(self, *, all_of_it: bool = False) -> None:
        """Write what has been found, a unit at a time."""
        run = self.run
        least = 1 if all_of_it else UNIT_ROWS
        while len(self._found) >= least:
            part, self._found = self._found[:UNIT_ROWS], self._found[UNIT_ROWS:]
            await run.entries.add(*run.scope, part)
        while len(self._returned) >= least:
            part_of_it, self._returned = self._returned[:UNIT_ROWS], self._returned[UNIT_ROWS:]
            if run.result.distrust is None:
                await run.target.mark_returned(part_of_it)
                run.result.returned += len(part_of_it)
        while len(self._readable) >= least:
            gone, self._readable = self._readable[:UNIT_ROWS], self._readable[UNIT_ROWS:]
            await run.failures.forget(*run.scope, gone)


def _is_buried(row: KnownRow | None, size: int, sizes: Sequence[int | None]) -> bool:
    """Whether the file is one that a person took out, where these were so large.

    A record that is there keeps its file, whatever was at its path before. One that is missing
    does so unless the file is of the very size that was taken out.
    """
    if row is None:
        return size in sizes or None in sizes
    return row[5] is not None and size in sizes
