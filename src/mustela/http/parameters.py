"""Parameters that routes share, and the refusal of those that a route does not have."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Final

from fastapi import Path, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BeforeValidator, Field
from starlette.datastructures import QueryParams

from mustela.http.problems import FieldError, InvalidRequest

#: What ids look like; they are never a pattern and never opened as a path.
ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$"

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", re.IGNORECASE)


def _written_out(value: object) -> object:
    if not isinstance(value, str) or _DATE.match(value) is None:
        raise ValueError("write the time out, with its zone: 2026-01-31T12:00:00Z")
    return value


#: A time as documents write it, in queries and bodies: no count of seconds.
Time = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_out)]
#: ``async def route(id: RecordId)``.
RecordId = Annotated[str, Path(pattern=ID_PATTERN, description="The id of the record.")]


def check_known(names: frozenset[str], query_string: bytes) -> None:
    """Refuse query parameters that are not among those of the route.

    A mistyped filter would otherwise select everything. Raises :class:`InvalidRequest`.
    """
    errors = [_unknown(name, names) for name in QueryParams(query_string) if name not in names]
    if errors:
        raise InvalidRequest(errors[0].message, errors)


def query_names(route: APIRoute) -> frozenset[str]:
    """The query parameters of a route, those too that it declares beside its function's."""
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
