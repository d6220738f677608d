"""Which types of jobs there are, and what each is allowed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from mustela.jobs.context import JobContext
from mustela.jobs.errors import ExecutedElsewhere, InvalidJob, JobTypeTaken, UnknownJobType
from mustela.jobs.record import TIME_LIMIT, NewJob
from mustela.jobs.statements import EVERY_TYPE

#: A coroutine function, one that runs in a thread, or an ``InChildProcess``.
Handler: TypeAlias = Callable[[JobContext], Awaitable[Any] | Any]
#: Seconds before the next attempt, after so many.
Backoff: TypeAlias = Callable[[int], float]

#: Seconds without progress after which a job without a time limit fails.
STALL_LIMIT = 600.0
#: How often a repeatable job is begun at most, while its processes die.
CRASH_ATTEMPTS = 3
#: No wait between attempts grows beyond this many seconds.
LONGEST_BACKOFF = 300.0


def growing(attempt: int) -> float:
    """1 s, 2 s, 4 s ... with jitter, so that what failed together does not return together."""
    return float(min(2.0 ** (attempt - 1), LONGEST_BACKOFF) * random.uniform(0.5, 1.5))


@dataclass(frozen=True)
class Registration:
    """A type of jobs. Without a handler it is executed elsewhere, and never claimed."""

    type: str
    handler: Handler | None
    timeout: float | None = TIME_LIMIT
    stall_timeout: float | None = None
    retries: int = 0
    concurrency: int | None = None
    repeatable: bool = False
    backoff: Backoff = growing

    @property
    def max_attempts(self) -> int:
        """Executions in all, those counted that ended with their process."""
        return max(self.retries + 1, CRASH_ATTEMPTS if self.repeatable else 1)

    @cached_property
    def template(self) -> NewJob:
        """What a job of this type is allowed, where its submitter says nothing."""
        return NewJob(
            type=self.type,
            max_attempts=self.max_attempts,
            repeatable=self.repeatable,
            time_limit=self.timeout,
            stall_limit=self.stall_timeout,
            external=self.handler is None,
        )


class Registry:
    """The types that a queue knows."""

    def __init__(self) -> None:
        self._types: dict[str, Registration] = {}
        self._only: frozenset[str] | None = None

    def take_only(self, types: Iterable[str]) -> None:
        """Have room for jobs of these types alone. Raises ``UnknownJobType``,
        ``ExecutedElsewhere``.
        """
        only = frozenset(types)
        for type in sorted(only):
            if self[type].handler is None:
                raise ExecutedElsewhere(f"jobs of the type {type} are executed elsewhere")
        self._only = only

    def add(self, registration: Registration) -> None:
        """Raises ``JobTypeTaken``, and ``InvalidJob`` for limits that make no sense."""
        type = registration.type
        if type in {"", EVERY_TYPE}:
            raise InvalidJob(f"{type!r} cannot be the name of a type of jobs")
        if type in self._types:
            raise JobTypeTaken(f"there is already a handler for jobs of the type {type}")
        limits = (registration.timeout, registration.stall_timeout, registration.concurrency)
        if registration.retries < 0 or any(limit is not None and limit <= 0 for limit in limits):
            raise InvalidJob(f"the limits of {type} must be positive; None means none")
        self._types[type] = registration

    def __getitem__(self, type: str) -> Registration:
        """Raises ``UnknownJobType``, with the types that are known."""
        found = self._types.get(type)
        if found is None:
            known = ", ".join(sorted(self._types)) or "none"
            raise UnknownJobType(f"there are no jobs of the type {type!r}; known are: {known}")
        return found

    def __iter__(self) -> Iterator[Registration]:
        return iter(self._types.values())

    def room(self, free: int, active: Iterable[str]) -> dict[str, int]:
        """Of each type how many may be begun, where ``free`` may in all and ``active`` run."""
        running = Counter(active)
        room = {
            one.type: free
            if one.concurrency is None
            else min(free, one.concurrency - running[one.type])
            for one in self
            if one.handler is not None and (self._only is None or one.type in self._only)
        }
        return {type: most for type, most in room.items() if most > 0}

    @property
    def taken(self) -> list[str]:
        """Those of which jobs are begun by themselves."""
        return [type for type in self.handled if self._only is None or type in self._only]

    @property
    def handled(self) -> list[str]:
        """The types that have a handler here."""
        return [one.type for one in self if one.handler is not None]
