"""Lists that belong to one record: light curves, measurements, images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from fastapi import Query
from starlette.requests import Request

T = TypeVar("T")

LARGEST: Final = 10_000

Limit = Annotated[int, Query(ge=1, le=LARGEST, description="Items at most.")]
Offset = Annotated[int, Query(ge=0, le=2**53, description="Items to leave out.")]


class Part(msgspec.Struct, Generic[T], frozen=True):
    """Some of the items, in their order. ``next`` is the URL of those that follow, relative to
    the server; null at the end."""

    items: list[T]
    limit: int
    offset: int
    next: str | None


def part_of(request: Request, found: Sequence[Any], limit: int, offset: int) -> Part[Any]:
    """The answer of records, of which one more than ``limit`` was asked for."""
    following = None
    if len(found) > limit:
        scope = request.scope
        said = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        pairs = [(name, value) for name, value in said if name != "offset"]
        following = f"{scope['path']}?{urlencode([*pairs, ('offset', offset + limit)])}"
    return Part([one.to_public() for one in found[:limit]], limit, offset, following)
