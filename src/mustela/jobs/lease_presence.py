"""Who lives on several machines: each process that runs jobs renews a lease in the database.

Leases end by the server's clock; no clock of a client is looked at. They are renewed by a thread
with a connection of its own: neither a blocked event loop nor a pool in use looks like death.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection
from contextlib import closing, suppress

from mustela.jobs.presence import LiveWorker, this_worker
from mustela.jobs.record import Job
from mustela.jobs.supervisor import Pauses
from mustela.jobs.unbroken_watch import UnbrokenWatch
from mustela.jobs.worker_operations import AsyncWorkerRepository, WorkerRepository
from mustela.store import AsyncStore, new_id
from mustela.store.errors import StoreError
from mustela.store.server import DatabaseServer

logger = logging.getLogger(__name__)

#: Seconds without a word after which a process is taken for dead.
LEASE_SECONDS = 30.0
#: Renewals within a lease; looks for the dead; and the part of it that is watched before judging.
_RENEWALS, _LOOKS, _WATCHED = 6, 10, 3
#: Seconds that are given, at the end, to telling others so.
_LEAVE_SECONDS = 2.0


class LeasePresence:
    """Those who live have a lease of ``lease`` seconds; see :class:`Presence`."""

    leased = True

    def __init__(self, store: AsyncStore, *, lease: float = LEASE_SECONDS) -> None:
        if store.server is None:
            raise ValueError("leases are of those who share a database server")
        self._server = store.server
        self._workers = AsyncWorkerRepository(store)
        self._lease = lease
        self._watch = UnbrokenWatch(lease / _WATCHED, lease / _WATCHED)
        self.step = lease / _LOOKS

    async def join(
        self, takes: Collection[str], slots: int, declared_dead: Callable[[], None]
    ) -> LeaseOwner:
        """See :meth:`Presence.join`. Raises ``StoreError``."""
        owner = new_id()
        await self._workers.join(this_worker(owner, takes, slots), self._lease)
        return LeaseOwner(owner, self._server, self._lease, declared_dead)

    async def is_quiet(self, owner: str) -> bool:
        """See :meth:`Presence.is_quiet`."""
        return await self._workers.is_quiet(owner)

    async def live_workers(self) -> list[LiveWorker]:
        """See :meth:`Presence.live_workers`."""
        return await self._workers.live()

    async def settle_dead(self, own: Collection[str], at: int) -> list[Job]:
        """See :meth:`Presence.settle_dead`.

        In two transactions: whoever is declared dead can claim nothing more, and all that he has
        claimed is seen by the second one. Where this process dies between them, another goes on.
        """
        found = await self._workers.look_for_dead(at=at)
        if not self._watch.lasts(found.now) or not (found.expired or found.unowned):
            return []
        if found.expired:
            await self._workers.declare_dead(at=at)
        return await self._workers.settle_unowned(at=at)


class LeaseOwner:
    """The lease of one owner of jobs; see :class:`Owner`."""

    def __init__(
        self, owner: str, server: DatabaseServer, lease: float, declared_dead: Callable[[], None]
    ) -> None:
        self.owner = owner
        self.lost = False
        self._declared_dead = declared_dead
        self._renewing = _Renewing(owner, server, lease, self.lose)
        self._renewing.start()

    def lose(self) -> None:
        """See :meth:`Owner.lose`."""
        self._renewing.over.set()
        if not self.lost:
            self.lost = True
            self._declared_dead()

    def leave(self) -> None:
        """See :meth:`Owner.leave`."""
        self._renewing.over.set()

    async def left(self) -> None:
        """See :meth:`Owner.left`."""
        await asyncio.to_thread(self._renewing.join, _LEAVE_SECONDS)


class _Renewing(threading.Thread):
    """Renews until it is over, others have declared the owner dead, or the event loop is gone."""

    def __init__(
        self, owner: str, server: DatabaseServer, lease: float, lose: Callable[[], None]
    ) -> None:
        super().__init__(name=f"lease {owner}", daemon=True)
        self.over = threading.Event()
        self._owner = owner
        self._server = server
        self._lease = lease
        self._lose = lose
        self._loop = asyncio.get_running_loop()

    def run(self) -> None:
        every = self._lease / _RENEWALS
        pauses = Pauses()
        pause = every
        with closing(self._server.connect(patience=every)) as connection:
            workers = WorkerRepository(connection)
            while not self.over.wait(pause):
                if self._loop.is_closed():  # nothing runs any more that it could be for
                    return
                try:
                    if not workers.renew(self._owner, self._lease):
                        self._tell()
                        return
                except Exception as error:  # noqa: BLE001  # the edge of a thread: it goes on
                    logger.warning("the lease of %s is not renewed: %s", self._owner, error)
                    pause = min(every, pauses.next())
                else:
                    pauses.reset()
                    pause = every
            with suppress(StoreError):  # it ends by itself then
                workers.leave(self._owner)

    def _tell(self) -> None:
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            self._loop.call_soon_threadsafe(self._lose)
