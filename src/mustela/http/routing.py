"""The routes of the API, found by a look-up instead of one after the other.

FastAPI tries every included router and each of its routes in turn, which costs more than a
handler. Here all are laid out flat, and of them only those are tried that share the first part
of the path.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from fastapi import APIRouter
from fastapi.routing import APIRoute, APIWebSocketRoute, RouteContext, iter_route_contexts
from starlette.datastructures import URLPath
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Receive, Scope, Send

from mustela.http.needs import request_name, resolved
from mustela.http.parameters import check_known, query_names

_ALLOWED: Final = "mustela.allowed_methods"
#: Where a declared route keeps what it was laid out as, by path.
_LAID_OUT: Final = "_mustela_laid_out"
#: What a route keeps when it is laid out flat.
_KEPT = (
    "response_model",
    "status_code",
    "tags",
    "dependencies",
    "summary",
    "description",
    "response_description",
    "responses",
    "deprecated",
    "name",
    "methods",
    "operation_id",
    "include_in_schema",
    "response_class",
    "openapi_extra",
)


class Mounted(NamedTuple):
    """A router and the prefix of its paths."""

    prefix: str
    router: APIRouter


class _FlatRoute(APIRoute):
    """A route as it is laid out; ``query_names`` are None where any name will do."""

    query_names: frozenset[str] | None


class Api(BaseRoute):
    """Every route below a prefix: ``app.router.routes.append(Api("/api/v1", router))``.

    Routers that are given as ``Mounted`` need not be included in another one, which would have the
    framework look at each of their functions once more.

    Also refuses query parameters that a route does not have, and names in ``Allow`` what is
    possible instead of a method that is not.
    """

    def __init__(self, prefix: str, *routers: APIRouter | Mounted) -> None:
        self.prefix = prefix + "/"
        self.routes: Sequence[APIRoute | APIWebSocketRoute] = [
            route
            for one in routers
            for route in _flat(prefix, one if isinstance(one, Mounted) else Mounted("", one))
        ]
        self._by_part: dict[str, list[APIRoute | APIWebSocketRoute]] = {}
        for route in self.routes:
            part = self._part(route.path)
            if "{" in part:
                raise ValueError(f"the first part of {route.path} must be a word")
            self._by_part.setdefault(part, []).append(route)

    def _part(self, path: str) -> str:
        return path[len(self.prefix) :].partition("/")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        whole = _with_encoded_slashes(scope)
        if whole is None:
            return self._found(scope)
        match, child = self._found({**scope, "path": whole})
        return match, {**child, "path": whole}

    def _found(self, scope: Scope) -> tuple[Match, Scope]:
        root: str = scope.get("root_path", "")
        path: str = scope.get("path", "")
        if root and path.startswith(root):
            path = path[len(root) :]
        if scope["type"] not in ("http", "websocket") or not path.startswith(self.prefix):
            return Match.NONE, {}
        allowed: set[str] = set()
        for route in self._by_part.get(self._part(path), ()):
            match, child = route.matches(scope)
            if match == Match.FULL:
                return match, child
            if match == Match.PARTIAL and isinstance(route, APIRoute):
                allowed |= route.methods or set()
        # Everything below the prefix is answered here, so that the page behind it never is.
        return Match.FULL, {_ALLOWED: allowed}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = scope.get(_ALLOWED)
        if allowed is not None:
            if not allowed or scope["type"] != "http":
                raise HTTPException(404)
            possible = sorted(allowed | ({"HEAD"} if "GET" in allowed else set()))
            raise HTTPException(405, headers={"Allow": ", ".join(possible)})
        route = scope["route"]
        if (
            scope["query_string"]
            and isinstance(route, _FlatRoute)
            and route.query_names is not None
        ):
            check_known(route.query_names, scope["query_string"])
        await route.handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        for route in self.routes:
            try:
                return route.url_path_for(name, **path_params)
            except NoMatchFound:
                continue
        raise NoMatchFound(name, path_params)


def _with_encoded_slashes(scope: Scope) -> str | None:
    """The path, if a part of it holds an encoded slash; such a part stands as it was sent.

    Decoded as a whole, a catalogued path in the place of an id would fall into many parts.
    """
    raw: bytes = scope.get("raw_path") or b""
    if b"%2F" not in raw and b"%2f" not in raw:
        return None
    parts = raw.partition(b"?")[0].decode("latin-1").split("/")
    return "/".join(part if "%2f" in part.lower() else unquote(part) for part in parts)


def _flat(prefix: str, mounted: Mounted) -> Iterator[APIRoute | APIWebSocketRoute]:
    for declared in mounted.router.routes:
        for context in iter_route_contexts([declared]):
            path = f"{prefix}{mounted.prefix}{context.path}"
            if isinstance(declared, APIRoute):
                yield _kept_route(path, declared, context)
            elif isinstance(context.original_route, APIRoute):  # of an included router
                yield _route(path, context)
            elif isinstance(context.original_route, APIWebSocketRoute):
                yield APIWebSocketRoute(path, _endpoint(context), name=context.name)
            else:
                raise TypeError(f"{context.path}: only routes of the API can be laid out flat")


def _kept_route(path: str, declared: APIRoute, context: RouteContext) -> APIRoute:
    """Laid out once for all applications of a process: a route knows nothing of them."""
    kept: dict[str, APIRoute] = declared.__dict__.setdefault(_LAID_OUT, {})
    if path not in kept:
        kept[path] = _route(path, context)
    return kept[path]


def _route(path: str, context: RouteContext) -> APIRoute:
    endpoint, parameters = resolved(_endpoint(context))
    options: dict[str, Any] = {name: getattr(context, name) for name in _KEPT}
    if parameters:
        extra = dict(options["openapi_extra"] or {})
        extra["parameters"] = [*extra.get("parameters", ()), *parameters]
        options["openapi_extra"] = extra
    route = _FlatRoute(path, endpoint, **options)
    route.query_names = query_names(route)
    name = request_name(endpoint)
    if name is not None and not options["dependencies"]:
        route.app = _direct(endpoint, name)
    return route


def _direct(endpoint: Callable[..., Awaitable[Response]], name: str) -> ASGIApp:
    """A route that needs nothing but its request, without the machinery that would look for more.

    That costs as much as reading a record. What is raised goes to the application's handlers.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(**{name: Request(scope, receive, send)})
        await response(scope, receive, send)

    return app


def _endpoint(context: RouteContext) -> Any:
    return context.endpoint
