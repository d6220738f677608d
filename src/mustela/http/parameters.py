"""Parameters that routes share, and the refusal of those that a route does not have."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Final

from fastapi import Path, Request, params
from fastapi.dependencies.utils import get_flat_params
from starlette.datastructures import QueryParams

from mustela.http.problems import FieldError, InvalidRequest

#: What ids look like; they are never a pattern and never opened as a path.
ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$"

#: ``async def route(id: RecordId)``.
RecordId = Annotated[str, Path(pattern=ID_PATTERN, description="The id of the record.")]

_names_of: dict[Any, frozenset[str]] = {}


async def known_parameters(request: Request) -> None:
    """A dependency of every route: a query parameter that is not the route's is an error.

    A mistyped filter would otherwise select everything.
    """
    if not request.scope["query_string"]:
        return
    given = QueryParams(request.scope["query_string"])
    endpoint = request.scope["endpoint"]
    names = _names_of.get(endpoint)
    if names is None:
        names = _names_of[endpoint] = _query_names(request.scope["route"])
    errors = [_unknown(name, names) for name in given if name not in names]
    if errors:
        raise InvalidRequest(errors[0].message, errors)


def _query_names(route: Any) -> frozenset[str]:
    infos = [(field.alias, field.field_info) for field in get_flat_params(route.dependant)]
    more = (route.openapi_extra or {}).get("parameters", [])  # see mustela.http.query
    return frozenset(
        [alias for alias, info in infos if isinstance(info, params.Query)]
        + [parameter["name"] for parameter in more if parameter["in"] == "query"]
    )


def _unknown(name: str, names: frozenset[str]) -> FieldError:
    near = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return FieldError(
        ["query", name], f"there is no parameter {name!r} here{hint}", "unknown_parameter"
    )
