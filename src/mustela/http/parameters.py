"""Parameters that routes share, and the refusal of those that a route does not have."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import Depends, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BeforeValidator, Field

from mustela.http.needs import from_path
from mustela.http.problems import FieldError, InvalidRequest
from mustela.http.query import parsed

#: What ids look like; they are never a pattern and never opened as a path.
ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$"
_ID: Final = re.compile(ID_PATTERN.rstrip("$"))

_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]", re.ASCII)


def _written_out(value: object) -> object:
    """Without this a number would be taken for seconds since 1970."""
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError("a time is written as in 2026-01-31T12:00:00Z")
    return value


#: A time with its zone, in RFC 3339.
Time = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_out)]


def _record_id(name: str, text: str) -> str:
    if not _ID.fullmatch(text):
        message = f"{text!r} is no id"
        raise InvalidRequest(message, [FieldError(["path", name], message, "pattern_mismatch")])
    return text


_DESCRIBED: Final = {
    "description": "The id of the record.",
    "schema": {"type": "string", "pattern": ID_PATTERN},
}
#: ``async def route(id: RecordId)``. Read by hand: the framework takes twenty times as long.
RecordId = Annotated[str, Depends(from_path(_record_id, _DESCRIBED))]


def _record_key(name: str, text: str) -> str:
    if "%" in text:  # a part of the path that holds an encoded slash: see ``Api``
        path = unquote(text)
        if path.startswith("/") and "\0" not in path:
            return path
    return _record_id(name, text)


_DESCRIBED_KEY: Final = {
    "description": "The id of the record, or its catalogued path, URL-encoded.",
    "schema": {"type": "string", "pattern": f"{ID_PATTERN}|^/"},
}
#: The same for records that are also found by their absolute paths; these begin with a slash.
RecordKey = Annotated[str, Depends(from_path(_record_key, _DESCRIBED_KEY))]


def check_known(names: frozenset[str], query_string: bytes) -> None:
    """Refuse query parameters that are not among those of the route.

    A mistyped filter would otherwise select everything. Raises :class:`InvalidRequest`.
    """
    errors = [_unknown(name, names) for name in parsed(query_string) if name not in names]
    if errors:
        raise InvalidRequest(errors[0].message, errors)


#: For ``openapi_extra`` of a route that takes parameters it does not know, and reads the names
#: itself: protocols of others ask for that.
LENIENT: Final = {"x-unknown-parameters": "ignored"}


def query_names(route: APIRoute) -> frozenset[str] | None:
    """The query parameters of a route, those too that it declares beside its function's.

    ``None`` for one that is lenient.
    """
    if LENIENT.keys() <= (route.openapi_extra or {}).keys():
        return None
    infos = [(field.alias, field.field_info) for field in get_flat_params(route.dependant)]
    declared = (route.openapi_extra or {}).get("parameters", ())
    return frozenset(
        (
            *(alias for alias, info in infos if isinstance(info, params.Query)),
            *(one["name"] for one in declared if one.get("in") == "query"),
        )
    )


def _unknown(name: str, names: frozenset[str]) -> FieldError:
    near = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return FieldError(
        ["query", name], f"there is no parameter {name!r} here{hint}", "unknown_parameter"
    )
