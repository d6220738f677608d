"""Tags as they are kept."""

from __future__ import annotations

from collections.abc import Sequence

from mustela.store.errors import InvalidValue
from mustela.video.record import Video


def kept_tags(tags: Sequence[str]) -> str:
    """Tags as a column holds them: trimmed, none twice, in the order given.

    ``InvalidValue`` for one that is empty.
    """
    kept = dict.fromkeys(tag.strip() for tag in tags)
    if "" in kept:
        raise InvalidValue("a tag cannot be empty")
    return str(Video.columns({"tags": tuple(kept)})["tags"])
