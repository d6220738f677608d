"""Sources that wait to be summed anew get their turn while a server runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mustela.jobs.leader import Leader
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.store.errors import Conflict, StoreError

logger = logging.getLogger(__name__)

#: Seconds between two looks whether a source waits.
LOOK_SECONDS = 0.5
#: Seconds until the next try where the database refuses, and until this process may lead.
LATER_SECONDS = 15.0


class Refreshing:
    """Sums stale sources, a bounded unit after the other, so that others write in between.

    Of several processes the one that leads does it.
    """

    def __init__(
        self, sources: AsyncSourceRepository, leader: Leader, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._sources = sources
        self._leader = leader
        self._look_seconds = look_seconds

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sources are summed inside of this context."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        while True:
            pause = self._look_seconds
            try:
                if not await self._leader.leads():
                    pause = LATER_SECONDS
                elif await self._sources.any_stale():
                    await self._sources.refresh()
            except Conflict:  # others write the same sources; they stay stale until the next look
                logger.debug("others write the sources that wait for their sums")
            except (StoreError, OSError) as error:  # a full disk, say: it may have room later
                logger.warning("sources wait for their sums: %s", error)
                pause = LATER_SECONDS
            except Exception:  # the edge of a task: nobody else would hear of it, or go on
                logger.exception("sources wait for their sums")
                pause = LATER_SECONDS
            await asyncio.sleep(pause)
