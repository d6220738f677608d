"""How a scan reads and writes videos, and which thumbnails are lacking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import bindparam, func, select

from mustela.files.scanned import ScannedOperations
from mustela.store import Statement, Unit, changed, heavy_read, one, rows, write
from mustela.video.listing import BASE
from mustela.video.observed import observed_columns
from mustela.video.record import Video
from mustela.video.records import TOPIC, records
from mustela.video.schema import videos

c = videos.c
_lacking = (c.thumbnail_path.is_(None), c.missing_since.is_(None), c.root_id != "")
WITHOUT_THUMBNAIL = Statement(
    BASE.with_only_columns(c.seq, *BASE.selected_columns)
    .where(*_lacking, c.seq < bindparam("before"))
    .order_by(c.seq.desc())
    .limit(bindparam("limit"))
)
COUNT_WITHOUT_THUMBNAIL = Statement(select(func.count()).select_from(videos).where(*_lacking))


class VideoScanOperations(ScannedOperations):
    """The part of the repository that only scans and thumbnails use."""

    records = records
    blank: ClassVar = {"audio_languages": "[]", "subtitle_languages": "[]", "tags": "[]"}

    def columns_of(self, details: Any) -> dict[str, Any]:
        return observed_columns(details)

    def content_changed(self) -> Mapping[str, Any]:
        return {"thumbnail_path": None}  # of what the file was before

    @heavy_read
    def without_thumbnail(self, before: int | None, limit: int) -> Unit[list[tuple[int, Video]]]:
        """Present videos below a root that have no thumbnail, newest rows first.

        Each with its row number, of which the last goes on as ``before``.
        """
        found = yield from rows(
            WITHOUT_THUMBNAIL, before=2**63 - 1 if before is None else before, limit=limit
        )
        return [(row[0], Video.from_row(*row[1:])) for row in found]

    @heavy_read
    def count_without_thumbnail(self) -> Unit[int]:
        """How many present videos below a root have no thumbnail."""
        return (yield from one(COUNT_WITHOUT_THUMBNAIL, int)) or 0

    @write
    def set_thumbnails(self, keys: Sequence[tuple[str, str]]) -> Unit[None]:
        """Note the pictures that were made: pairs of video id and key."""
        yield from records.write_many({id: {"thumbnail_path": key} for id, key in keys})
        yield from changed(TOPIC, keys[0][0] if len(keys) == 1 else None)
