"""What a handler is given: its job, and ways to say how far it is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from mustela.jobs.errors import JobCancelled
from mustela.jobs.record import Job, Level, Line, Progress, storable
from mustela.jobs.run_operations import Report

#: A rate is taken over this many seconds ...
_RATE_SECONDS = 30.0
#: ... from samples this many seconds apart.
_SAMPLE_SECONDS = 0.5
#: Log lines that wait to be written: while the disk is full, the oldest are let go.
_WAITING_LINES = 1_000


class JobContext:
    """One attempt of a job, as its handler sees it.

    ``progress``, ``log`` and ``cancelled`` may be used from other threads, too.
    """

    def __init__(
        self,
        job: Job,
        *,
        clock: Callable[[], int],
        reported: Callable[[JobContext], None],
    ) -> None:
        self.job = job
        self.id = job.id
        self.type = job.type
        self.attempt = job.attempt
        self.parameters: dict[str, Any] = job.parameters
        self.cancelled = False  #: somebody asked for it, the time is over, or the server stops
        self.progressed_at = time.monotonic()
        self._clock = clock
        self._reported = reported
        self._progress = Progress()
        self._news = False
        self._lines: deque[Line] = deque(maxlen=_WAITING_LINES)
        self._samples: deque[tuple[float, int]] = deque()

    def progress(
        self, done: int | None = None, total: int | None = None, message: str | None = None
    ) -> None:
        """Say how far the job is; what is not given stays as it was. Costs next to nothing."""
        before = self._progress
        now = self.progressed_at = time.monotonic()
        if done is None:
            rate, done = before.rate, before.done
        else:
            rate = self._rate(now, done)
        self._progress = Progress(
            done,
            before.total if total is None else total,
            rate,
            before.message if message is None else storable(message),
        )
        self._news = True
        self._reported(self)

    def log(self, line: str, level: Level = "info") -> None:
        """Add a line to the job's log."""
        self._lines.append(Line(self._clock(), level, line))
        self._reported(self)

    def check(self) -> None:
        """Raise ``JobCancelled`` where the job is to end: for loops that never await."""
        if self.cancelled:
            raise JobCancelled

    @property
    def current_progress(self) -> Progress:
        """The last word on how far it is."""
        return self._progress

    def take_report(self) -> Report:
        """What has been said since the last time; given back with :meth:`give_back`."""
        # In this order: what another thread says meanwhile is taken now or the next time.
        news, self._news = self._news, False
        progress = self._progress if news else None
        lines = []
        while self._lines:
            lines.append(self._lines.popleft())
        return Report(self.id, self.job.claim_id, progress, tuple(lines))

    def give_back(self, report: Report) -> None:
        """A report that could not be written is tried again later."""
        self._news = self._news or report.progress is not None
        room = _WAITING_LINES - len(self._lines)
        self._lines.extendleft(reversed(report.lines[-room:] if room else ()))

    def _rate(self, now: float, done: int) -> float | None:
        samples = self._samples
        if samples and done < samples[-1][1]:  # it began again
            samples.clear()
        if not samples or now - samples[-1][0] >= _SAMPLE_SECONDS:
            samples.append((now, done))
            while now - samples[0][0] > _RATE_SECONDS and len(samples) > 2:
                samples.popleft()
        since, first = samples[0]
        return (done - first) / (now - since) if now > since else None
