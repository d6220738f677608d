"""The audited rows of videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mustela.files.search_text import fold
from mustela.files.tombstones import clear_tombstone, write_tombstone
from mustela.store import Unit
from mustela.store.records import Records
from mustela.video.schema import videos

TOPIC = "video"


class VideoRecords(Records):
    """The audited rows; a deleted file is remembered, so that scans leave it out."""

    def derive(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        path = values.get("path")
        if path is None:
            return {}
        return {"filename": path.rpartition("/")[2], "search_text": fold(path)}

    def inserted(self, values: Mapping[str, Any]) -> Unit[None]:
        yield from clear_tombstone(TOPIC, values["root_id"], values["path"])

    def deleted(self, values: Mapping[str, Any]) -> Unit[None]:
        yield from write_tombstone(
            TOPIC,
            values["root_id"],
            values["path"],
            values["id"],
            size=values["file_size"],
            mtime_ns=values["mtime_ns"],
            fingerprint=values["fingerprint"],
        )


records = VideoRecords(videos, TOPIC)
