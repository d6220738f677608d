"""How many requests there were, and how long they took: counted for each route, read at leisure.

What is counted here is counted for every request, a kept answer too, so it is a look-up in a
dictionary and two additions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from starlette.types import Scope

#: In a request's scope, where a kept answer was given: the route that had made it.
KEPT_ROUTE: Final = "mustela.kept_route"
#: Upper bounds of the classes of duration, in seconds.
BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: A client chooses its method freely, and must not make series with it.
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
#: Requests that were answered before a route was found, or for which there is none.
NO_ROUTE: Final = "none"


class Series(NamedTuple):
    """Requests of one method, route and status (0: the client went away without an answer).

    ``counts`` has the number in each class of duration, the last for what is longer than all
    ``BOUNDS``.
    """

    method: str
    route: str
    status: int
    counts: list[int]
    seconds: float


class RequestFigures:
    """The figures of one server process, since it began."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], list[int]] = {}
        self._seconds: dict[tuple[str, str, int], float] = {}
        #: How many requests are being answered.
        self.active: Callable[[], int] = lambda: 0
        #: How many streams of events are open.
        self.streaming: Callable[[], int] = lambda: 0

    def add(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        """A request has ended."""
        key = (method if method in _METHODS else "other", route_of(scope), status)
        counts = self._counts.get(key)
        if counts is None:
            counts = self._counts[key] = [0] * (len(BOUNDS) + 1)
            self._seconds[key] = 0.0
        counts[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[key] += seconds

    def series(self) -> list[Series]:
        """All that was counted."""
        return [
            Series(*key, list(counts), self._seconds[key]) for key, counts in self._counts.items()
        ]


def route_of(scope: Scope) -> str:
    """The template of the route that answered, as in ``/api/v1/videos/{id}``."""
    kept = scope.get(KEPT_ROUTE)
    if kept is not None:
        return str(kept)
    route: Any = scope.get("route")
    found = getattr(route, "path_format", None)
    return NO_ROUTE if found is None else str(found)
