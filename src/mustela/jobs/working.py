"""A queue at work: it shows that it lives, runs what it has claimed, and sees to it at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from mustela.jobs.by_engine import presence_of
from mustela.jobs.context import JobContext
from mustela.jobs.control import Clock
from mustela.jobs.core import QueueCore
from mustela.jobs.errors import AlreadyRunning
from mustela.jobs.execution import Ended, Execution, Outcome
from mustela.jobs.presence import LiveWorker, Owner, Presence
from mustela.jobs.record import Failure, Job
from mustela.jobs.reporting import ReportWriter
from mustela.jobs.supervisor import Pauses, Supervisor, until_done, when_done
from mustela.store import AsyncStore, acting_as
from mustela.store.errors import ConstraintViolated, StoreClosed, StoreError

logger = logging.getLogger(__name__)

#: Seconds that are given at the end to what should stop at once.
STOP_SECONDS = 2.0

LOST = "this process was not heard of for too long: others took it for dead"
LOST_END = Failure(
    "internal_error",
    "The job has ended, but how it did could not be written because of a fault in the server. "
    "Its log and the server's say more.",
)


class WorkingQueue(QueueCore):
    """Executes jobs on the event loop; which ones is for its subclass to say.

    ``presence`` is how others see that it lives; where nothing is said, the store's engine and
    ``data_dir`` decide.
    """

    def __init__(
        self,
        store: AsyncStore,
        data_dir: Path | None,
        drain: float,
        clock: Clock,
        presence: Presence | None = None,
    ) -> None:
        super().__init__(store, clock=clock)
        self.data_dir = data_dir
        self.presence = presence or presence_of(store, data_dir)
        self._here: Owner | None = None
        self._joins: Collection[str] = ()
        self._attending = asyncio.Event()
        self._drain = drain
        self._supervisor: Supervisor | None = None
        self._reports: ReportWriter | None = None
        self._owner = ""
        self._own: set[str] = set()
        self._to_cancel: set[str] = set()
        self._runs: set[asyncio.Task[None]] = set()
        self._submits: set[asyncio.Task[Any]] = set()

    @property
    def problem(self) -> str | None:
        """What keeps the queue from its work just now."""
        if self._supervisor is None:
            return None
        if self._here is not None and self._here.lost:
            return LOST
        return self._supervisor.problem

    @property
    def slots(self) -> int:
        """How many jobs run at once."""
        return 1

    @property
    def active(self) -> int:
        """How many jobs run here now."""
        return len(self._active)

    @property
    def at_work(self) -> bool:
        """Whether this queue runs jobs: inside of ``running()``, and before it is told to stop."""
        return self._supervisor is not None and not self._supervisor.stopping

    @property
    def may_claim(self) -> bool:
        """Whether this process is at work, and others know that it lives."""
        return self.at_work and self._here is not None and not self._here.lost

    async def live_workers(self) -> list[LiveWorker]:
        """See :meth:`JobQueue.live_workers`."""
        return await self.presence.live_workers()

    async def others_take(self, type: str, *, elsewhere: bool = False) -> bool:
        """See :meth:`JobQueue.others_take`."""
        living = await self.presence.live_workers()
        others = [one for one in living if type in one.takes and one.owner not in self._own]
        if elsewhere:
            here = {one.host for one in living if one.owner in self._own}
            return any(one.host not in here for one in others)
        return bool(others)

    async def recover(self) -> list[Job]:
        """Settle the running jobs of processes that have died; the jobs as they are then."""
        settled = await self.presence.settle_dead(self._own, self._clock())
        for job in settled:
            self._tell(job.id)
        return settled

    @asynccontextmanager
    async def _at_work(
        self, takes: Collection[str], *steps: Callable[[], Awaitable[None]]
    ) -> AsyncIterator[None]:
        """Repeat ``steps`` meanwhile; at the end, see to what still runs."""
        if self._supervisor is not None:
            raise AlreadyRunning
        supervisor = self._supervisor = Supervisor()
        self._joins = takes
        try:
            await self._join()
        except BaseException:
            self._supervisor = None
            raise
        reports = self._reports = ReportWriter(self.jobs)
        own = [self._attend] if self.presence.leased else []
        loops = [supervisor.repeat(step) for step in (*steps, *own)]
        try:
            yield
        finally:
            supervisor.stop()
            self.wake()
            self._attending.set()
            await self._finish_up(loops)
            await reports.close()
            self._supervisor = self._reports = None
            await self._leave()

    # Among the living.

    async def _join(self) -> None:
        self._here = await self.presence.join(self._joins, self.slots, self._declared_dead)
        self._owner = self._here.owner
        self._own.add(self._owner)

    async def _attend(self) -> None:
        """Where leases tell who lives: settle the jobs of the dead, and come back to life."""
        self._attending.clear()
        if not self.may_claim and self.at_work:
            await self._join()
            self.wake()
        if await self.recover():
            self.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.presence.step):
                await self._attending.wait()

    def _lose(self, owner: str) -> None:
        """A claim under this name was answered that it is dead; there may be another one by now."""
        if self._here is not None and self._here.owner == owner:
            self._here.lose()

    def _declared_dead(self) -> None:
        """Others have settled what runs under this name; it can write nothing more, and stops."""
        logger.warning("%s", LOST)
        for execution in self._active.values():
            if execution.job.owner == self._owner:
                execution.interrupt("lost")
        self._attending.set()

    async def _leave(self) -> None:
        """Not before the last handler that could not be stopped has returned."""
        here, self._here = self._here, None
        if here is None:
            return

        def leave() -> None:
            here.leave()
            self._own.discard(here.owner)

        when_done(self._runs, leave)
        if not self._runs:
            await here.left()

    async def _finish_up(self, loops: list[asyncio.Task[None]]) -> None:
        await until_done([*loops, *self._submits], STOP_SECONDS)
        for execution in self._active.values():
            if execution.registration.repeatable:
                execution.interrupt("stop")
        await until_done(self._runs, self._drain)
        for execution in self._active.values():
            execution.interrupt("stop")
        await until_done(self._runs, STOP_SECONDS)
        for task in [*loops, *self._submits]:
            task.cancel()
        for execution in self._active.values():
            execution.abandon()
            logger.warning("job %s (%s) has not ended", execution.job.id, execution.job.type)

    def _start(self, job: Job) -> asyncio.Task[None]:
        supervisor = self._supervisor
        if supervisor is None:
            raise AssertionError("jobs are claimed at work only")
        before = self._active.get(job.id)
        execution = self._begin(job)
        if supervisor.stopping:
            execution.interrupt("stop")
        if self._here is None or self._here.lost or job.owner != self._owner:
            execution.interrupt("lost")  # its claim was answered too late
        if job.id in self._to_cancel:
            self._to_cancel.discard(job.id)
            execution.interrupt("cancel")
        task = supervisor.spawn(self._run(execution, supervisor, before))
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)
        return task

    async def _run(
        self, execution: Execution, supervisor: Supervisor, before: Execution | None
    ) -> None:
        try:
            # What is logged meanwhile is logged for this job.
            with acting_as(f"job:{execution.job.id}", execution.job.request_id):
                await self._run_to_end(execution, supervisor, before)
        finally:
            execution.gone.set()
            if self._active.get(execution.job.id) is execution:
                del self._active[execution.job.id]
            self._tell(execution.job.id)
            self.wake()

    async def _run_to_end(
        self, execution: Execution, supervisor: Supervisor, before: Execution | None
    ) -> None:
        try:
            outcome = await execution.run(before)
            # Whoever takes the next job does so in the commit that holds this one's end.
            self.wake()
            await self._settle(execution, outcome, supervisor)
        except Exception:
            logger.exception("job %s could not be ended as it did", execution.job.id)
            await self._settle(execution, Ended("failed", error=LOST_END), supervisor)

    async def _settle(self, execution: Execution, outcome: Outcome, supervisor: Supervisor) -> None:
        """Write the end, however long that takes: while the disk is full the job stays running."""
        if self._reports is None:
            report = execution.context.take_report()
        else:
            report = await self._reports.last_words(execution.context)
        pauses = Pauses()
        what = f"the end of job {execution.job.id} cannot be written"
        while True:
            try:
                if not await self._write(execution, outcome, report):
                    logger.warning("job %s was taken over meanwhile", execution.job.id)
                supervisor.well(what)
                return
            except ConstraintViolated:
                raise  # it will never be taken, however often it is tried
            except StoreClosed:
                logger.warning("the end of job %s was not written", execution.job.id)
                return
            except StoreError as error:
                supervisor.complain(what, error)
                await asyncio.sleep(pauses.next())

    def _reported(self, context: JobContext) -> None:
        if self._reports is not None:
            self._reports.reported(context)

    def _cancel_asked(self, job: Job) -> None:
        super()._cancel_asked(job)
        if job.status == "running" and job.owner in self._own and job.id not in self._active:
            self._to_cancel.add(job.id)  # its claim is on the way here
