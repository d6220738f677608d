"""What a unit may know besides the database: who calls, when, and fresh ids.

Captured when the call is made, so that a unit that runs again sees the same values.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from mustela.store.errors import InvalidValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_actor: ContextVar[str] = ContextVar("mustela_actor", default="program")
_request_id: ContextVar[str | None] = ContextVar("mustela_request_id", default=None)


@contextmanager
def acting_as(actor: str, request_id: str | None = None) -> Iterator[None]:
    """Every call made inside is recorded in the audit under this actor and request id."""
    actor_token = _actor.set(actor)
    request_token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(request_token)
        _actor.reset(actor_token)


def acting() -> tuple[str, str | None]:
    """The actor and request id that a call made here is recorded under."""
    return _actor.get(), _request_id.get()


def from_microseconds(value: int) -> datetime:
    """The aware UTC time of integer microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


def to_microseconds(value: datetime) -> int:
    """Integer microseconds since 1970 (UTC) of an aware time; ``InvalidValue`` for a naive one."""
    if value.tzinfo is None:
        raise InvalidValue("a time needs a time zone: pass an aware datetime")
    return (value - EPOCH) // timedelta(microseconds=1)


def _uuid7_base(now: int) -> int:
    """128 bits laid out as UUID version 7 (RFC 9562, section 5.7).

    The 12 bits of ``rand_a`` hold the fraction of the millisecond (method 3 of section 6.2); of
    the low 62 bits 46 are random, and 16 are left for a counter.
    """
    milliseconds, micros = divmod(now, 1000)
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | (micros * 4096 // 1000)
    return high << 64 | 0x8000_0000_0000_0000 | int.from_bytes(os.urandom(6), "big") >> 2 << 16


def _uuid_text(value: int) -> str:
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Context:
    """Time, actor, request id, and a sequence of new ids, fixed for one call."""

    __slots__ = ("_base", "_change_id", "_count", "actor", "now", "request_id")

    def __init__(self) -> None:
        self.now = time.time_ns() // 1000  #: microseconds since 1970, UTC
        self.actor = _actor.get()
        self.request_id = _request_id.get()
        self._base = 0
        self._change_id = ""
        self._count = 0

    @property
    def change_id(self) -> str:
        """The id shared by all audit rows and events of this unit or transaction."""
        if not self._change_id:
            if not self._base:
                self._base = _uuid7_base(self.now)
            self._change_id = _uuid_text(self._base)
        return self._change_id

    def new_id(self) -> str:
        """A new UUIDv7 as text; ids of one unit ascend in the order they are asked for."""
        if not self._base:
            self._base = _uuid7_base(self.now)
        self._count += 1
        return _uuid_text(self._base + self._count)

    def rewind(self) -> None:
        """Before another attempt: the same ids come again."""
        self._count = 0


class SharedContext(Context):
    """The context of all the units of one ``transaction()``, which is never run again."""

    __slots__ = ()

    def rewind(self) -> None:
        """Units follow each other; their ids go on."""


def new_id() -> str:
    """A new UUIDv7 as text, for code outside of a unit."""
    return Context().new_id()
