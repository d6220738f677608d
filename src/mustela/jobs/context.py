"""What a handler is given: its job, and ways to say how far it is."""

from __future__ import annotations

import asyncio
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, SupportsIndex

from mustela.jobs.child_process import ChildProcess, Stream, how_it_ended
from mustela.jobs.errors import ChildFailed, JobCancelled
from mustela.jobs.record import LEVELS, Job, Level, Line, Progress, storable, whole
from mustela.jobs.run_operations import LINE_LENGTH, Report

#: A rate is taken over this many seconds ...
_RATE_SECONDS = 30.0
#: ... from samples this many seconds apart.
_SAMPLE_SECONDS = 0.5
#: Log lines that wait to be written: while the disk is full, the oldest are let go.
_WAITING_LINES = 1_000
#: Bytes that are read from a program at once.
_CHUNK = 65_536


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
        self.abandoned = False  #: the queue has stopped and waits for this no longer
        self.progressed_at = time.monotonic()
        self._clock = clock
        self._reported = reported
        self._progress = Progress()
        self._news = False
        self._lines: deque[Line] = deque(maxlen=_WAITING_LINES)
        self._samples: deque[tuple[float, int]] = deque()
        self._children: list[ChildProcess] = []

    def progress(
        self,
        done: SupportsIndex | None = None,
        total: SupportsIndex | None = None,
        message: str | None = None,
    ) -> None:
        """Say how far the job is; what is not given stays as it was. Costs next to nothing.

        Whole numbers only: ``TypeError``, and ``ValueError`` for one that is too long to keep.
        """
        done, total = whole(done, "done"), whole(total, "total")
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
        """Add a line to the job's log. ``ValueError`` for a ``level`` that is none."""
        if level not in LEVELS:
            raise ValueError(f"{level!r} is no level of a log; there are {', '.join(LEVELS)}")
        # Others than text would fail where it is written, and a long one would wait whole.
        self._lines.append(Line(self._clock(), level, str(line)[:LINE_LENGTH]))
        self._reported(self)

    def check(self) -> None:
        """Raise ``JobCancelled`` where the job is to end: for loops that never await."""
        if self.cancelled:
            raise JobCancelled

    async def start_child(
        self,
        *command: str | Path,
        stdin: Stream = DEVNULL,
        stdout: Stream = DEVNULL,
        stderr: Stream = DEVNULL,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> ChildProcess:
        """Start a program, which ends with this attempt at the latest.

        It gets SIGTERM when the job is cancelled or takes too long, and a second later SIGKILL,
        with all that it has started. Raises ``ChildNotStarted``.
        """
        child = await ChildProcess.start(
            *command, stdin=stdin, stdout=stdout, stderr=stderr, cwd=cwd, env=env
        )
        self._children.append(child)
        if self.cancelled:
            child.terminate()
        return child

    async def run_child(
        self,
        *command: str | Path,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> int:
        """Run a program to its end; what it prints goes to the job's log. Its exit status.

        Raises ``ChildNotStarted``, and ``ChildFailed`` where the status is not 0, unless
        ``check`` is false.
        """
        child = await self.start_child(*command, stdout=PIPE, stderr=STDOUT, cwd=cwd, env=env)
        if child.stdout is None:
            raise AssertionError("it was started with a pipe")
        # A task of its own: a daemon may hold the pipe that the program itself has left.
        printed = asyncio.ensure_future(log_lines(child.stdout, self))
        try:
            status = await child.wait()
        finally:
            await child.stop()
            await asyncio.wait([printed])
        if status and check:
            name = Path(command[0]).name
            raise ChildFailed(f"{name} ended with {how_it_ended(status)}; the job's log says more")
        return status

    def end_children(self) -> None:
        """Ask the programs that were started to end."""
        for child in self._children:
            child.terminate()

    async def kill_children(self) -> None:
        """End the programs that the handler has left behind."""
        for child in self._children:
            if not child.ended:
                self.log(f"A program that was left running was ended ({child.group}).", "warning")
                child.kill()
                await child.wait()
        self._children.clear()

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


async def log_lines(pipe: asyncio.StreamReader, context: JobContext) -> None:
    """Pass what comes out of a pipe on to the job's log; a return ends a line, too."""
    rest = b""
    while chunk := await pipe.read(_CHUNK):
        *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
        for line in (*lines, rest) if len(rest) > LINE_LENGTH else lines:
            if line.strip():
                context.log(line.decode(errors="backslashreplace"))
        if len(rest) > LINE_LENGTH:
            rest = b""
    if rest.strip():
        context.log(rest.decode(errors="backslashreplace"))
