"""The queue inside of a server: job rows in the store, handlers on the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Self

from mustela.jobs.context import JobContext
from mustela.jobs.core import Clock, QueueCore, wall_clock
from mustela.jobs.errors import AlreadyRunning
from mustela.jobs.execution import Execution, Outcome
from mustela.jobs.operations import Claim
from mustela.jobs.presence import Presence
from mustela.jobs.record import Job, NewJob, Submitted
from mustela.jobs.recovery import settle_dead
from mustela.jobs.reporting import ReportWriter
from mustela.jobs.supervisor import LONGEST_PAUSE, Pauses, Supervisor, until_done, when_done
from mustela.store import AsyncStore
from mustela.store.errors import StoreClosed, StoreError

logger = logging.getLogger(__name__)

#: Seconds between two looks at what other processes have asked for.
WATCH_SECONDS = 0.25
#: Seconds between two looks for processes that have died.
RECOVER_SECONDS = 2.0
#: No sleep is longer (seconds): a wall clock that was set forward is noticed by then.
LONGEST_SLEEP = 60.0


class AsyncioJobQueue(QueueCore):
    """Runs at most ``concurrency`` jobs at once, on the loop that enters :meth:`running`.

    ``data_dir`` is where the processes that share the database show that they live; ``None``
    says that no other process opens it. With ``watch`` the queue also looks, each quarter of a
    second, for jobs and cancellations by other processes. ``drain`` is how many seconds running
    jobs are given at the end.
    """

    def __init__(
        self,
        store: AsyncStore,
        *,
        data_dir: Path | None = None,
        concurrency: int = 4,
        watch: bool = False,
        drain: float = 5.0,
        clock: Clock = wall_clock,
    ) -> None:
        super().__init__(store, clock=clock)
        self.data_dir = data_dir
        self._concurrency = concurrency
        self._watches = watch
        self._drain = drain
        self._poll = WATCH_SECONDS if watch else LONGEST_PAUSE
        self._supervisor: Supervisor | None = None
        self._reports: ReportWriter | None = None
        self._owner = ""
        self._own: set[str] = set()
        self._takes = False
        self._wake = asyncio.Event()
        self._claiming = asyncio.Lock()
        self._recovered = False
        self._recover_at = 0.0
        self._unsure = False
        self._to_cancel: set[str] = set()
        self._runs: set[asyncio.Task[None]] = set()
        self._submits: set[asyncio.Task[Submitted]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Take jobs, after those of dead processes have been settled.

        At the end repeatable jobs are handed back (the attempt does not count); the others are
        given the time of ``drain``, and fail then (``interrupted``).
        """
        async with self._at_work(self._registry.handled):
            yield self

    @property
    def problem(self) -> str | None:
        """What keeps the queue from its work just now."""
        return None if self._supervisor is None else self._supervisor.problem

    def wake(self) -> None:
        """See :meth:`JobQueue.wake`."""
        self._wake.set()

    async def run_here(self, id: str) -> Job | None:
        """Run this one job in this process, which need not take others; the job when it is over.

        ``None`` where it does not wait (any more), or where it is handed back because the queue
        stops. When the caller is cancelled, so is the job.
        """
        if self._supervisor is None:
            async with self._at_work(()):
                return await self._run_here(id)
        return await self._run_here(id)

    # The time at work.

    @asynccontextmanager
    async def _at_work(self, takes: Collection[str]) -> AsyncIterator[None]:
        if self._supervisor is not None:
            raise AlreadyRunning
        presence = Presence(self.data_dir, takes)
        self._owner = presence.owner
        self._own.add(presence.owner)
        supervisor = self._supervisor = Supervisor()
        reports = self._reports = ReportWriter(self.jobs)
        self._takes = bool(takes)
        self._recovered = self._unsure = False
        loops = [supervisor.repeat(self._dispatch)] if takes else []
        if self._watches or not takes:
            loops.append(supervisor.repeat(self._watch))
        try:
            yield
        finally:
            supervisor.stop()
            self.wake()
            await self._finish_up(loops)
            await reports.close()
            self._supervisor = self._reports = None
            # Not before the last handler that could not be stopped has returned.
            when_done(self._runs, lambda: self._leave(presence))

    async def _finish_up(self, loops: list[asyncio.Task[None]]) -> None:
        await until_done([*loops, *self._submits], self._drain)
        for execution in self._active.values():
            if execution.registration.repeatable:
                execution.interrupt("stop")
        await until_done(self._runs, self._drain)
        for execution in self._active.values():
            execution.interrupt("stop")
        await until_done(self._runs, self._drain)
        for task in [*loops, *self._submits]:
            task.cancel()
        for execution in self._active.values():
            logger.warning("job %s (%s) has not ended", execution.job.id, execution.job.type)

    def _leave(self, presence: Presence) -> None:
        presence.release()
        self._own.discard(presence.owner)

    # The loops.

    async def _dispatch(self) -> None:
        self._wake.clear()
        due = await self._claim()
        sleep = None
        if due is not None:
            sleep = min(max(0.0, (due - self._clock()) / 1_000_000), LONGEST_SLEEP)
        with suppress(TimeoutError):
            async with asyncio.timeout(sleep):
                await self._wake.wait()

    async def _watch(self) -> None:
        supervisor = self._supervisor
        if supervisor is None:
            return
        outlook = await self.jobs.look(self._owner, tuple(self._room()[0]), self._clock())
        for id in outlook.cancelled:
            if id in self._active:
                self._active[id].interrupt("cancel")
        if outlook.ready:
            self.wake()
        now = asyncio.get_running_loop().time()
        if self._recovered and now >= self._recover_at:
            self._recover_at = now + RECOVER_SECONDS
            await self.recover()
        await supervisor.pause(WATCH_SECONDS)

    async def recover(self) -> list[Job]:
        """Settle the running jobs of processes that have died; the jobs as they are then."""
        settled = await settle_dead(self.jobs, self.data_dir, self._own, self._clock)
        for job in settled:
            self._tell(job.id)
        return settled

    # Claiming.

    def _room(self) -> tuple[dict[str, int], int]:
        """How many jobs of each type may be begun now, and how many in all."""
        free = self._concurrency - len(self._active)
        if free <= 0 or not self._takes or self._supervisor is None or self._supervisor.stopping:
            return {}, 0
        return self._registry.room(free, (one.job.type for one in self._active.values())), free

    async def _claim(self) -> int | None:
        """Begin what can be begun; when the next delayed job is due."""
        async with self._claiming:
            if not self._recovered:
                await self.recover()
                self._recovered = True
            if self._unsure:
                await self._give_back_unknown()
            wanted, free = self._room()
            if not wanted:
                return None
            with self._claims():
                claim = await self.jobs.claim(self._owner, wanted, free, at=self._clock())
            self._begin_all(claim)
        if self._supervisor is not None:
            self._supervisor.problem = None
        return claim.next_run_at

    async def _submit(self, new: NewJob) -> Submitted:
        """An idle queue inserts and claims in one commit, and begins in the loop's next turn."""
        if self._claiming.locked() or new.type not in self._room()[0] or new.run_at or new.paused:
            return await super()._submit(new)
        # Once begun it is not cancelled with its caller: the jobs that it claims would be lost.
        task = asyncio.create_task(self._submit_and_claim(new))
        self._submits.add(task)
        task.add_done_callback(self._submits.discard)
        return await asyncio.shield(task)

    async def _submit_and_claim(self, new: NewJob) -> Submitted:
        async with self._claiming:
            wanted, free = self._room()
            with self._claims():
                submitted, claim = await self.jobs.submit_and_claim(
                    new, self._owner, wanted, free, at=self._clock()
                )
            self._begin_all(claim)
        self.wake()  # for the next delayed job, and where the new one was not claimed
        return submitted

    @contextmanager
    def _claims(self) -> Iterator[None]:
        """A claim whose answer was lost may have been committed: look before the next one."""
        try:
            yield
        except BaseException:
            self._unsure = True
            raise

    async def _give_back_unknown(self) -> None:
        for job in await self.jobs.running_of(self._owner):
            if job.id not in self._active:
                await self.jobs.hand_back(job.id, job.claim_id, at=self._clock())
        self._unsure = False

    # Running.

    def _begin_all(self, claim: Claim) -> None:
        for job in claim.jobs:
            self._start(job)

    def _start(self, job: Job) -> asyncio.Task[None]:
        supervisor = self._supervisor
        if supervisor is None:
            raise AssertionError("jobs are claimed at work only")
        execution = self._begin(job)
        if supervisor.stopping:
            execution.interrupt("stop")
        if job.id in self._to_cancel:
            self._to_cancel.discard(job.id)
            execution.interrupt("cancel")
        task = supervisor.spawn(self._run(execution, supervisor))
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)
        return task

    async def _run(self, execution: Execution, supervisor: Supervisor) -> None:
        try:
            outcome = await execution.run()
            await self._settle(execution, outcome, supervisor)
        except Exception:
            logger.exception("job %s could not be ended", execution.job.id)
        finally:
            if self._active.get(execution.job.id) is execution:
                del self._active[execution.job.id]
            self._tell(execution.job.id)
            self.wake()

    async def _settle(self, execution: Execution, outcome: Outcome, supervisor: Supervisor) -> None:
        """Write the end, however long that takes: while the disk is full the job stays running."""
        if self._reports is None:
            report = execution.context.take_report()
        else:
            report = await self._reports.last_words(execution.context)
        pauses = Pauses()
        while True:
            try:
                if not await self._write(execution, outcome, report):
                    logger.warning("job %s was taken over meanwhile", execution.job.id)
                return
            except StoreClosed:
                logger.warning("the end of job %s was not written", execution.job.id)
                return
            except StoreError as error:
                supervisor.complain(f"the end of job {execution.job.id} cannot be written", error)
                await asyncio.sleep(pauses.next())

    async def _run_here(self, id: str) -> Job | None:
        async with self._claiming:
            claim = asyncio.ensure_future(self.jobs.claim_one(id, self._owner, at=self._clock()))
            try:
                job = await asyncio.shield(claim)
            except asyncio.CancelledError:
                job = await claim
                if job is not None:
                    await self.jobs.hand_back(id, job.claim_id, at=self._clock())
                raise
            if job is None:
                return None
            task = self._start(job)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await self.cancel(id)
            await task
            raise
        job = await self.get(id)
        return job if job.ended else None

    def _reported(self, context: JobContext) -> None:
        if self._reports is not None:
            self._reports.reported(context)

    def _cancel_asked(self, job: Job) -> None:
        super()._cancel_asked(job)
        if job.status == "running" and job.owner in self._own and job.id not in self._active:
            self._to_cancel.add(job.id)  # its claim is on the way here
