"""Answers that are made of a product's file: labelled by its content and by what was asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

import mustela
from mustela.http.conditional import encode_json, matches
from mustela.http.encoding import JSON
from mustela.http.file_answer import FileAnswer
from mustela.radio.product_files import digest

_REVALIDATE = "private, no-cache"


def etag_of(request: Request, label: str) -> str:
    """A validator: of the content's label, the URL and the version of the program."""
    query = request.scope["query_string"].decode("latin-1")
    return f'"{digest(label, request.scope["path"], query, mustela.__version__)}"'


def unchanged(request: Request, etag: str) -> Response | None:
    """304 where the client has it: then nothing is made, and no file looked at."""
    asked = request.headers.get("if-none-match")
    if asked is None or asked.strip() == "*" or not matches(asked, etag):
        return None
    return Response(status_code=304, headers={"ETag": etag, "Cache-Control": _REVALIDATE})


def made_file(path: Path, media_type: str, etag: str, filename: str | None = None) -> Response:
    """The file that was made, whole or in parts."""
    return FileAnswer(
        opening(path), media_type, etag=etag, cache_control=_REVALIDATE, filename=filename
    )


def labelled_json(value: object, etag: str) -> Response:
    """JSON with its label."""
    headers = {"ETag": etag, "Cache-Control": _REVALIDATE}
    return Response(encode_json(value), 200, headers, JSON)


def labelled_picture(data: bytes, media_type: str, etag: str) -> Response:
    """A picture that is in memory, with its label."""
    return Response(data, 200, {"ETag": etag, "Cache-Control": _REVALIDATE}, media_type)


def opening(path: Path) -> Callable[[], tuple[int, os.stat_result]]:
    """What :class:`FileAnswer` calls, of a file of our own."""

    def opened() -> tuple[int, os.stat_result]:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        return descriptor, os.fstat(descriptor)

    return opened
