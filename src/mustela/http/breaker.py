"""A circuit breaker: who has failed several times in a row is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Failures in a row after which nobody asks any more.
FAILURES = 3
#: How long the first pause is, and the longest (seconds); each is twice the one before.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


class Breaker:
    """Ask ``allows()`` before each attempt, and say how it ended.

    After ``FAILURES`` in a row it allows nothing until a pause is over, and then one attempt a
    pause, until one succeeds. An attempt whose end is never told (its caller was cancelled) only
    costs that pause.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._until: float | None = None
        #: What went wrong last, while nothing has succeeded since.
        self.problem: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether attempts are held back."""
        return self._until is not None

    def allows(self) -> bool:
        """Whether an attempt may be made now."""
        if self._until is None:
            return True
        if self._now() < self._until:
            return False
        self._until = self._now() + self._pause  # the others wait for how this one ends
        return True

    def succeeded(self) -> None:
        """An attempt has ended well: all is as in the beginning."""
        self._failures, self._pause, self._until, self.problem = 0, FIRST_PAUSE, None, None

    def failed(self, problem: str) -> None:
        """An attempt has failed, and why."""
        self.problem = problem
        self._failures += 1
        if self._failures < FAILURES:
            return
        if self._until is not None:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self._until = self._now() + self._pause
