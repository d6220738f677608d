"""Several tables of one collection as one scan target: every file is accounted for once.

One walk, one examination of each file; the type of what the examination answers says which part
the file's record belongs to. The scan engine knows records of all parts by ids that name the part
(``part:id``), and of each path only one record. Where a path holds something of another nature
than before, the old record goes missing and a new one comes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from mustela.files.directory_product import DirectoryRule
from mustela.files.errors import ScanFailed
from mustela.files.scan_target import (
    ElsewhereRow,
    FileKind,
    Found,
    KnownRow,
    MissingRow,
    Move,
    Observed,
)
from mustela.files.scanned_target import AsyncScannedRepository

T = TypeVar("T", Observed, Move)


class Part(NamedTuple):
    """A table, and the type of the details (a struct) of what stands in it."""

    repository: AsyncScannedRepository
    details: type[Any]

    @property
    def topic(self) -> str:
        return self.repository.records.topic


class ComposedTarget:
    """See :class:`~mustela.files.scan_target.ScanTarget`; ``parts`` differ in topic and details.

    ``details`` of the target is the union of those of the parts, whose structs must be tagged.
    """

    def __init__(
        self,
        collection: str,
        parts: Sequence[Part],
        *,
        extensions: Mapping[str, FileKind],
        examine: str,
        details: Any,
        directories: DirectoryRule | None = None,
    ) -> None:
        self.collection = collection
        self.topics = tuple(part.topic for part in parts)
        self.extensions = extensions
        self.examine = examine
        self.details = details
        self.directories = directories
        self._parts = {part.topic: part for part in parts}

    # What the scan reads.

    async def known(self, root_id: str, after: str, upto: str | None, limit: int) -> list[KnownRow]:
        """Where several parts have a record of a path, the one that is there goes before those
        that are missing, and of these the last to be missed."""
        pages = await asyncio.gather(
            *(part.repository.known(root_id, after, upto, limit) for part in self._parts.values())
        )
        chosen: dict[str, KnownRow] = {}
        for topic, page in zip(self._parts, pages, strict=True):
            for path, size, mtime_ns, id_, fingerprint, missing_since in page:
                row = (path, size, mtime_ns, f"{topic}:{id_}", fingerprint, missing_since)
                other = chosen.get(path)
                if other is None or _goes_before(row, other):
                    chosen[path] = row
        # A part that had more to say said ``limit`` paths: so what is cut off is beyond them all.
        return [chosen[path] for path in sorted(chosen)[:limit]]

    async def missing(self, sizes: Sequence[int]) -> list[MissingRow]:
        found = await asyncio.gather(
            *(part.repository.missing(sizes) for part in self._parts.values())
        )
        return [
            (f"{topic}:{id_}", path, size, fingerprint)
            for topic, rows in zip(self._parts, found, strict=True)
            for id_, path, size, fingerprint in rows
        ]

    async def elsewhere(self, root_id: str, sizes: Sequence[int], limit: int) -> list[ElsewhereRow]:
        found = await asyncio.gather(
            *(part.repository.elsewhere(root_id, sizes, limit) for part in self._parts.values())
        )
        return [
            (f"{topic}:{id_}", root, path)
            for topic, rows in zip(self._parts, found, strict=True)
            for id_, root, path in rows
        ]

    # What it writes.

    async def store_found(self, root_id: str, found: Sequence[Found], job_id: str | None) -> None:
        self._expect_parts(found)
        for part in self._parts.values():
            own = [file for file in found if type(file.details) is part.details]
            if own:
                await part.repository.store_found(root_id, own, job_id)

    async def observe_files(
        self, root_id: str, observed: Sequence[Observed], job_id: str | None
    ) -> None:
        self._expect_parts(observed)
        others: list[Found] = []
        for part, files in self._by_part(observed):
            same = [file for file in files if type(file.details) is part.details]
            other = [file for file in files if type(file.details) is not part.details]
            if same:
                await part.repository.observe_files(root_id, same, job_id)
            if other:  # first, so that a scan which is killed between the two does it again
                await part.repository.mark_missing(
                    [file.id for file in other], time.time_ns() // 1000
                )
                others += [Found(f.path, f.size, f.mtime_ns, f.details) for f in other]
        await self.store_found(root_id, others, job_id)

    async def relocate(self, moves: Sequence[Move], job_id: str | None) -> None:
        for part, own in self._by_part(moves):
            await part.repository.relocate(own, job_id)

    async def mark_missing(self, ids: Sequence[str], at: int) -> None:
        for part, own in self._ids_by_part(ids):
            await part.repository.mark_missing(own, at)

    async def mark_returned(self, ids: Sequence[str]) -> None:
        for part, own in self._ids_by_part(ids):
            await part.repository.mark_returned(own)

    def _expect_parts(self, files: Sequence[Found | Observed]) -> None:
        kinds = {part.details for part in self._parts.values()}
        for file in files:
            if type(file.details) not in kinds:
                raise ScanFailed(
                    f"{self.examine} answers {type(file.details).__name__} for {file.path}: "
                    f"no part of {self.collection} takes that"
                )

    def _by_part(self, changes: Sequence[T]) -> Iterable[tuple[Part, list[T]]]:
        """Changes with the records' own ids, by the part that the ids name."""
        for topic, part in self._parts.items():
            start = f"{topic}:"
            own = [
                change._replace(id=change.id[len(start) :])
                for change in changes
                if change.id.startswith(start)
            ]
            if own:
                yield part, own

    def _ids_by_part(self, ids: Sequence[str]) -> Iterable[tuple[Part, list[str]]]:
        for topic, part in self._parts.items():
            start = f"{topic}:"
            own = [id_[len(start) :] for id_ in ids if id_.startswith(start)]
            if own:
                yield part, own


def _goes_before(row: KnownRow, other: KnownRow) -> bool:
    if other[5] is None:
        return False
    return row[5] is None or row[5] > other[5]
