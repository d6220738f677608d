"""Videos as the scan sees them."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from mustela.files.scan_target import FileKind, Found, KnownRow, MissingRow, Move, Observed
from mustela.video.extensions import EXTENSIONS
from mustela.video.probed import Probe
from mustela.video.records import TOPIC
from mustela.video.repository import AsyncVideoRepository


class VideoScanTarget:
    """See :class:`~mustela.files.scan_target.ScanTarget`."""

    def __init__(self, videos: AsyncVideoRepository) -> None:
        self._videos = videos

    @property
    def collection(self) -> str:
        return TOPIC

    @property
    def extensions(self) -> Mapping[str, FileKind]:
        return EXTENSIONS

    @property
    def examine(self) -> str:
        return "mustela.video.probe:probe"

    @property
    def details(self) -> type[Probe]:
        return Probe

    def known(
        self, root_id: str, after: str, upto: str | None, limit: int
    ) -> Coroutine[Any, Any, list[KnownRow]]:
        return self._videos.known(root_id, after, upto, limit)

    def missing(self, sizes: Sequence[int]) -> Coroutine[Any, Any, list[MissingRow]]:
        return self._videos.missing(sizes)

    def store_found(
        self, root_id: str, found: Sequence[Found], job_id: str | None
    ) -> Coroutine[Any, Any, object]:
        return self._videos.store_found(root_id, found, job_id)

    def observe_files(
        self, root_id: str, observed: Sequence[Observed], job_id: str | None
    ) -> Coroutine[Any, Any, object]:
        return self._videos.observe_files(root_id, observed, job_id)

    def relocate(self, moves: Sequence[Move], job_id: str | None) -> Coroutine[Any, Any, object]:
        return self._videos.relocate(moves, job_id)

    def mark_missing(self, ids: Sequence[str], at: int) -> Coroutine[Any, Any, object]:
        return self._videos.mark_missing(ids, at)

    def mark_returned(self, ids: Sequence[str]) -> Coroutine[Any, Any, object]:
        return self._videos.mark_returned(ids)
