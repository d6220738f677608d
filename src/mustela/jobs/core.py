"""What dispatchers share: submitting, looking, and writing how an attempt ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mustela.jobs.context import JobContext
from mustela.jobs.control import Clock, QueueControl, wall_clock
from mustela.jobs.execution import Ended, Execution, Outcome, Retry
from mustela.jobs.external_queue import RunsElsewhere
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.presence import LiveWorker
from mustela.jobs.record import Job, NewJob, Submitted, to_json
from mustela.jobs.run_operations import Report
from mustela.store import AsyncExecutor, AsyncStore, to_microseconds
from mustela.store.errors import NotFound


class QueueCore(RunsElsewhere, QueueControl):
    """The part of a queue that does not decide when a job runs."""

    def __init__(self, store: AsyncStore, *, clock: Clock = wall_clock) -> None:
        super().__init__(store, clock)
        self._active: dict[str, Execution] = {}
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._poll = 5.0

    async def submit(
        self,
        type: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,
        priority: int = 0,
        run_at: datetime | None = None,
        paused: bool = False,
        uniqueness_key: str | None = None,
        timeout: float | UnsetType | None = UNSET,  # noqa: ASYNC109  # the job's
        stall_timeout: float | UnsetType | None = UNSET,
        parent: str | None = None,
        tx: AsyncExecutor | None = None,
    ) -> str:
        """See :meth:`JobQueue.submit`."""
        template = self._registry[type].template
        new = msgspec.structs.replace(
            template,
            payload=to_json(dict(parameters or {})),
            id=id,
            priority=priority,
            run_at=None if run_at is None else to_microseconds(run_at),
            paused=paused,
            uniqueness_key=uniqueness_key,
            time_limit=template.time_limit if timeout is UNSET else timeout,
            stall_limit=template.stall_limit if stall_timeout is UNSET else stall_timeout,
            parent=parent,
        )
        if tx is None:
            submitted = await self._submit(new)
        else:
            submitted = await AsyncJobRepository(tx).submit(new, at=self._clock())
            # The claim that follows waits for the writer, and so sees what `tx` commits.
            self.wake()
        return submitted.id

    async def _submit(self, new: NewJob) -> Submitted:
        submitted = await self.jobs.submit(new, at=self._clock())
        self.wake()
        return submitted

    async def cancel(self, id: str) -> Job:
        """See :meth:`JobQueue.cancel`."""
        asked = await self.jobs.request_cancel_below(id, at=self._clock())
        for job in asked:
            self._cancel_asked(job)
        return asked[0]

    async def others_take(self, type: str, *, elsewhere: bool = False) -> bool:
        """See :meth:`JobQueue.others_take`; of others this queue knows nothing."""
        del type, elsewhere
        return False

    async def get(self, id: str) -> Job:
        """See :meth:`JobQueue.get`."""
        job = await self.jobs.get(id)
        if job is None:
            raise NotFound(f"there is no job {id}")
        return self.with_progress(job)

    async def live_workers(self) -> list[LiveWorker]:
        """See :meth:`JobQueue.live_workers`."""
        return []

    def with_progress(self, job: Job) -> Job:
        """``job`` with the progress that this process knows of, which its row may not have yet."""
        execution = self._active.get(job.id)
        if execution is None or execution.job.claim_id != job.claim_id:
            return job
        return job.with_progress(execution.context.current_progress)

    async def wait(
        self,
        id: str,
        timeout: float | None = None,  # noqa: ASYNC109  # raises nothing
    ) -> Job:
        """See :meth:`JobQueue.wait`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout if timeout is not None else float("inf")
        while True:
            told = loop.create_future()
            self._waiting.setdefault(id, set()).add(told)
            try:
                job = await self.get(id)
                left = until - loop.time()
                if job.ended or left <= 0:
                    return job
                await asyncio.wait([told], timeout=min(left, self._poll))
            finally:
                waiting = self._waiting.get(id, set())
                waiting.discard(told)
                if not waiting:
                    self._waiting.pop(id, None)

    async def wait_for_children(
        self,
        id: str,
        timeout: float | None = None,  # noqa: ASYNC109  # raises nothing
    ) -> list[Job]:
        """See :meth:`JobQueue.wait_for_children`."""
        loop = asyncio.get_running_loop()
        until = None if timeout is None else loop.time() + timeout
        found = []
        for child in await self.jobs.children_of(id):
            left = None if until is None else max(0.0, until - loop.time())
            found.append(child if child.ended else await self.wait(child.id, left))
        return found

    def _tell(self, id: str) -> None:
        """Something has become of a job: those who wait for it look again."""
        for told in self._waiting.get(id, ()):
            if not told.done():
                told.set_result(None)

    def _cancel_asked(self, job: Job) -> None:
        execution = self._active.get(job.id)
        if execution is not None:
            execution.interrupt("cancel")
        self._tell(job.id)

    def _begin(self, job: Job) -> Execution:
        execution = self._active[job.id] = Execution(
            job, self._registry[job.type], clock=self._clock, reported=self._reported
        )
        return execution

    def _reported(self, context: JobContext) -> None:
        """A handler has said something."""

    async def _write(self, execution: Execution, outcome: Outcome, report: Report) -> bool:
        """Write how an attempt ended; False where the job is no longer this attempt's."""
        id, claim_id, at = execution.job.id, execution.job.claim_id, self._clock()
        if isinstance(outcome, Ended):
            return await self.jobs.finish(
                id,
                claim_id,
                outcome.status,
                result=outcome.result,
                error=outcome.error,
                progress=report.progress,
                lines=report.lines,
                at=at,
            )
        if isinstance(outcome, Retry):
            later = at + int(outcome.delay * 1_000_000)
            status = await self.jobs.retry(
                id, claim_id, later, outcome.error, lines=report.lines, at=at
            )
        else:
            status = await self.jobs.hand_back(id, claim_id, lines=report.lines, at=at)
        return status is not None
