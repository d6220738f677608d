"""The cache that servers share, as is seen of it. Nothing fails without it: it is never *down*."""

from __future__ import annotations

import msgspec

from mustela.collection import Check, Finding
from mustela.http.shared_answers import SharedAnswers


class SharedCacheState(msgspec.Struct, frozen=True):
    """What this process found in the shared cache. `errors` are misses for a reason (`problem`).

    `asked` is false for a while after failures. `stored` and `not_stored` count answers that were
    handed over, or were not: too large, too many at once, no cache.
    """

    asked: bool
    problem: str | None
    hits: int
    misses: int
    errors: int
    stored: int
    not_stored: int


def state_of(shared: SharedAnswers | None) -> SharedCacheState | None:
    """The state; None where there is no such cache."""
    if shared is None:
        return None
    figures = shared.figures
    return SharedCacheState(
        shared.asked,
        shared.problem,
        figures.hits,
        figures.misses,
        figures.errors,
        figures.stored,
        figures.not_stored,
    )


def shared_cache_check(shared: SharedAnswers) -> Check:
    """Whether the cache answers."""

    async def check() -> Finding:
        try:
            seconds = await shared.check()
        except OSError as error:
            return Finding("degraded", f"answers are made anew without it: {error}")
        return Finding("ok", f"answers within {max(1, round(seconds * 1000))} ms")

    return check
