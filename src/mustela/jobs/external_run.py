"""A run as the program sees it that executes it: what it says, and how it ends.

Progress, log lines, inputs and outputs are taken down at once, and written by
:mod:`mustela.jobs.external_reporting`.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from os import fspath
from typing import Any, NamedTuple

import msgspec

from mustela.errors import MustelaError
from mustela.jobs.context import JobContext
from mustela.jobs.errors import InvalidJob, JobCancelled
from mustela.jobs.external_operations import Name, check_names, check_result
from mustela.jobs.record import Failure, Job, Line, Progress, Status, storable, to_json
from mustela.jobs.run_operations import Report


class News(msgspec.Struct, frozen=True):
    """What a run has said since its last report."""

    progress: Progress | None
    lines: tuple[Line, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def asdict(self) -> dict[str, Any]:
        """As ``report_run`` takes it."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


class ExternalRun(JobContext):
    """A run under way. Its methods may be used from several threads, and never wait.

    ``result`` is kept with the run when it completes: whatever JSON can say.
    """

    def __init__(self, job: Job, told: Callable[[], None]) -> None:
        super().__init__(job, clock=lambda: time.time_ns() // 1000, reported=lambda _: told())
        self.claim_id = job.claim_id
        self.result: Any = None
        self._told = told
        #: Why its reports are not taken any more, and nothing more of it is kept.
        self.refusal: MustelaError | None = None
        self._inputs: deque[str] = deque()
        self._outputs: deque[str] = deque()

    def input(self, *names: Name) -> None:
        """Name what it is made from, besides what was named before: paths, addresses, ids."""
        self._inputs.extend(_texts(names))
        self._told()

    def output(self, *names: Name) -> None:
        """Name what it has made."""
        self._outputs.extend(_texts(names))
        self._told()

    def check(self) -> None:
        """Raise where it is to end: ``JobCancelled`` if asked to, ``RunLost`` if it is over."""
        if self.refusal is not None:
            raise self.refusal
        super().check()

    def refuse(self, error: MustelaError) -> None:
        """Its reports are not taken any more; :meth:`check` says so."""
        self.refusal = error

    def take_news(self) -> News:
        """What was said since the last time; given back with :meth:`give_back_news`."""
        report = self.take_report()
        return News(report.progress, report.lines, _taken(self._inputs), _taken(self._outputs))

    def give_back_news(self, news: News) -> None:
        """News that could not be written are tried again later."""
        self.give_back(Report(self.id, self.claim_id, news.progress, news.lines))
        self._inputs.extendleft(reversed(news.inputs))
        self._outputs.extendleft(reversed(news.outputs))


class Ending(NamedTuple):
    """How a run ends. ``result`` is JSON; ``problem`` is for its program to hear of."""

    status: Status
    result: str | None = None
    error: Failure | None = None
    problem: MustelaError | None = None

    @property
    def written(self) -> dict[str, Any]:
        """As ``finish_run`` takes it."""
        return {"status": self.status, "result": self.result, "error": self.error}


def ending_of(run: ExternalRun, raised: BaseException | None) -> Ending:
    """How a run ends whose block raised this, or nothing."""
    if raised is None or (isinstance(raised, SystemExit) and raised.code in {None, 0}):
        return _completed(run)
    if isinstance(raised, JobCancelled | KeyboardInterrupt | asyncio.CancelledError):
        return Ending("cancelled")
    if isinstance(raised, MustelaError):
        return Ending("failed", error=Failure(raised.code, storable(raised.message)))
    for line in "".join(traceback.format_exception(raised)).splitlines():
        run.log(line, "error")
    said = storable(f"{type(raised).__name__}: {raised}")
    return Ending("failed", error=Failure("job_failed", said))


def failed(problem: MustelaError) -> Ending:
    """A run that did its work, but of which something cannot be kept."""
    return Ending("failed", error=Failure(problem.code, storable(problem.message)), problem=problem)


def _completed(run: ExternalRun) -> Ending:
    if run.refusal is not None:
        return failed(run.refusal)
    if run.result is None:
        return Ending("completed")
    try:
        text = to_json(run.result)
        check_result(text)
    except InvalidJob as error:
        return Ending("failed", error=Failure("invalid_result", error.message), problem=error)
    return Ending("completed", text)


def _texts(names: Sequence[Name]) -> list[str]:
    texts = [fspath(name) for name in names]
    check_names(texts)
    return texts


def _taken(names: deque[str]) -> tuple[str, ...]:
    found = []
    while names:
        found.append(names.popleft())
    return tuple(found)
