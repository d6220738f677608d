"""The audited rows of videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mustela.files.scanned import FileRecords
from mustela.files.search_text import fold
from mustela.video.schema import videos

TOPIC = "video"


class VideoRecords(FileRecords):
    """The audited rows."""

    checked = True  # what is inserted was a ``Video``

    def derive(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        path = values.get("path")
        if path is None:
            return {}
        return {"filename": path.rpartition("/")[2], "search_text": fold(path)}


records = VideoRecords(videos, TOPIC)
