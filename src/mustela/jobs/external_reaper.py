"""Ends runs elsewhere that are silent: a plain loop, by a counter and this process's own clock.

On one machine: a wall clock may jump, and a lease expires while a laptop sleeps. So nobody compares
times of two machines: a run lives as long as its counter moves, and its silence is summed up from
one look to the next. However long this process slept, was stopped or was busy, a gap between two
looks counts as one step and no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from mustela.jobs.external_operations import Pulse
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.record import Job
from mustela.store import AsyncStore
from mustela.store.errors import StoreError

#: Seconds of silence after which a run is given up.
SILENCE_SECONDS = 120.0
#: Seconds between two looks, at most.
LONGEST_STEP = 5.0
#: Looks within the limit, at least.
LOOKS = 10


class _Silence(NamedTuple):
    """What was heard last, and for how many seconds that has been all."""

    pulse: Pulse
    seconds: float


class ExternalReaper:
    """What one process knows of the runs that are under way; ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        store: AsyncStore,
        limit: float = SILENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._jobs = AsyncJobRepository(store)
        self._limit = limit
        self._clock = clock
        #: Seconds between two looks.
        self.step = min(LONGEST_STEP, limit / LOOKS)
        self._looked_at: float | None = None
        self._silent: dict[str, _Silence] = {}
        self._state: object | None = None

    async def look(self, at: int) -> list[Job]:
        """End the runs that were silent for longer than the limit; the jobs as they are then.

        ``at`` is the time that is written, in microseconds since 1970 (UTC).
        """
        now = self._clock()
        passed = 0.0 if self._looked_at is None else now - self._looked_at
        self._looked_at = now
        state = self._store.state()
        if not self._silent and state is not None and state == self._state:
            return []  # there was no run, and nobody has written anything since
        pulses = await self._jobs.run_pulses()
        self._state = state
        self._silent = {
            pulse.id: self._heard(pulse, min(max(passed, 0.0), 2 * self.step)) for pulse in pulses
        }
        lost = [one.pulse for one in self._silent.values() if one.seconds >= self._limit]
        if not lost:
            return []
        try:
            return await self._jobs.lose_runs(lost, self._limit, at=at)
        except StoreError:
            # Where nothing can be written, no sign of life could be either.
            self._silent = {id: _Silence(one.pulse, 0.0) for id, one in self._silent.items()}
            raise

    def _heard(self, pulse: Pulse, passed: float) -> _Silence:
        before = self._silent.get(pulse.id)
        if before is None or before.pulse != pulse:
            return _Silence(pulse, 0.0)
        return _Silence(pulse, before.seconds + passed)
