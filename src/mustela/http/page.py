"""The page's files: read at start, told apart by what they hold, given only under their names."""

from __future__ import annotations

import hashlib
from mimetypes import guess_type
from pathlib import Path
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mustela.http.conditional import matches

#: Nothing is loaded from elsewhere, and no script but the page's own files runs.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
#: What the platform's table may not know, or gets wrong.
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".ico": "image/vnd.microsoft.icon",
}
_PICTURES = frozenset((".png", ".jpg", ".webp", ".gif", ".avif"))
_TEXT = ("text/", "application/json", "image/svg+xml", "application/manifest+json")
_SERVED = _PICTURES | _TYPES.keys()


class Asset(NamedTuple):
    """A file of the page."""

    body: bytes
    media_type: str
    etag: str


class Page:
    """An ASGI application that gives the files below a directory; ``index.html`` for ``/``."""

    def __init__(self, directory: Path) -> None:
        self._assets = {
            path.relative_to(directory).as_posix(): _asset(path)
            for path in sorted(directory.rglob("*"))
            if path.is_file() and path.suffix in _SERVED
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        root: str = scope.get("root_path", "")
        name = scope["path"].removeprefix(root).lstrip("/") or "index.html"
        asset = self._assets.get(name)
        if asset is None:
            raise HTTPException(404)
        headers = {
            "ETag": asset.etag,
            "Cache-Control": "no-cache",  # ask each time: a 304 costs little, an old page much
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        }
        asked = request.headers.get("if-none-match")
        if asked is not None and matches(asked, asset.etag):
            await Response(status_code=304, headers=headers)(scope, receive, send)
        else:
            await Response(asset.body, 200, headers, asset.media_type)(scope, receive, send)


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
    if media_type.startswith(_TEXT):
        media_type += "; charset=utf-8"
    return Asset(body, media_type, f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"')
