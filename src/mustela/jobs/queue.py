"""The protocol of job queues."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol, Self

from msgspec import UNSET, UnsetType
from sqlalchemy import Column

from mustela.jobs.external_queue import RunQueue
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.pause_operations import Paused
from mustela.jobs.presence import LiveWorker
from mustela.jobs.record import TIME_LIMIT, Job
from mustela.jobs.registry import Backoff, Handler, growing
from mustela.jobs.schedule_operations import AsyncScheduleRepository
from mustela.jobs.schedule_record import Schedule
from mustela.store import AsyncExecutor


class JobQueue(RunQueue, Protocol):
    """Takes jobs, has them run, says how they are.

    ``jobs`` is the repository of their rows, ``schedules`` that of what comes again and again.
    """

    jobs: AsyncJobRepository
    schedules: AsyncScheduleRepository

    def register_handler(
        self,
        type: str,
        handler: Handler,
        *,
        timeout: float | None = TIME_LIMIT,
        stall_timeout: float | None = None,
        retries: int = 0,
        concurrency: int | None = None,
        repeatable: bool = False,
        backoff: Backoff = growing,
    ) -> None:
        """Say who runs the jobs of a type.

        A coroutine function runs on the event loop, any other function in a thread of its own,
        and :class:`~mustela.jobs.InChildProcess` in a process of its own.

        ``timeout`` and ``stall_timeout`` (without progress) are in seconds; where ``timeout`` is
        ``None``, a job still fails after ten minutes without progress, unless said otherwise.
        ``retries`` are attempts after one that raised; ``concurrency`` how many run at once.
        A *repeatable* job may be begun again after the process that ran it died; any other ends
        ``failed`` then (``worker_died``).
        """
        ...

    def declare_external(self, type: str) -> None:
        """Say that jobs of a type are executed elsewhere: they are known, and never claimed."""
        ...

    def keep_named_by(self, *columns: Column[Any]) -> None:
        """Say which columns of records hold ids of jobs: retention keeps what they name.

        Each should have an index.
        """
        ...

    @property
    def types(self) -> list[str]:
        """The types that jobs can be submitted of."""
        ...

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
        """Accept a job, durably, and answer its id.

        With a ``uniqueness_key`` that an unfinished job has, nothing is added and the id is that
        job's. With ``tx`` it commits with the caller's other writes or not at all. Raises
        ``UnknownJobType``, ``InvalidJob``.
        """
        ...

    async def cancel(self, id: str) -> Job:
        """Cancel a job: at once where it waits, within a second where it runs.

        So are the unfinished jobs below it (its children, theirs ...). Answers the job as it is
        then; one that is over stays as it is, and so do its children. Raises ``NotFound``.
        """
        ...

    async def wait_for_children(
        self,
        id: str,
        timeout: float | None = None,  # noqa: ASYNC109  # raises nothing
    ) -> list[Job]:
        """The children of a job, oldest first, when all are over, or as they are after so long.

        A handler that waits for children keeps its slot meanwhile: let there be others.
        """
        ...

    async def pause(self, *, type: str | None = None, id: str | None = None) -> None:
        """Begin no job of a type, or not this one; where neither is named, none at all.

        Holds in every process and survives a restart. What runs goes on. Raises ``NotFound``,
        ``UnknownJobType``, ``InvalidJob`` where both are named.
        """
        ...

    async def resume(self, *, type: str | None = None, id: str | None = None) -> None:
        """Undo the pause of the same name, and no other. Raises as :meth:`pause` does."""
        ...

    async def paused(self) -> Paused:
        """What is held back, besides single jobs."""
        ...

    async def schedule(
        self,
        name: str,
        cron: str,
        type: str,
        payload: Mapping[str, Any] | None = None,
        *,
        priority: int = 0,
        catch_up: bool = True,
        overlap: bool = True,
    ) -> Schedule:
        """Have a job made at each tick of a cron expression (UTC), durably.

        Each tick makes one job, however many processes see it. Ticks that nobody saw make one
        job together as soon as somebody looks; with ``catch_up=False`` a tick that is more than
        a minute late makes none. With ``overlap=False`` a tick makes none either while the job
        of an earlier one is unfinished. Who comes with a ``name`` that exists changes that
        schedule. Raises ``InvalidSchedule``, ``UnknownJobType``, ``InvalidJob``.
        """
        ...

    async def others_take(self, type: str, *, elsewhere: bool = False) -> bool:
        """Whether a living worker besides this queue takes jobs of a type by itself.

        ``elsewhere``: one on another machine than this.
        """
        ...

    async def get(self, id: str) -> Job:
        """A job, with the progress that this process knows of. Raises ``NotFound``."""
        ...

    async def wait(
        self,
        id: str,
        timeout: float | None = None,  # noqa: ASYNC109  # raises nothing
    ) -> Job:
        """A job when it is over, or as it is after ``timeout`` seconds. Raises ``NotFound``."""
        ...

    async def live_workers(self) -> list[LiveWorker]:
        """The living processes that run jobs of this queue's store, as far as it can know."""
        ...

    def wake(self) -> None:
        """Look for jobs now: there may be some that this queue has not seen submitted."""
        ...

    def running(self) -> AbstractAsyncContextManager[Self]:
        """Jobs are taken inside of this context."""
        ...
