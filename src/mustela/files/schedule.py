"""Scans that nobody has to ask for: every root, when its last scan is long ago."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from mustela.files.root import AsyncRootRepository, Root
from mustela.jobs.leader import Leader
from mustela.store import acting_as, from_microseconds
from mustela.store.errors import StoreError

logger = logging.getLogger(__name__)

#: At most so many seconds lie between two looks whether a scan is due, and whether the leader
#: has gone.
LOOK_SECONDS = 15.0

#: Submits a scan of a root, by its id.
Submit = Callable[[str], Awaitable[object]]


class ScanSchedule:
    """Has every root of a collection scanned each ``interval`` seconds.

    A root's turn comes an interval after its last scan, after it was added where it has none, and
    after the last scan that was submitted here, however that ended. Of several processes on a
    database the one that leads does it; ``on_lead`` is called when this one begins to.
    """

    def __init__(
        self,
        roots: AsyncRootRepository,
        collection: str,
        submit: Submit,
        interval: float,
        *,
        leader: Leader,
        on_lead: Callable[[], Awaitable[object]] | None = None,
        now: Callable[[], datetime] = lambda: from_microseconds(time.time_ns() // 1000),
    ) -> None:
        self._roots = roots
        self._collection = collection
        self._submit = submit
        self._interval = interval
        self._leader = leader
        self._on_lead = on_lead
        self._look_seconds = min(LOOK_SECONDS, interval / 4 or LOOK_SECONDS)
        self._now = now
        self._led = False
        self._submitted: dict[str, datetime] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Scans are submitted inside of this context."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        with acting_as("schedule"):
            while True:
                try:
                    await self.look()
                except (StoreError, OSError) as error:  # a full disk, say: it may have room later
                    logger.warning("scheduled scans have to wait: %s", error)
                await asyncio.sleep(self._look_seconds)

    async def look(self) -> list[str]:
        """Submit the scans that are due, where this process leads; the ids of their roots."""
        led, self._led = self._led, False
        if not await self._leader.leads():
            return []
        if not led and self._on_lead is not None:
            await self._on_lead()
        self._led = True
        now = self._now()
        due = [root for root in await self._roots.list_roots() if self._is_due(root, now)]
        for root in due:
            await self._submit(root.id)
            self._submitted[root.id] = now
        return [root.id for root in due]

    def _is_due(self, root: Root, now: datetime) -> bool:
        if not self._interval or self._collection not in root.collections:
            return False
        last = self._last_scan(root) or root.created_at
        if root.id in self._submitted:
            last = max(last, self._submitted[root.id])
        return (now - last).total_seconds() >= self._interval

    def _last_scan(self, root: Root) -> datetime | None:
        """This collection's own: that of another one does not put it off."""
        result = (root.last_scan or {}).get(self._collection)
        if result is None:
            return None
        finished_at = result.get("finished_at")
        return root.last_scan_at if finished_at is None else from_microseconds(finished_at)
