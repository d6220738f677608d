"""The :class:`~mustela.files.scan_target.ScanTarget` of an ordinary collection of files."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from mustela.files.directory_product import DirectoryRule
from mustela.files.scan_target import (
    ElsewhereRow,
    FileKind,
    Found,
    KnownRow,
    MissingRow,
    Move,
    Observed,
)
from mustela.files.scanned import ScannedOperations
from mustela.store import AsyncRepository


class AsyncScannedRepository(ScannedOperations, AsyncRepository):
    """A repository whose records scans keep, for an event loop."""


class ScannedTarget:
    """A repository, and which files it has records of.

    The other arguments are the attributes of a scan target.
    """

    def __init__(
        self,
        repository: AsyncScannedRepository,
        *,
        extensions: Mapping[str, FileKind],
        examine: str,
        details: Any,
        directories: DirectoryRule | None = None,
    ) -> None:
        self._repository = repository
        self.collection = repository.records.topic
        self.topics = (repository.records.topic,)
        self.directories = directories
        self.extensions = extensions
        self.examine = examine
        self.details = details

    def known(
        self, root_id: str, after: str, upto: str | None, limit: int
    ) -> Coroutine[Any, Any, list[KnownRow]]:
        return self._repository.known(root_id, after, upto, limit)

    def missing(self, sizes: Sequence[int]) -> Coroutine[Any, Any, list[MissingRow]]:
        return self._repository.missing(sizes)

    def elsewhere(
        self, root_id: str, sizes: Sequence[int], limit: int
    ) -> Coroutine[Any, Any, list[ElsewhereRow]]:
        return self._repository.elsewhere(root_id, sizes, limit)

    def store_found(
        self, root_id: str, found: Sequence[Found], job_id: str | None
    ) -> Coroutine[Any, Any, object]:
        return self._repository.store_found(root_id, found, job_id)

    def observe_files(
        self, root_id: str, observed: Sequence[Observed], job_id: str | None
    ) -> Coroutine[Any, Any, object]:
        return self._repository.observe_files(root_id, observed, job_id)

    def relocate(self, moves: Sequence[Move], job_id: str | None) -> Coroutine[Any, Any, object]:
        return self._repository.relocate(moves, job_id)

    def mark_missing(self, ids: Sequence[str], at: int) -> Coroutine[Any, Any, object]:
        return self._repository.mark_missing(ids, at)

    def mark_returned(self, ids: Sequence[str]) -> Coroutine[Any, Any, object]:
        return self._repository.mark_returned(ids)
