"""Edits of many videos at once: one change, one undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

import msgspec
from sqlalchemy import ColumnElement, bindparam

from mustela.files.tag_index import kept_tags
from mustela.store import Unit, current, heavy_read, write
from mustela.store.bulk import BULK_LIMIT
from mustela.store.dialect_sql import json_edited
from mustela.store.errors import InvalidValue
from mustela.store.record import decode_texts
from mustela.store.schema import TEXT
from mustela.video.filters import VideoFilters
from mustela.video.record import Video
from mustela.video.records import records
from mustela.video.schema import videos
from mustela.video.selection import selected


class VideoEdits(TypedDict, total=False):
    """What becomes of each video selected; what is not named stays as it is.

    ``tags`` replaces all tags; ``tags_add`` and ``tags_remove`` leave the others, and cannot be
    combined with it. ``rating`` is 0 to 5 or ``None``.
    """

    tags: Sequence[str]
    tags_add: Sequence[str]
    tags_remove: Sequence[str]
    rating: int | None
    note: str | None


class Edited(msgspec.Struct, frozen=True):
    """How many videos changed, and the change to undo; without one where none did."""

    change_id: str | None
    changed: int


class VideoBulkOperations:
    """The part of the repository that edits many videos in one set-based unit."""

    @write
    def edit_many(
        self, ids: Sequence[str], /, *, limit: int = BULK_LIMIT, **edits: Unpack[VideoEdits]
    ) -> Unit[Edited]:
        """Edit the videos of these ids; ids of none are passed over.

        ``BulkTooLarge`` where more than ``limit`` would change; then nothing does.
        """
        return (yield from _edit({"ids": ids}, "", limit, edits))

    @write
    def edit_where(
        self,
        filters: VideoFilters,
        /,
        *,
        query: str = "",
        limit: int = BULK_LIMIT,
        **edits: Unpack[VideoEdits],
    ) -> Unit[Edited]:
        """Edit every video that satisfies the filters and has every word of ``query``."""
        return (yield from _edit(filters, query, limit, edits))

    @heavy_read
    def would_edit(
        self,
        filters: VideoFilters,
        /,
        *,
        query: str = "",
        limit: int = BULK_LIMIT,
        **edits: Unpack[VideoEdits],
    ) -> Unit[int]:
        """How many videos :meth:`edit_where` would change; it refuses what that refuses."""
        condition, parameters = selected(filters, query)
        fields, computed, more = _columns_of(edits)
        return (
            yield from records.would_update(
                condition, {**parameters, **more}, fields, computed=computed, limit=limit
            )
        )


def _edit(
    filters: Mapping[str, Any], query: str, limit: int, edits: Mapping[str, Any]
) -> Unit[Edited]:
    condition, parameters = selected(filters, query)
    fields, computed, more = _columns_of(edits)
    changed = yield from records.update_where(
        condition, {**parameters, **more}, fields, computed=computed, limit=limit
    )
    context = yield from current()
    return Edited(context.change_id if changed else None, changed)


_TAGS_EDITED: dict[str, ColumnElement[Any]] = {
    "tags": json_edited(
        videos.c.tags,
        bindparam("tags_remove", type_=TEXT),
        bindparam("tags_add", type_=TEXT),
    )
}


def _columns_of(
    edits: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, ColumnElement[Any]], dict[str, Any]]:
    """Columns with their values, columns with an expression, and its parameters."""
    unknown = edits.keys() - VideoEdits.__annotations__.keys()
    if unknown:
        raise InvalidValue(f"{', '.join(sorted(unknown))} cannot be edited for many videos at once")
    if not edits:
        raise InvalidValue("say what to change: tags, tags_add, tags_remove, rating or note")
    fields = {name: value for name, value in edits.items() if name in ("rating", "note")}
    columns = Video.columns(fields)
    if "tags_add" not in edits and "tags_remove" not in edits:
        if "tags" in edits:
            columns["tags"] = kept_tags(edits["tags"])
        return columns, {}, {}
    if "tags" in edits:
        raise InvalidValue("tags replaces all tags; leave out tags_add and tags_remove, or tags")
    tags = {name: kept_tags(edits.get(name, ())) for name in ("tags_add", "tags_remove")}
    both = set(decode_texts(tags["tags_add"])) & set(decode_texts(tags["tags_remove"]))
    if both:
        raise InvalidValue(f"the tag {min(both)!r} is to be added and to be removed")
    return columns, _TAGS_EDITED, tags
