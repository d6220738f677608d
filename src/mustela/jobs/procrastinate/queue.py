"""The queue of many machines: job rows in PostgreSQL, and tickets of Procrastinate's beside them.

A ticket says that a job of a type is ready. It is made with the row, in one transaction, and wakes
the processes that listen; one of them takes it, and claims: that job, or a better one. What it
claims is in our table, where everything that matters is fenced. A ticket that is lost delays a job
by seconds, and one too many finds nothing to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Self

from procrastinate.exceptions import ProcrastinateException

from mustela.jobs.control import Clock, wall_clock
from mustela.jobs.embedded import AsyncioJobQueue
from mustela.jobs.external_reaper import SILENCE_SECONDS
from mustela.jobs.leader import Leader
from mustela.jobs.look_operations import Outlook
from mustela.jobs.presence import Presence
from mustela.jobs.procrastinate.schema import install
from mustela.jobs.procrastinate.tickets import Tickets
from mustela.jobs.retention import Retention
from mustela.store import AsyncStore

#: Seconds between two looks at what no ticket tells: cancellations, delayed jobs, the end of a
#: pause.
LOOK_SECONDS = 0.5
#: Seconds after which a process that has room looks for tickets, though it heard of none.
POLL_SECONDS = 5.0
#: Seconds between two looks for tickets that were lost.
MEND_SECONDS = 5.0
#: Seconds that are given at the end to the connections of tickets.
CLOSE_SECONDS = 2.0


class ProcrastinateJobQueue(AsyncioJobQueue):
    """As :class:`~mustela.jobs.AsyncioJobQueue`, for processes on any number of machines.

    ``url`` is that of the ``store``'s database, ``postgresql://...``. With a ``concurrency`` of 0
    this process runs no jobs. What Procrastinate needs in the database is made at the start of
    :meth:`running`: tables in the schema ``mustela_procrastinate`` (of a catalog whose
    tables are in another schema than ``public``: ``mustela_procrastinate_`` and its name), and a
    trigger of ours.
    """

    watch_seconds = LOOK_SECONDS

    def __init__(
        self,
        store: AsyncStore,
        url: str,
        *,
        data_dir: Path | None = None,
        concurrency: int = 4,
        drain: float = 5.0,
        silence: float = SILENCE_SECONDS,
        retention: Retention = Retention(),
        leader: Leader | None = None,
        presence: Presence | None = None,
        clock: Clock = wall_clock,
    ) -> None:
        super().__init__(
            store,
            data_dir=data_dir,
            concurrency=concurrency,
            watch=True,
            drain=drain,
            silence=silence,
            retention=retention,
            leader=leader,
            presence=presence,
            clock=clock,
        )
        self._url = "postgresql://" + url.partition("://")[2]
        self._tickets = Tickets(self._url)
        self._told = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """As :meth:`AsyncioJobQueue.running`. Raises ``ProcrastinateTooNew``, ``NoJobsTable``."""
        await asyncio.to_thread(install, self._url)
        try:
            async with super().running():
                yield self
        finally:
            with suppress(ProcrastinateException, OSError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._tickets.leave()
            await self._tickets.close()

    def wake(self) -> None:
        """See :meth:`JobQueue.wake`."""
        super().wake()
        self._told.set()

    def _steps(self) -> list[Callable[[], Awaitable[None]]]:
        return [*super()._steps(), self._listen, self._take_tickets, self._mend]

    def _worth_a_claim(self, outlook: Outlook) -> bool:
        """Tickets tell of what is ready; but not of the end of a pause."""
        return bool(self._held) and outlook.ready

    # The loops.

    async def _listen(self) -> None:
        listening = asyncio.create_task(self._tickets.listen(self._told.set))
        stopped = asyncio.create_task(self._stopped())
        try:
            await asyncio.wait((listening, stopped), return_when=asyncio.FIRST_COMPLETED)
            if listening.done():
                listening.result()  # it never ends but with an error
        finally:
            for task in (listening, stopped):
                task.cancel()
            await asyncio.wait((listening, stopped))

    async def _stopped(self) -> None:
        if self._supervisor is not None:
            await self._supervisor.until_stopped()

    async def _take_tickets(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._told.wait()
        self._told.clear()
        async with self._reconnecting():
            while (wanted := self._invitable()) and await self._take_one(wanted):
                pass

    @asynccontextmanager
    async def _reconnecting(self) -> AsyncIterator[None]:
        """A pool that met a fault waits longer and longer between its tries: make a new one."""
        try:
            yield
        except BaseException:
            await self._tickets.close()
            raise

    def _invitable(self) -> list[str]:
        """The types of which jobs would be begun now. Tickets of others are left to others."""
        return [type for type in self._room()[0] if type not in self._held]

    async def _take_one(self, wanted: list[str]) -> bool:
        ticket = await self._tickets.take(wanted)
        if ticket is None:
            return False
        id = str(ticket.task_kwargs["job"])
        await self._claim()
        if id not in self._active:  # a better one took the place, or somebody else has it
            await self._tickets.invite(id)
        await self._tickets.used(ticket)
        return True

    async def _mend(self) -> None:
        async with self._reconnecting():
            await self._tickets.mend()
        if self._supervisor is not None:
            await self._supervisor.pause(MEND_SECONDS)
