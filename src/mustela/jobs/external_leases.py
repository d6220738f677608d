"""Ends runs elsewhere that are silent, by the clock of the server that all processes share.

Each report notes the server's time. Whoever looks has himself looked for as long as a run may be
silent: after an outage, or where no process was there to be reported to, every run has its time.
"""

from __future__ import annotations

from mustela.jobs.external_reaper import LONGEST_STEP, LOOKS, SILENCE_SECONDS
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.record import Job
from mustela.jobs.unbroken_watch import UnbrokenWatch
from mustela.store import AsyncStore


class LeaseReaper:
    """As :class:`~mustela.jobs.external_reaper.ExternalReaper`, where no file is shared."""

    def __init__(self, store: AsyncStore, limit: float = SILENCE_SECONDS) -> None:
        self._jobs = AsyncJobRepository(store)
        self._limit = limit
        #: Seconds between two looks.
        self.step = min(LONGEST_STEP, limit / LOOKS)
        self._watch = UnbrokenWatch(limit, 3 * self.step)

    async def look(self, at: int) -> list[Job]:
        """End the runs that were silent for longer than the limit; the jobs as they are then.

        ``at`` is the time that is written, in microseconds since 1970 (UTC). Two who look at once
        end each run once.
        """
        silence = await self._jobs.silent_runs(self._limit)
        if not self._watch.lasts(silence.now) or not silence.runs:
            return []
        return await self._jobs.lose_runs(silence.runs, self._limit, at=at)
