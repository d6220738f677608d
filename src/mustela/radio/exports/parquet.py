"""Parquet, one row group after the other: as many records in memory as a group has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from mustela.radio.exports.columns import Column
from mustela.radio.extra import needing

if TYPE_CHECKING:
    from mustela.radio.exports.row_groups import RowGroups

#: Records in a row group.
ROW_GROUP = 5_000

MEDIA_TYPE = "application/vnd.apache.parquet"


class Parquet:
    """A format of exports: every public field of a record; units and UCDs in its metadata.

    Times are timestamps of microseconds in UTC, lists of numbers and texts are lists, objects are
    JSON text.
    """

    media_type = MEDIA_TYPE

    def __init__(self, columns: Sequence[Column], *, row_group: int = ROW_GROUP) -> None:
        self._columns = columns
        self._row_group = row_group

    async def written(self, items: AsyncIterator[Any], /) -> AsyncIterator[bytes]:
        """The file. Raises ``ExtraMissing`` where there is no pyarrow."""
        groups = await asyncio.to_thread(self._begin)
        chunk: list[Any] = []
        async for item in items:
            chunk.append(item)
            if len(chunk) == self._row_group:
                yield await asyncio.to_thread(groups.write, chunk)
                chunk = []
        yield await asyncio.to_thread(groups.end, chunk)

    def _begin(self) -> RowGroups:
        library = needing("pyarrow", "mustela.radio.exports.row_groups")
        groups: RowGroups = library.RowGroups(self._columns)
        return groups
