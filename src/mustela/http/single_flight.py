"""Work that several ask for at the same time is done once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, Generic, TypeVar, cast

T = TypeVar("T")

_FAILED: Final = object()
_LEFT: Final = object()


class Flights(Generic[T]):
    """Who asks first does the work; who asks for the same meanwhile waits for the result. For one
    event loop.

    Equal names must mean work whose result all who ask may have. An error belongs to the one who
    met it: the others then work by themselves, side by side. Where the first is cancelled, the
    next takes over; one who only waits may go at any time.
    """

    def __init__(self) -> None:
        self._flying: dict[Hashable, asyncio.Future[Any]] = {}

    async def run(self, name: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The result of ``work``, or of another's of the same name that is under way."""
        while (landing := self._flying.get(name)) is not None:
            # A future that is awaited is cancelled with the one who waits; this one is shared.
            found = await asyncio.shield(landing)
            if found is _FAILED:
                return await work()
            if found is not _LEFT:
                return cast(T, found)
        return await self._first(name, work)

    async def _first(self, name: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        landing = self._flying[name] = asyncio.get_running_loop().create_future()
        outcome: object = _FAILED
        try:
            found = await work()
            outcome = found
        except asyncio.CancelledError:
            outcome = _LEFT
            raise
        finally:
            del self._flying[name]
            landing.set_result(outcome)
        return found
