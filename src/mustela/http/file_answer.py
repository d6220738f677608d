"""A file as an answer: whole or in parts, read in threads, and only while somebody listens."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from secrets import token_hex
from typing import Final, TypeVar
from urllib.parse import quote

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mustela.http.conditional import matches
from mustela.http.guard import HEAD
from mustela.http.problems import RequestError, answer_to
from mustela.http.ranges import Span, http_date, http_time, parse_range, still_same

R = TypeVar("R")

CHUNK: Final = 256 * 1024
#: Threads that read files, apart from those of the rest: a drive that hangs stops only these.
READERS: Final = 32

_limiter: RunVar[anyio.CapacityLimiter] = RunVar("mustela_file_readers")


class RangeNotSatisfiable(RequestError):
    """The file has no such bytes."""

    code = "range_not_satisfiable"


class FileAnswer(Response):
    """Answer the file that ``open_file`` opens (in a thread): its descriptor and what fstat says.

    ``open_file`` may raise errors with a name; they are answered. ``filename`` is what the file is
    called when it is saved (``attachment``), or shown (``inline``). ``etag`` defaults to one made
    of device, inode, size and time of change.
    """

    def __init__(
        self,
        open_file: Callable[[], tuple[int, os.stat_result]],
        media_type: str,
        *,
        filename: str | None = None,
        disposition: str = "inline",
        etag: str | None = None,
        cache_control: str = "private, no-cache",
    ) -> None:
        self.status_code = 200
        self.background = None
        self.body = b""
        self.raw_headers = []
        self.media_type = media_type
        self._open = open_file
        self._etag = etag
        self._fixed = [("Accept-Ranges", "bytes"), ("Cache-Control", cache_control)]
        if filename is not None:
            self._fixed.append(("Content-Disposition", content_disposition(disposition, filename)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        descriptor, found = await _in_thread(self._open)
        try:
            etag = self._etag or file_etag(found)
            request = _Conditions(scope)
            if request.unchanged(etag, found.st_mtime):
                await _send_head(send, 304, self._validators(etag, found))
                await send({"type": "http.response.body", "body": b""})
                return
            spans = request.spans(etag, found)
            if spans is not None and not spans:
                await self._refuse(scope, receive, send, found.st_size)
                return
            await self._send_parts(scope, receive, send, descriptor, found, etag, spans)
        finally:
            with anyio.CancelScope(shield=True):
                await _in_thread(partial(os.close, descriptor))

    def _validators(self, etag: str, found: os.stat_result) -> list[tuple[str, str]]:
        return [*self._fixed, ("ETag", etag), ("Last-Modified", http_date(found.st_mtime))]

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, size: int) -> None:
        error = RangeNotSatisfiable(
            f"the file has {size} bytes",
            headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"},
        )
        await answer_to(error, scope)(scope, receive, send)

    async def _send_parts(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        descriptor: int,
        found: os.stat_result,
        etag: str,
        spans: list[Span] | None,
    ) -> None:
        headers = self._validators(etag, found)
        size = found.st_size
        media_type = self.media_type or "application/octet-stream"
        pieces: list[bytes | Span]
        if spans is None:
            pieces = [Span(0, size)]
            headers += [("Content-Type", media_type), ("Content-Length", str(size))]
        elif len(spans) == 1:
            pieces = [spans[0]]
            headers += [
                ("Content-Type", media_type),
                ("Content-Range", spans[0].content_range(size)),
                ("Content-Length", str(spans[0].stop - spans[0].start)),
            ]
        else:
            boundary = token_hex(12)
            pieces = _multipart(spans, size, media_type, boundary)
            length = sum(len(p) if isinstance(p, bytes) else p.stop - p.start for p in pieces)
            headers += [
                ("Content-Type", f"multipart/byteranges; boundary={boundary}"),
                ("Content-Length", str(length)),
            ]
        await _send_head(send, 200 if spans is None else 206, headers)
        if scope.get(HEAD):
            await send({"type": "http.response.body", "body": b""})
        else:
            await _while_listening(receive, partial(_send_body, send, descriptor, pieces))


class _Conditions:
    """The conditions that a request makes."""

    def __init__(self, scope: Scope) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        self._head = bool(scope.get(HEAD))
        self._none_match = headers.get(b"if-none-match")
        self._modified_since = headers.get(b"if-modified-since")
        self._range = headers.get(b"range")
        self._if_range = headers.get(b"if-range")

    def unchanged(self, etag: str, modified: float) -> bool:
        """Whether the client has the present file."""
        if self._none_match is not None:
            return matches(self._none_match, etag)
        if self._modified_since is not None:
            since = http_time(self._modified_since)
            return since is not None and int(modified) <= since
        return False

    def spans(self, etag: str, found: os.stat_result) -> list[Span] | None:
        """The parts to send; ``None`` for the whole, empty where there is nothing of them."""
        if self._range is None or self._head:  # Range speaks of GET alone
            return None
        if self._if_range is not None and not still_same(self._if_range, etag, found.st_mtime):
            return None
        return parse_range(self._range, found.st_size)


def file_etag(found: os.stat_result) -> str:
    """A strong validator of a file's content, as far as its file system tells."""
    return f'"{found.st_dev:x}-{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}"'


def content_disposition(disposition: str, filename: str) -> str:
    """The header for any file name (RFC 6266, RFC 8187): one for old clients, one exact."""
    name = filename.encode("utf-8", "replace").decode().translate(_CONTROLS)
    plain = name.encode("ascii", "replace").decode().replace("\\", "_").replace('"', "_")
    if plain == name:
        return f'{disposition}; filename="{name}"'
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


_CONTROLS = dict.fromkeys((*range(32), 127), "_")


def _multipart(spans: list[Span], size: int, media_type: str, boundary: str) -> list[bytes | Span]:
    pieces: list[bytes | Span] = []
    line = ""
    for span in spans:
        pieces.append(
            (
                f"{line}--{boundary}\r\nContent-Type: {media_type}\r\n"
                f"Content-Range: {span.content_range(size)}\r\n\r\n"
            ).encode("latin-1", "replace")
        )
        pieces.append(span)
        line = "\r\n"
    return [*pieces, f"\r\n--{boundary}--\r\n".encode()]


async def _send_head(send: Send, status: int, headers: list[tuple[str, str]]) -> None:
    raw = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _send_body(send: Send, descriptor: int, pieces: list[bytes | Span]) -> None:
    async for chunk in _chunks(descriptor, pieces):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _chunks(descriptor: int, pieces: list[bytes | Span]) -> AsyncIterator[bytes]:
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        position = piece.start
        while position < piece.stop:
            wanted = min(CHUNK, piece.stop - position)
            chunk = await _in_thread(partial(os.pread, descriptor, wanted, position))
            if not chunk:
                # The file became shorter: cut the answer, so that nobody takes it for whole.
                raise OSError("the file became shorter while it was sent")
            position += len(chunk)
            yield chunk


async def _while_listening(receive: Receive, work: Callable[[], Awaitable[None]]) -> None:
    """Do ``work`` until it is done or the client has gone away."""
    async with anyio.create_task_group() as group:

        async def listen() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()

        group.start_soon(listen)
        await work()
        group.cancel_scope.cancel()


async def _in_thread(work: Callable[[], R]) -> R:
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(READERS)
        _limiter.set(limiter)
    return await anyio.to_thread.run_sync(work, limiter=limiter)
