"""Lists: their shape, ``limit`` and ``offset``, and the opaque cursor in ``next``."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl, quote_plus, urlencode

import msgspec
from fastapi import Depends
from starlette.datastructures import QueryParams
from starlette.types import Scope

from mustela.http.needs import from_scope
from mustela.http.problems import FieldError, InvalidRequest, RequestError
from mustela.http.query import parsed
from mustela.store.listing import Cursor

T = TypeVar("T")

DEFAULT_LIMIT: Final = 100
LARGEST_LIMIT: Final = 1000
LARGEST_OFFSET: Final = 10_000

_PERSON = b"mustela-cursor"
_CHECK_BYTES = 6
_INT64 = range(-(2**63), 2**63)

_ITEMS: Final = b'{"items":['

_encode_json = msgspec.json.Encoder().encode
_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(tuple[str, str | int | float | None, str])


class BadCursor(RequestError):
    """The cursor is not one of this list; follow the next of a page, with the same sort."""

    code = "bad_cursor"


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list.

    ``total`` is exact unless ``total_is_exact`` is false: then there are at least so many.
    ``next`` is the URL of the following page, relative to the server; null at the end.
    """

    items: list[T]
    total: int
    total_is_exact: bool
    limit: int
    offset: int
    next: str | None


class Paging(msgspec.Struct, frozen=True):
    """Which part of a list was asked for."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    cursor: str | None = None

    def after(self, sort: str) -> Cursor | None:
        """Where to go on, for a list in this order; raises :class:`BadCursor`."""
        return None if self.cursor is None else read_cursor(self.cursor, sort)

    def listing(
        self,
        scope: Scope,
        items: Sequence[T],
        *,
        total: int,
        total_is_exact: bool = True,
        next: Cursor | None = None,
        sort: str = "",
    ) -> Listing[T]:
        """The answer. ``next`` says where this page ended, if there is more."""
        url = None if next is None else next_url(scope, write_cursor(next, sort))
        return Listing(list(items), total, total_is_exact, self.limit, self.offset, url)


def with_items(items: Sequence[bytes], listing: Listing[Any]) -> bytes:
    """A listing without items, encoded with items that are encoded already.

    By hand, and copied once: an encoder copies a long text several times while its buffer grows.
    """
    rest = _encode_json(listing)
    if not items:
        return rest
    parts = list(items)
    parts[0] = _ITEMS + parts[0]
    parts[-1] += rest.removeprefix(_ITEMS)
    return b",".join(parts)


def _asked(scope: Scope) -> Paging:
    """What the query string says. Read by hand: it costs a tenth of a framework's parameters."""
    query = scope["query_string"]
    if not query:
        return _FIRST
    given = parsed(query)
    limit = _number(given, "limit", DEFAULT_LIMIT, 1, LARGEST_LIMIT)
    offset = _number(given, "offset", 0, 0, LARGEST_OFFSET)
    cursor = given.get("cursor")
    if cursor is not None and offset:
        raise BadCursor("a cursor and an offset cannot be combined; leave one of them out")
    return Paging(limit, offset, cursor)


def _number(given: QueryParams, name: str, default: int, least: int, most: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not _DIGITS.fullmatch(text) or not least <= int(text) <= most:
        message = f"{name} must be a whole number from {least} to {most}"
        raise InvalidRequest(message, [FieldError(["query", name], message, "out_of_range")])
    return int(text)


_FIRST: Final = Paging()
_DIGITS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


def _described(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_PARAMETERS: Final = [
    _described(
        "limit",
        "Items on a page.",
        type="integer",
        minimum=1,
        maximum=LARGEST_LIMIT,
        default=DEFAULT_LIMIT,
    ),
    _described(
        "offset",
        "Items to leave out. Promises nothing while records change; `next` of a page does.",
        type="integer",
        minimum=0,
        maximum=LARGEST_OFFSET,
        default=0,
    ),
    _described("cursor", "Where to go on: see `next` of a page.", type="string"),
]

#: ``async def route(paging: Paged)``.
Paged = Annotated[Paging, Depends(from_scope(_asked, _PARAMETERS))]


def write_cursor(cursor: Cursor, sort: str) -> str:
    """A cursor of a list in this order, as text for a URL."""
    payload = _encode((sort, cursor.value, cursor.id))
    return base64.urlsafe_b64encode(_check(payload) + payload).decode().rstrip("=")


def read_cursor(text: str, sort: str) -> Cursor:
    """The cursor that :func:`write_cursor` wrote for the same order; else :class:`BadCursor`.

    The checksum finds a cursor that was cut or mistyped. It is no signature: what a cursor holds
    is a value to compare with, and no more dangerous than a filter.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        payload = raw[_CHECK_BYTES:]
        if _check(payload) != raw[:_CHECK_BYTES]:
            raise BadCursor
        found_sort, value, id_ = _decoder.decode(payload)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise BadCursor from error
    if found_sort != sort:
        raise BadCursor("the cursor belongs to a list in another order; start without it")
    if (isinstance(value, int) and value not in _INT64) or "\0" in f"{value}{id_}":
        raise BadCursor
    return Cursor(value, id_)


def _check(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=_CHECK_BYTES, person=_PERSON).digest()


def next_url(scope: Scope, cursor: str) -> str:
    """The URL of this list with its filters and another cursor, relative to the server."""
    return f"{scope['path']}?{_elsewhere(scope['query_string'])}cursor={quote_plus(cursor)}"


@lru_cache(maxsize=1024)
def _elsewhere(query_string: bytes) -> str:
    """A query without its place in the list, as the beginning of another one."""
    pairs = [
        (name, value)
        for name, value in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
        if name not in ("cursor", "offset")
    ]
    return f"{urlencode(pairs)}&" if pairs else ""
