"""One attempt of a job: runs the handler within its limits, and judges how it ended."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import msgspec

from mustela.errors import MustelaError
from mustela.jobs.context import JobContext
from mustela.jobs.errors import ChildFailed, InvalidJob, TryElsewhere
from mustela.jobs.in_thread import is_coroutine_function, run_in_thread
from mustela.jobs.record import Failure, Job, Status, storable, to_json
from mustela.jobs.registry import Registration
from mustela.store import acting_as

logger = logging.getLogger(__name__)

#: Why a handler is interrupted: somebody asked for it, it took too long, the server stops, or
#: others have taken this process for dead.
Reason: TypeAlias = Literal["cancel", "timeout", "stop", "lost"]

#: A longer result (bytes of JSON) is not kept.
RESULT_SIZE = 1_000_000

INTERRUPTED = Failure(
    "interrupted",
    "The server stopped while this job ran, and it is not made to run twice. "
    "Look at what it was to change, then submit it again.",
)
#: For what was claimed in the same moment: else others have ended the job already.
LOST = Failure(
    "worker_died",
    "The process that ran this job was not heard of for too long, and was taken for dead. "
    "Look at what the job was to change, then submit it again.",
)


class Ended(msgspec.Struct, frozen=True):
    """The job is over. ``result`` is JSON."""

    status: Status
    result: str | None = None
    error: Failure | None = None


class Retry(msgspec.Struct, frozen=True):
    """The job runs again after ``delay`` seconds."""

    error: Failure
    delay: float


class HandBack(msgspec.Struct, frozen=True):
    """The job waits again, as if it had not begun."""


class Elsewhere(HandBack, frozen=True):
    """The same, for others: this process begins none of its type for so many ``seconds``."""

    seconds: float


Outcome: TypeAlias = Ended | Retry | HandBack


class Execution:
    """The handler runs in a task of its own, so that only the handler is ever cancelled."""

    def __init__(
        self,
        job: Job,
        registration: Registration,
        *,
        clock: Callable[[], int],
        reported: Callable[[JobContext], None],
    ) -> None:
        self.job = job
        self.registration = registration
        self.context = JobContext(job, clock=clock, reported=reported)
        self.reason: Reason | None = None
        #: Set when the handler has returned and its end is written, or is somebody else's.
        self.gone = asyncio.Event()
        self._interrupted = asyncio.Event()
        self._stalled = False
        self._task: asyncio.Task[Any] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._deadline = float("inf")

    @property
    def over(self) -> bool:
        """Whether the handler has returned."""
        return self._task is not None and self._task.done()

    def interrupt(self, reason: Reason) -> None:
        """Cancel the handler. The first reason counts, but a person's wish outranks a stop."""
        if self.over:
            return
        if self.reason is None or (self.reason == "stop" and reason == "cancel"):
            if self._task is not None:
                self._task.cancel()
            self.reason = reason
            self._interrupted.set()
            self.context.cancelled = True
            self.context.end_children()
        if self._alarm is not None:
            self._alarm.cancel()

    async def run(self, after: Execution | None = None) -> Outcome:
        """Run the handler to its end, however it ends.

        ``after`` is an execution of the same job that was lost, and may still be about to stop:
        no job runs twice at once in one process.
        """
        if after is not None:
            await self._wait_for(after)
        if self.reason in {"stop", "lost"}:  # before it began
            return HandBack()
        if self.reason is not None:
            return Ended("cancelled")
        self._task = asyncio.create_task(self._handle(), name=f"job {self.job.id}")
        if self.job.time_limit is not None:
            self._deadline = time.monotonic() + self.job.time_limit
        self.context.progressed_at = time.monotonic()
        self._watch()
        try:
            await asyncio.wait([self._task])
        finally:
            if self._alarm is not None:
                self._alarm.cancel()
        await self.context.kill_children()
        return self._judge(self._task)

    async def _wait_for(self, other: Execution) -> None:
        """Until the other one is gone, or this one need not begin any more."""
        waits = [asyncio.ensure_future(one.wait()) for one in (other.gone, self._interrupted)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def abandon(self) -> None:
        """Nobody waits for it any more: a thread that does not end holds up nothing."""
        self.context.abandoned = True

    async def _handle(self) -> Any:
        handler = self.registration.handler
        if handler is None:
            raise InvalidJob(f"jobs of the type {self.job.type} are executed elsewhere")
        with acting_as(f"job:{self.job.id}", self.job.request_id):
            try:
                if is_coroutine_function(handler):
                    return await handler(self.context)
                return await run_in_thread(handler, self.context)
            except SystemExit as error:  # on the loop it would end the server
                raise RuntimeError(f"SystemExit: {error}") from error

    def _watch(self) -> None:
        """Set the alarm for whichever limit comes first; progress moves one of them."""
        due = self._deadline
        stall = self.job.stall_limit
        if stall is not None:
            due = min(due, self.context.progressed_at + stall)
        left = due - time.monotonic()
        if left <= 0:
            self._stalled = due < self._deadline
            self.interrupt("timeout")
        elif left != float("inf") and self.reason is None:
            self._alarm = asyncio.get_running_loop().call_later(left, self._watch)

    def _judge(self, task: asyncio.Task[Any]) -> Outcome:
        error = _error_of(task)
        if self.reason == "timeout":
            return Ended("timeout", error=self._too_long())
        if self.reason == "cancel":
            result = None if error else self._completed(task.result()).result
            return Ended("cancelled", result)
        if error is None:
            return self._completed(task.result())
        if self.reason in {"stop", "lost"}:
            if self.registration.repeatable:
                return HandBack()
            return Ended("failed", error=INTERRUPTED if self.reason == "stop" else LOST)
        return self._failed(error)

    def _completed(self, value: Any) -> Ended:
        try:
            return Ended("completed", self._result(value))
        except InvalidJob as error:
            return Ended("failed", error=Failure("invalid_result", error.message))

    def _result(self, value: Any) -> str | None:
        if value is None:
            return None
        text = to_json(value)
        if len(text) <= RESULT_SIZE:
            return text
        self.context.log(f"The result was too long to be kept ({len(text)} bytes).", "warning")
        return to_json({"too_long": True, "size": len(text)})

    def _failed(self, error: BaseException) -> Outcome:
        if isinstance(error, TryElsewhere):
            self.context.log(f"{error.message}: left to other workers", "warning")
            return Elsewhere(error.seconds)
        if isinstance(error, ChildFailed):
            failure = Failure(error.reported, storable(error.message))
        elif isinstance(error, MustelaError):
            failure = Failure(error.code, storable(error.message))
        else:
            failure = Failure("job_failed", storable(f"{type(error).__name__}: {error}"))
            logger.error("job %s (%s) failed", self.job.id, self.job.type, exc_info=error)
            for line in "".join(traceback.format_exception(error)).splitlines():
                self.context.log(line, "error")
        attempt = self.job.attempt
        if attempt <= self.registration.retries and attempt < self.job.max_attempts:
            return Retry(failure, self.registration.backoff(attempt))
        return Ended("failed", error=failure)

    def _too_long(self) -> Failure:
        if self._stalled:
            return Failure(
                "stalled", f"It made no progress for {self.job.stall_limit:g} s and was stopped."
            )
        return Failure("timeout", f"It took longer than {self.job.time_limit:g} s and was stopped.")


def _error_of(task: asyncio.Task[Any]) -> BaseException | None:
    if task.cancelled():
        return asyncio.CancelledError("the handler was cancelled by something it waited for")
    return task.exception()
