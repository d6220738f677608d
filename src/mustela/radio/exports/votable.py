"""VOTables, row by row: a million records need no more memory than a few."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from mustela.radio.exports.cells import row_writer
from mustela.radio.exports.columns import Column
from mustela.radio.extra import needing
from mustela.store.record import Record

if TYPE_CHECKING:
    from mustela.radio.exports.envelope import Envelope

#: Rows that are made at once, in a thread: others are answered meanwhile.
_ROWS = 250
#: Data Access Layer Interface 1.1, section 4.4.2.
OVERFLOW = b'<INFO name="QUERY_STATUS" value="OVERFLOW"/>\n'

MEDIA_TYPE = "application/x-votable+xml"


async def enveloped(
    items: AsyncIterator[Any],
    around: Envelope,
    row: Callable[[Any], bytes],
    most: int | None = None,
) -> AsyncIterator[bytes]:
    """The document, in chunks; after ``most`` items it ends and says that there are more.

    Nothing is written before the first items are there, so that what is wrong with the request
    can be told in another way.
    """
    begin, chunk, count, more = around.head, [], 0, False
    async for item in items:
        more = count == most
        if more:
            break
        count += 1
        chunk.append(item)
        if len(chunk) == _ROWS:
            yield begin + await asyncio.to_thread(_rows, row, chunk)
            begin, chunk = b"", []
    rows = await asyncio.to_thread(_rows, row, chunk)
    yield b"".join([begin, rows, around.close, OVERFLOW if more else b"", around.tail])


def _rows(row: Callable[[Any], bytes], items: Sequence[Any]) -> bytes:
    return b"".join(map(row, items))


class VOTable:
    """A format of exports: every public field of a record, with its unit and UCD."""

    media_type = MEDIA_TYPE

    def __init__(self, columns: Sequence[Column], name: str, description: str) -> None:
        self._columns = columns
        self._name = name
        self._description = description
        values = attrgetter(*(column.name for column in columns))
        write = row_writer(columns)
        self._row: Callable[[Record], bytes] = lambda item: write(values(item))

    async def written(self, items: AsyncIterator[Any], /) -> AsyncIterator[bytes]:
        """The document. Raises ``ExtraMissing`` where there is no astropy."""
        around = await asyncio.to_thread(self._envelope)
        async for chunk in enveloped(items, around, self._row):
            yield chunk

    def _envelope(self) -> Envelope:
        library = needing("astropy", "mustela.radio.exports.envelope")
        around: Envelope = library.envelope(
            self._columns, name=self._name, description=self._description
        )
        return around
