"""How often a unit is run again, and after which pause."""

from __future__ import annotations

import random

from mustela.store.errors import Conflict
from mustela.store.postgres.errors import Lost, Retry

#: How often a unit is run before a conflict reaches the caller.
ATTEMPTS = 12
#: How often it is begun again because its connection was lost. The first loss makes the pool look
#: at all the others, so that a second one is another accident.
LOSSES = 3


class Attempts:
    """The attempts at one unit."""

    def __init__(self) -> None:
        self._conflicts = 0
        self._losses = 0

    def failed(self, reason: Retry) -> float:
        """Seconds until the next attempt; raises where there have been enough.

        A lost connection is replaced at once. Where the server is away, that says so.
        """
        if isinstance(reason, Lost):
            self._losses += 1
            if self._losses >= LOSSES:
                raise reason.error from reason
            return 0.0
        self._conflicts += 1
        if self._conflicts >= ATTEMPTS:
            raise Conflict(
                f"gave up after {ATTEMPTS} attempts: others keep changing the same records"
            ) from reason
        return _pause(self._conflicts)


def _pause(attempt: int) -> float:
    """Grows, with jitter."""
    return random.uniform(0.0005, 0.001 * 2 ** min(attempt, 7))
