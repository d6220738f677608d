"""Lists as files: written as they are read, some items at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec
from starlette.responses import Response, StreamingResponse

from mustela.http.conditional import encode_json

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

#: Items that are written at once.
_CHUNK = 200


class FileFormat(Protocol[T_contra]):
    """How items become a file. What cannot be done is raised before the first chunk."""

    @property
    def media_type(self) -> str: ...

    def written(self, items: AsyncIterator[T_contra], /) -> AsyncIterator[bytes]:
        """The file in chunks, of which a few hold every item that is in memory."""
        ...


class Writing(NamedTuple, Generic[T]):
    """A format by its parts: what comes first, each item, what stands between and at the end."""

    media_type: str
    first: bytes
    one: Callable[[T], bytes]
    between: bytes
    last: bytes

    def written(self, items: AsyncIterator[T], /) -> AsyncIterator[bytes]:
        """The file, in chunks of some items each."""
        return written(items, self)


def as_json(public: Callable[[T], Any]) -> Writing[T]:
    """A JSON array of what ``public`` makes of the items, one a line."""
    return Writing(
        "application/json", b"[\n", lambda item: encode_json(public(item)), b",\n", b"\n]\n"
    )


def as_csv(columns: Mapping[str, Callable[[T], Any]]) -> Writing[T]:
    """A table with a line of titles; what is no plain value is written as JSON."""

    def one(item: T) -> bytes:
        return _line(_cell(read(item)) for read in columns.values())

    return Writing("text/csv; charset=utf-8", _line(columns), one, b"", b"")


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return value
    return msgspec.json.encode(value).decode()


def _line(cells: Iterable[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


async def file_of(items: AsyncIterator[T], writing: FileFormat[T], filename: str) -> Response:
    """The answer that is this file; what is wrong with the request is raised before it starts."""
    return await streaming(
        writing.written(items),
        writing.media_type,
        {"Content-Disposition": f'attachment; filename="{filename}"'},
    )


async def streaming(
    chunks: AsyncIterator[bytes], media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer that sends these chunks; what the first one raises is raised here."""
    first = await anext(chunks)
    return StreamingResponse(
        _chained(first, chunks),
        media_type=media_type,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


async def written(items: AsyncIterator[T], writing: Writing[T]) -> AsyncIterator[bytes]:
    chunk = [writing.first]
    begun = False
    async for item in items:
        if begun and writing.between:
            chunk.append(writing.between)
        begun = True
        chunk.append(writing.one(item))
        if len(chunk) >= _CHUNK:
            yield b"".join(chunk)
            chunk.clear()
    chunk.append(writing.last)
    yield b"".join(chunk)


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
