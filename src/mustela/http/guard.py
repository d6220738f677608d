"""The one middleware: everything that holds for every request, in one pass over its headers.

Pure ASGI. In this order: request id, number of requests, host, origin, query and body limits,
token and role, kept answers, then the application.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from itertools import count
from secrets import token_hex
from typing import Any, Final

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from mustela.errors import MustelaError
from mustela.http.access import (
    ANONYMOUS,
    IDENTITY,
    LOCAL,
    Access,
    Identity,
    Unauthorized,
    check_role,
)
from mustela.http.conditional import Answers, key_of
from mustela.http.guarded_messages import BodyTooLarge, LimitedBody, Reply
from mustela.http.problems import REQUEST_ID, RequestError, answer_to, answer_to_unexpected
from mustela.http.request_figures import KEPT_ROUTE, RequestFigures
from mustela.store import acting_as

#: In the scope of a HEAD request, which the application answers like a GET.
HEAD: Final = "mustela.head"

_WANTED = frozenset(
    (
        b"host",
        b"origin",
        b"authorization",
        b"cookie",
        b"content-length",
        b"transfer-encoding",
        b"if-none-match",
        b"sec-fetch-site",
        b"sec-fetch-mode",
        b"x-request-id",
        b"access-control-request-method",
        b"access-control-request-headers",
    )
)
_SANE_ID = re.compile(rb"[A-Za-z0-9._:+/=-]{1,128}")
_READING = frozenset(("GET", "HEAD", "OPTIONS"))

#: Requests that only wait, for minutes: they may not take more than half of the places.
_WAITS = "/wait"
_FOLLOWS = b"follow="

#: Ids of this process. (Fresh random ones would cost a call of the operating system each.)
_process = token_hex(5)
_numbers = count(1)

_CUT_SHORT: Final = "%s %s: the answer was cut short"

access_log = logging.getLogger("mustela.access")
log = logging.getLogger("mustela.http")


class QueryTooLong(RequestError):
    """The query string is longer than the setting max_query_bytes allows."""

    code = "query_too_long"


class TooManyRequests(RequestError):
    """The server is answering as many requests as it may at once; try again in a moment."""

    code = "too_many_requests"


class NoSuchSocket(RequestError):
    """There is no WebSocket at this address."""

    code = "no_such_socket"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """See the settings of the same names."""

    max_body_bytes: int = 16 * 1024 * 1024
    max_query_bytes: int = 8192
    max_concurrent_requests: int = 512


class Guard:
    """``app.add_middleware(Guard, ...)``.

    ``api`` is the path that tokens guard; below it those paths that start with one of ``open``
    need none. ``streams`` are the paths of answers without an end: they only wait, so they take no
    places from requests, and have as many of their own; a WebSocket is one of them. ``queries`` are
    the paths where a POST only asks, for which reading is enough. ``provided``
    goes into the scope of each request. ``figures`` count them.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        access: Access,
        limits: Limits | None = None,
        answers: Answers | None = None,
        api: str = "/api/",
        open: tuple[str, ...] = (),
        streams: frozenset[str] = frozenset(),
        queries: frozenset[str] = frozenset(),
        provided: Mapping[str, Any] | None = None,
        log_access: bool = False,
        figures: RequestFigures | None = None,
    ) -> None:
        self._app = app
        self._access = access
        self._limits = limits or Limits()
        self._answers = answers
        self._api = api
        self._open = open
        self._streams = streams
        self._queries = queries
        self._provided = dict(provided or {})
        self._log_access = log_access
        self._figures = figures or RequestFigures()
        self._figures.active = lambda: self.active
        self._figures.streaming = lambda: self.streaming
        self.active = 0
        self.streaming = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value for name, value in scope["headers"] if name in _WANTED}
        head = scope["method"] == "HEAD"
        scope = {**scope, **self._provided, REQUEST_ID: _request_id(headers)}
        if head:
            scope["method"] = "GET"
            scope[HEAD] = True
        reply = Reply(send, scope[REQUEST_ID], self._cors(headers), head=head)
        began = time.monotonic()
        path = _route_path(scope)
        free = not path.startswith(self._api) or path.startswith(self._open)
        # What needs no token takes no place from what does.
        counted = not free and path not in self._streams
        self.active += counted
        self.streaming += not free and not counted
        try:
            if counted:
                self._find_room(path, scope["query_string"])
            elif not free:
                self._find_stream()
            await self._answer(scope, receive, reply, headers, free=free)
        except MustelaError as error:
            with _for(scope):
                if reply.status:
                    log.error(_CUT_SHORT, scope["method"], scope["path"])
                    raise
                await answer_to(error, scope)(scope, receive, reply)
        except Exception as error:  # the edge: nobody else would answer the client
            with _for(scope):
                if reply.status:
                    log.error(_CUT_SHORT, scope["method"], scope["path"])
                    raise  # the connection is cut with it, and the server's own log says why
                await answer_to_unexpected(error, scope)(scope, receive, reply)
        finally:
            self.active -= counted
            self.streaming -= not free and not counted
            self._ended(scope, reply, time.monotonic() - began)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Reply,
        headers: dict[bytes, bytes],
        *,
        free: bool,
    ) -> None:
        method = scope["method"]
        access = self._access
        access.check_host(headers)
        access.check_origin(method, headers)
        if method == "OPTIONS" and send.cors and b"access-control-request-method" in headers:
            await _preflight(send, headers)
            return
        self._check_sizes(scope, headers)
        identity = self._identity(headers, free=free)
        if not free:
            asks = method in _READING or (method == "POST" and _route_path(scope) in self._queries)
            check_role(identity, "read" if asks else "write", headers)
        if method == "GET" and self._answers is not None:
            entry = await self._answers.kept(key_of(scope), identity.rank)
            if entry is not None:
                scope[KEPT_ROUTE] = entry.route
                asked = headers.get(b"if-none-match")
                await entry.send(send, None if asked is None else asked.decode("latin-1"))
                return
        scope[IDENTITY] = identity
        if b"transfer-encoding" in headers or (
            method not in _READING and b"content-length" not in headers
        ):
            receive = LimitedBody(receive, self._limits.max_body_bytes)
        with acting_as(identity.actor, scope[REQUEST_ID]):
            await self._app(scope, receive, send)

    def _find_room(self, path: str, query: bytes) -> None:
        most = self._limits.max_concurrent_requests
        if path.endswith(_WAITS) or _FOLLOWS in query:
            most = (most + 1) // 2
        if self.active > most:
            raise TooManyRequests

    def _find_stream(self) -> None:
        if self.streaming > self._limits.max_concurrent_requests:
            raise TooManyRequests

    def _identity(self, headers: dict[bytes, bytes], *, free: bool) -> Identity:
        try:
            return self._access.identify(headers)
        except Unauthorized:
            if free:  # an old cookie must not lock anybody out of the page
                return Identity("anonymous", None)
            raise

    def _check_sizes(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        if len(scope["query_string"]) > self._limits.max_query_bytes:
            raise QueryTooLong
        length = headers.get(b"content-length")
        if length is not None and length.isdigit() and int(length) > self._limits.max_body_bytes:
            raise BodyTooLarge

    def _cors(self, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        if not self._access.origins:
            return []
        found = [(b"vary", b"Origin")]
        if self._access.friendly(headers):
            found.append((b"access-control-allow-origin", headers[b"origin"]))
            found.append((b"access-control-expose-headers", b"ETag, Location, X-Request-Id"))
        return found

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value for name, value in scope["headers"] if name in _WANTED}
        scope = {**scope, **self._provided, REQUEST_ID: _request_id(headers)}
        access = self._access
        self.streaming += 1
        try:
            if _route_path(scope) not in self._streams:
                raise NoSuchSocket
            self._find_stream()
            access.check_host(headers)
            if b"origin" in headers:
                access.check_origin("POST", headers)
            identity = access.identify(headers)
            check_role(identity, "read", headers)
            scope[IDENTITY] = identity
            with acting_as(identity.actor, scope[REQUEST_ID]):
                await self._app(scope, receive, send)
        except RequestError as error:
            with _for(scope):
                log.info("refused a socket on %s: %s", scope["path"], error.message)
            if "websocket.http.response" in scope.get("extensions", {}):
                await answer_to(error, scope)(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008, "reason": error.code})
        finally:
            self.streaming -= 1
        # A refused connection is closed in the loop's next turn; before, uvicorn takes the answer
        # for none and complains.
        await asyncio.sleep(0)

    def _ended(self, scope: Scope, reply: Reply, seconds: float) -> None:
        method = "HEAD" if HEAD in scope else scope["method"]
        self._figures.add(scope, method, reply.status, seconds)
        if self._log_access:
            self._note(scope, reply, method, seconds)

    def _note(self, scope: Scope, reply: Reply, method: str, seconds: float) -> None:
        identity = scope.get(IDENTITY, LOCAL)
        access_log.info(
            "%s %s %s %.1f ms",
            method,
            scope["path"],
            reply.status or "gone",
            seconds * 1000,
            extra={
                "request_id": scope[REQUEST_ID],
                "actor": identity.actor,
                "method": method,
                "path": scope["path"],
                "status": reply.status,
                "milliseconds": round(seconds * 1000, 3),
            },
        )


def _for(scope: Scope) -> AbstractContextManager[None]:
    """What is logged inside is logged for this request."""
    return acting_as(scope.get(IDENTITY, ANONYMOUS).actor, scope[REQUEST_ID])


def _route_path(scope: Scope) -> str:
    """The path without the prefix that a proxy has put before it."""
    root: str = scope.get("root_path", "")
    path: str = scope["path"]
    return path[len(root) :] if root and path.startswith(root + "/") else path


async def _preflight(send: Reply, headers: dict[bytes, bytes]) -> None:
    asked = headers.get(b"access-control-request-headers", b"")
    allowed = [
        (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
        (b"access-control-allow-headers", asked or b"authorization, content-type"),
        (b"access-control-max-age", b"600"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": allowed})
    await send({"type": "http.response.body", "body": b""})


def _request_id(headers: dict[bytes, bytes]) -> str:
    """The caller's own where it is sane, so that its log and ours can be laid side by side."""
    given = headers.get(b"x-request-id")
    if given is not None and _SANE_ID.fullmatch(given):
        return given.decode()
    return f"{_process}{next(_numbers):06x}"
