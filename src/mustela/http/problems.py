"""Every error as a problem document (RFC 9457), with a stable ``code`` and no stack trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from mustela.errors import MustelaError, said_of
from mustela.store.errors import FieldConflict, RevertConflict

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "mustela.request_id"

log = logging.getLogger("mustela.http")

#: Error code → status. A subclass without a line has the status of the nearest parent with one;
#: an error that also is a ``ValueError`` is bad input (422), any other is the server's fault (500).
STATUS: dict[str, int] = {
    "bad_request": 400,
    "invalid_request": 422,
    "bad_cursor": 400,
    "usage_fault": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "foreign_origin": 403,
    "outside_roots": 403,
    "not_found": 404,
    "no_such_socket": 404,
    "file_missing": 404,
    "no_picture": 404,
    "pictures_unreachable": 503,
    "product_unreadable": 404,
    "product_changed": 409,
    "already_exists": 409,
    "conflict": 409,
    "not_revertible": 409,
    "job_unfinished": 409,
    "run_lost": 409,
    "association_busy": 409,
    "data_directory_locked": 409,
    "body_too_large": 413,
    "query_too_long": 414,
    "range_not_satisfiable": 416,
    "wrong_host": 421,
    "constraint_violated": 422,
    "bulk_too_large": 422,
    "store_error": 500,
    "extra_missing": 501,
    "interrupted": 503,
    "statement_timeout": 503,
    "store_busy": 503,
    "store_unavailable": 503,
    "store_closed": 503,
    "transaction_expired": 503,
    "too_many_requests": 503,
    "not_ready": 503,
    "children_closed": 503,
    "child_unusable": 503,
    "disk_fault": 503,
    "disk_full": 507,
    "read_only": 507,
}

#: What the framework itself raises.
_FRAMEWORK_CODES = {404: "no_such_route", 405: "method_not_allowed", 413: "body_too_large"}

#: Seconds after which a 503 may be tried again.
RETRY_AFTER = 1


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one part of a request."""

    location: list[str | int]
    message: str
    code: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem document. ``errors`` for bad input, ``conflicts`` for an undo in conflict."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str | None = None
    request_id: str | None = None
    errors: list[FieldError] = []
    conflicts: list[FieldConflict] = []


class RequestError(MustelaError):
    """The request cannot be answered."""

    code = "bad_request"

    def __init__(
        self, message: str | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.headers = headers or {}


class InvalidRequest(RequestError, ValueError):
    """A part of the request has a value that is not allowed; ``errors`` says which."""

    code = "invalid_request"

    def __init__(self, message: str | None = None, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.errors = errors


def status_of(kind: type[MustelaError]) -> int:
    """The HTTP status of an error, from the table above."""
    bad_input = issubclass(kind, ValueError)
    for one in kind.__mro__:
        status = STATUS.get(vars(one).get("code", ""))
        if status is not None and not (bad_input and status == 500):
            return status
    return 422 if bad_input else 500


def problem_of(error: MustelaError, scope: Scope) -> Problem:
    """The document of an error. The detail of what is no fault of the client stays in the log."""
    status = status_of(type(error))
    ours = status >= 500 and status != 501 and not isinstance(error, RequestError)
    return Problem(
        type=f"urn:mustela:problem:{error.code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=error.code,
        detail=said_of(type(error)) if ours else error.message,
        instance=scope.get("path"),
        request_id=scope.get(REQUEST_ID),
        errors=list(getattr(error, "errors", ())),
        conflicts=list(error.conflicts) if isinstance(error, RevertConflict) else [],
    )


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that carries a problem document."""
    more = {"Retry-After": str(RETRY_AFTER)} if problem.status == 503 else {}
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **more, **(headers or {})},
    )


def answer_to(error: MustelaError, scope: Scope) -> Response:
    """The answer to an error that has a name."""
    problem = problem_of(error, scope)
    method, path = scope.get("method"), scope.get("path")
    if problem.status == 500:
        log.error("%s %s: %s", method, path, error.message, exc_info=error)
    elif problem.detail != error.message:
        log.warning("%s %s: %s", method, path, error.message)
    return respond(problem, getattr(error, "headers", None))


def answer_to_unexpected(error: BaseException, scope: Scope) -> Response:
    """The answer to an error that has none: the client gets the request id, the log the rest."""
    request_id = scope.get(REQUEST_ID)
    log.error(
        "request %s: %s %s failed",
        request_id,
        scope.get("method"),
        scope.get("path"),
        exc_info=error,
    )
    return respond(
        Problem(
            type="urn:mustela:problem:internal_error",
            title="Internal Server Error",
            status=500,
            code="internal_error",
            detail="Something went wrong in the server; its log says more under this request id.",
            instance=scope.get("path"),
            request_id=request_id,
        )
    )


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, MustelaError)
    return answer_to(error, request.scope)


async def _unexpected(request: Request, error: Exception) -> Response:
    return answer_to_unexpected(error, request.scope)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldError(list(found["loc"]), found["msg"], found["type"]) for found in error.errors()
    ]
    first = errors[0]
    where = " → ".join(str(part) for part in first.location)
    invalid = InvalidRequest(f"{where}: {first.message}", errors)
    return answer_to(invalid, request.scope)


async def _http(request: Request, error: Exception) -> Response:
    """What the framework raises itself: no such route, no such method, a body that is no JSON."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = _FRAMEWORK_CODES.get(status, status.name.lower())
    detail = {
        404: f"There is nothing at {request.url.path}.",
        405: f"{request.method} is not possible on {request.url.path}.",
    }.get(status, str(error.detail))
    return respond(
        Problem(
            type=f"urn:mustela:problem:{code}",
            title=status.phrase,
            status=status,
            code=code,
            detail=detail,
            instance=request.url.path,
            request_id=request.scope.get(REQUEST_ID),
        ),
        error.headers,
    )


#: For ``FastAPI(exception_handlers=...)``.
HANDLERS: dict[Any, Any] = {
    MustelaError: _known,
    RequestValidationError: _invalid,
    HTTPException: _http,
    Exception: _unexpected,
}
