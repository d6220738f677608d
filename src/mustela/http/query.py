"""Many optional query parameters, read only where they are given.

A list has dozens of filters and a request names one or two: what the framework would do for each
that is absent costs more than the list itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, get_args, get_origin

import msgspec
from fastapi import Depends, Request
from starlette.datastructures import QueryParams
from starlette.types import Scope

from mustela.http.needs import from_scope
from mustela.http.problems import FieldError, InvalidRequest


@lru_cache(maxsize=1024)
def parsed(query_string: bytes) -> QueryParams:
    """What a query string says. A request asks several times, and clients ask the same again."""
    return QueryParams(query_string)


def query_text(
    name: str, default: str, *, description: str, pattern: str = "", max_length: int = 0
) -> Any:
    """``Depends`` on one parameter of text, in a microsecond: the framework's own takes thirty.

    Raises :class:`InvalidRequest` where it does not match the pattern or is longer than allowed.
    """
    schema: dict[str, Any] = {"type": "string", "default": default}
    if pattern:
        schema["pattern"] = pattern
    if max_length:
        schema["maxLength"] = max_length
    sane = re.compile(pattern)

    def given(scope: Scope) -> str:
        query = scope["query_string"]
        text = parsed(query).get(name) if query else None
        if text is None:
            return default
        if not sane.search(text):
            raise _refusal(name, f"it must match {pattern}", "pattern_mismatch")
        if max_length and len(text) > max_length:
            raise _refusal(name, f"it has more than {max_length} characters", "too_long")
        return text

    described = {"name": name, "in": "query", "description": description, "schema": schema}
    return Depends(from_scope(given, [described]))


class QueryFields:
    """Parameters by name, with their Python types and what they mean.

    A ``Sequence[str]`` may be given several times; everything else once. Of a tuple such as
    ``tuple[float, float]`` the parts stand in one value, with commas between.
    """

    def __init__(self, types: Mapping[str, Any], meanings: Mapping[str, str]) -> None:
        self._types = dict(types)
        self._meanings = meanings

    def without(self, *names: str) -> QueryFields:
        """The same without these: what only programs can give."""
        kept = {name: kind for name, kind in self._types.items() if name not in names}
        return QueryFields(kept, self._meanings)

    def names(self) -> frozenset[str]:
        return frozenset(self._types)

    def openapi(self) -> list[dict[str, Any]]:
        """The parameters as an OpenAPI document lists them."""
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": self._meanings.get(name, ""),
                "schema": _schema(kind),
            }
            for name, kind in self._types.items()
        ]

    def parse(self, request: Request) -> dict[str, Any]:
        """The values that the request gives; ``InvalidRequest`` names what is wrong with one."""
        if not request.scope["query_string"]:
            return {}
        query = parsed(request.scope["query_string"])
        return {
            name: _convert(name, kind, query.getlist(name))
            for name in query
            if (kind := self._types.get(name)) is not None
        }


def _is_list(kind: Any) -> bool:
    return get_origin(kind) in (Sequence, list, tuple) and not _is_row(kind)


def _is_row(kind: Any) -> bool:
    return get_origin(kind) is tuple and Ellipsis not in get_args(kind)


def _schema(kind: Any) -> dict[str, Any]:
    if _is_row(kind):
        number = r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?"
        return {"type": "string", "pattern": f"^{','.join([number] * len(get_args(kind)))}$"}
    if _is_list(kind):
        return {"type": "array", "items": _schema(get_args(kind)[0])}
    schema: dict[str, Any] = msgspec.json.schema(kind)
    if kind is int:
        schema |= {"minimum": -(2**63), "maximum": 2**63 - 1}
    return schema


def _convert(name: str, kind: Any, given: Sequence[str]) -> Any:
    if _is_list(kind):
        return tuple(given)
    if len(given) > 1:
        raise _refusal(name, "it is given more than once", "repeated_parameter")
    (text,) = given
    try:
        value = msgspec.convert(text.split(",") if _is_row(kind) else text, kind, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise _refusal(name, str(error), "invalid_parameter") from error
    numbers = value if isinstance(value, tuple) else (value,)
    if any(isinstance(number, float) and not isfinite(number) for number in numbers):
        raise _refusal(name, "it must be a finite number", "invalid_parameter")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise _refusal(name, "it must fit in 64 bits", "invalid_parameter")
    if getattr(value, "tzinfo", value) is None:
        raise _refusal(name, "the time needs its zone, as in 2026-01-31T12:00:00Z", "naive_time")
    if isinstance(value, str) and "\0" in value:
        raise _refusal(name, "it cannot hold a NUL character", "invalid_parameter")
    return value


def _refusal(name: str, why: str, code: str) -> InvalidRequest:
    return InvalidRequest(f"{name}: {why}", [FieldError(["query", name], why, code)])
