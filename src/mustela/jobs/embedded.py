"""The queue inside of a server: job rows in the store, handlers on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Self

from mustela.jobs.by_engine import reaper_of
from mustela.jobs.control import Clock, wall_clock
from mustela.jobs.execution import Elsewhere, Execution, Outcome
from mustela.jobs.external_reaper import SILENCE_SECONDS
from mustela.jobs.leader import Leader, LeaderLock
from mustela.jobs.look_operations import Outlook, free_of
from mustela.jobs.operations import Claim
from mustela.jobs.presence import Presence
from mustela.jobs.record import Job, NewJob, Submitted
from mustela.jobs.retention import ROUND_SECONDS, AsyncRetentionRepository, Retainer, Retention
from mustela.jobs.run_operations import Report
from mustela.jobs.supervisor import LONGEST_PAUSE, STUMBLED
from mustela.jobs.ticking import LONGEST_SLEEP, Ticker
from mustela.jobs.working import WorkingQueue
from mustela.store import AsyncStore

#: Seconds between two looks whether another process has written anything.
WATCH_SECONDS = 0.1
#: Seconds between two looks for processes that have died.
RECOVER_SECONDS = 2.0
#: Seconds between two looks for jobs that were claimed without our knowing, while there may be any.
UNSURE_SECONDS = 0.5
#: Seconds between two looks at a job that somebody waits for, and another process may run.
WAIT_SECONDS = 0.25


class AsyncioJobQueue(WorkingQueue):
    """Runs at most ``concurrency`` jobs at once, on the loop that enters :meth:`running`.

    ``data_dir`` is where the processes that share a database file show that they live; ``None``
    says that no other process opens it. With ``watch`` the queue also looks, each tenth of a
    second, for jobs and cancellations by other processes. On a database server it always does,
    and ``data_dir`` does not matter: there, and where ``presence`` says so, leases show who
    lives. ``drain`` is how many seconds running
    jobs are given at the end. A run elsewhere that is silent for ``silence`` seconds is ended.
    Where ``leader`` says that this process leads, jobs are forgotten as ``retention`` says.
    """

    #: Seconds between two looks at what others have written.
    watch_seconds = WATCH_SECONDS

    def __init__(
        self,
        store: AsyncStore,
        *,
        data_dir: Path | None = None,
        concurrency: int = 4,
        watch: bool = False,
        drain: float = 5.0,
        silence: float = SILENCE_SECONDS,
        retention: Retention = Retention(),
        leader: Leader | None = None,
        presence: Presence | None = None,
        clock: Clock = wall_clock,
    ) -> None:
        super().__init__(store, data_dir, drain, clock, presence)
        self._retainer = Retainer(
            AsyncRetentionRepository(store), retention, leader or LeaderLock(), self._naming
        )
        self._concurrency = concurrency
        self._watches = watch or self.presence.leased
        self._silence = silence
        self._reaper = reaper_of(store, silence)
        self._poll = WAIT_SECONDS if self._watches else LONGEST_PAUSE
        self._takes = False
        self._wake = asyncio.Event()
        self._ticker = Ticker(self)
        self._claiming = asyncio.Lock()
        self._recovered = False
        self._recover_at = 0.0
        self._unsure = False
        self._held: set[str] = set()
        self._resting: dict[str, float] = {}
        self._seen: object | None = None
        self._due = float("inf")

    @property
    def slots(self) -> int:
        """How many jobs run at once."""
        return self._concurrency

    @property
    def takes(self) -> list[str]:
        """The types of which this queue begins jobs by itself."""
        return self._registry.taken if self._concurrency else []

    def take_only(
        self, types: Collection[str] | None = None, concurrency: int | None = None
    ) -> None:
        """Begin jobs of these types only, and at most so many at once; ``None``: as it was.

        To be said before :meth:`running`. Raises ``UnknownJobType``.
        """
        if types is not None:
            self._registry.take_only(types)
        if concurrency is not None:
            self._concurrency = concurrency

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Take jobs, after those of dead processes have been settled.

        At the end repeatable jobs are handed back (the attempt does not count); the others are
        given the time of ``drain``, and fail then (``interrupted``).
        """
        self._reaper = reaper_of(self.store, self._silence)
        self._recovered = self._unsure = False
        self._seen = None
        async with self._at_work(self.takes, *self._steps()):
            self._takes = True
            try:
                yield self
            finally:
                self._takes = False
                self.wake()
                self._ticker.look_again()

    def wake(self) -> None:
        """See :meth:`JobQueue.wake`."""
        self._wake.set()

    def _schedules_changed(self) -> None:
        self._ticker.look_again()

    async def run_here(self, id: str) -> Job | None:
        """Run this one job in this process, which need not take others; the job when it is over.

        Raises ``NotFound``, and ``UnknownJobType`` where no handler is registered here.
        ``None`` where it does not wait (any more), or where it is handed back because the queue
        stops. When the caller is cancelled, so is the job.
        """
        if self._supervisor is None:
            async with self._at_work((), self._watch):
                return await self._run_here(id)
        return await self._run_here(id)

    # The loops.

    def _steps(self) -> list[Callable[[], Awaitable[None]]]:
        watching = [self._watch] if self._watches else []
        return [self._dispatch, self._reap, self._ticker.step, self._retain, *watching]

    async def _dispatch(self) -> None:
        self._wake.clear()
        due = await self._claim()
        self._due = float("inf") if due is None else due
        sleep = None
        if due is not None:
            sleep = min(max(0.0, (due - self._clock()) / 1_000_000), LONGEST_SLEEP)
        if self._unsure:
            sleep = UNSURE_SECONDS if sleep is None else min(sleep, UNSURE_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(sleep):
                await self._wake.wait()

    async def _watch(self) -> None:
        supervisor = self._supervisor
        if supervisor is None:
            return
        state = self.store.state()
        if state is None:
            state = await self.jobs.revision()
        if state != self._seen:
            await self._look()
            self._seen = state
        now = asyncio.get_running_loop().time()
        if self._recovered and now >= self._recover_at and not self.presence.leased:
            self._recover_at = now + RECOVER_SECONDS
            if await self.recover():
                self.wake()
        await supervisor.pause(self.watch_seconds)

    async def _reap(self) -> None:
        for job in await self._reaper.look(self._clock()):
            self._tell(job.id)
        if self._supervisor is not None:
            await self._supervisor.pause(self._reaper.step)

    async def _look(self) -> None:
        """What others have asked for. Where it fails, the next look is not left out."""
        self._ticker.heard_of(await self.schedules.next_at(self.types))
        outlook = await self.jobs.look(self._owner, tuple(self._room()[0]), self._clock())
        for id in outlook.cancelled:
            if id in self._active:
                self._active[id].interrupt("cancel")
        sooner = outlook.next_run_at is not None and outlook.next_run_at < self._due
        if sooner or self._worth_a_claim(outlook):
            self.wake()

    def _worth_a_claim(self, outlook: Outlook) -> bool:
        """Whether jobs may be begun that this queue has not heard of."""
        return outlook.ready

    async def _retain(self) -> None:
        supervisor = self._supervisor
        if supervisor is not None:
            await self._retainer.round(self._clock(), supervisor.pause, lambda: supervisor.stopping)
            await supervisor.pause(ROUND_SECONDS)

    # Claiming.

    def _room(self) -> tuple[dict[str, int], int]:
        """How many jobs of each type may be begun now, and how many in all.

        A job whose handler has returned keeps no slot while its end is written, unless too many
        such ends wait already.
        """
        at_work = [one for one in self._active.values() if not one.over]
        unwritten = len(self._active) - len(at_work)
        free = self._concurrency - len(at_work) - max(0, unwritten - self._concurrency)
        if free <= 0 or not self._takes or not self.may_claim:
            return {}, 0
        room = self._registry.room(free, (one.job.type for one in at_work))
        return {type: most for type, most in room.items() if not self._rests(type)}, free

    def _rests(self, type: str) -> bool:
        """Whether jobs of a type are left to others just now."""
        until = self._resting.get(type)
        if until is not None and asyncio.get_running_loop().time() >= until:
            del self._resting[type]
            return False
        return until is not None

    async def _write(self, execution: Execution, outcome: Outcome, report: Report) -> bool:
        if isinstance(outcome, Elsewhere):
            loop, type_ = asyncio.get_running_loop(), execution.job.type
            until = loop.time() + outcome.seconds
            self._resting[type_] = max(until, self._resting.get(type_, until))
            loop.call_later(outcome.seconds, self.wake)
        return await super()._write(execution, outcome, report)

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
            owner = self._owner
            with self._claims():
                claim = await self.jobs.claim(
                    owner, wanted, free, leased=self.presence.leased, at=self._clock()
                )
            self._begin_all(claim, owner)
            self._held = set(wanted).difference(free_of(claim.held, wanted))
        if self._supervisor is not None:
            self._supervisor.well(STUMBLED)
        return claim.next_run_at

    async def _submit(self, new: NewJob) -> Submitted:
        """An idle queue inserts and claims in one commit, and begins in the loop's next turn."""
        if new.type in self._held:
            submitted = await self.jobs.submit(new, at=self._clock())  # nothing is to be claimed
            if new.type not in self._held or self._claiming.locked():
                self.wake()  # unless it was resumed meanwhile, and a claim came too early for it
            return submitted
        busy = self._claiming.locked() or bool(self._submits)
        if busy or new.type not in self._room()[0] or new.run_at or new.paused:
            return await super()._submit(new)  # those of one turn share a commit
        # Once begun it is not cancelled with its caller: the jobs that it claims would be lost.
        task = asyncio.create_task(self._submit_and_claim(new))
        self._submits.add(task)
        task.add_done_callback(self._submits.discard)
        return await asyncio.shield(task)

    async def _submit_and_claim(self, new: NewJob) -> Submitted:
        async with self._claiming:
            wanted, free = self._room()
            owner = self._owner
            with self._claims():
                submitted, claim = await self.jobs.submit_and_claim(
                    new,
                    owner,
                    wanted,
                    free,
                    leased=self.presence.leased,
                    at=self._clock(),
                )
            self._begin_all(claim, owner)
        self.wake()  # for the next delayed job, and where the new one was not claimed
        return submitted

    @contextmanager
    def _claims(self) -> Iterator[None]:
        """A claim whose answer was lost may have been committed: look before the next one."""
        try:
            yield
        except BaseException:
            self._unsure = True
            self.wake()
            raise

    async def _give_back_unknown(self) -> None:
        """What was claimed without our knowing; the server may be at the commit of it yet."""
        quiet = await self.presence.is_quiet(self._owner)
        for job in await self.jobs.running_of(self._owner):
            if job.id not in self._active:
                await self.jobs.hand_back(job.id, job.claim_id, at=self._clock())
        self._unsure = not quiet

    # Running.

    def _begin_all(self, claim: Claim, owner: str) -> None:
        if claim.lost:
            self._lose(owner)
        for job in claim.jobs:
            self._start(job)

    async def _run_here(self, id: str) -> Job | None:
        self._registry[(await self.get(id)).type]  # refuse what cannot be run here
        async with self._claiming:
            claim = asyncio.ensure_future(
                self.jobs.claim_one(id, self._owner, leased=self.presence.leased, at=self._clock())
            )
            try:
                with self._claims():
                    job = await asyncio.shield(claim)
            except asyncio.CancelledError:
                with self._claims():
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
