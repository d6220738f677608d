"""What an examined file becomes in the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mustela.video.probed import Probe
from mustela.video.record import Video
from mustela.video.schema import videos

_OBSERVED = frozenset(column.name for column in videos.c if column.info.get("role") == "observed")


def observed_columns(details: Probe | Mapping[str, Any]) -> dict[str, Any]:
    """The columns for what ``examine`` answered of a file: the struct, or its fields by name."""
    if isinstance(details, Probe):
        details = msgspec.structs.asdict(details)
    return Video.columns({name: value for name, value in details.items() if name in _OBSERVED})
