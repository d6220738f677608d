"""What dispatchers share besides submitting: the types they know, schedules, and pauses."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Column

from mustela.jobs.cron import tick_after
from mustela.jobs.errors import InvalidSchedule
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.pause_operations import Paused
from mustela.jobs.record import TIME_LIMIT, to_json
from mustela.jobs.registry import STALL_LIMIT, Backoff, Handler, Registration, Registry, growing
from mustela.jobs.schedule_operations import AsyncScheduleRepository
from mustela.jobs.schedule_record import NewSchedule, Schedule
from mustela.store import AsyncStore

#: Answers the time in microseconds since 1970, UTC.
Clock: TypeAlias = Callable[[], int]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}")


def wall_clock() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


class QueueControl:
    """The part of a queue that is told what there is to do, and when not to do it."""

    def __init__(self, store: AsyncStore, clock: Clock) -> None:
        self.store = store
        self.jobs = AsyncJobRepository(store)
        self.schedules = AsyncScheduleRepository(store)
        self._clock = clock
        self._registry = Registry()
        self._naming: list[Column[Any]] = []

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
        """See :meth:`JobQueue.register_handler`."""
        if timeout is None and stall_timeout is None:
            stall_timeout = STALL_LIMIT
        self._registry.add(
            Registration(
                type, handler, timeout, stall_timeout, retries, concurrency, repeatable, backoff
            )
        )

    def declare_external(self, type: str) -> None:
        """See :meth:`JobQueue.declare_external`."""
        self._registry.add(Registration(type, None, timeout=None))

    def keep_named_by(self, *columns: Column[Any]) -> None:
        """See :meth:`JobQueue.keep_named_by`."""
        self._naming.extend(columns)

    @property
    def types(self) -> list[str]:
        """See :meth:`JobQueue.types`."""
        return [registration.type for registration in self._registry]

    def now(self) -> int:
        """The time, in microseconds since 1970, UTC."""
        return self._clock()

    def wake(self) -> None:
        """See :meth:`JobQueue.wake`."""

    async def pause(self, *, type: str | None = None, id: str | None = None) -> None:
        """See :meth:`JobQueue.pause`."""
        if type is not None:
            self._registry[type]  # a slip of the pen is refused
        await self.jobs.pause(type=type, id=id, at=self._clock())

    async def resume(self, *, type: str | None = None, id: str | None = None) -> None:
        """See :meth:`JobQueue.resume`."""
        await self.jobs.resume(type=type, id=id, at=self._clock())
        self.wake()

    async def paused(self) -> Paused:
        """See :meth:`JobQueue.paused`."""
        return await self.jobs.paused()

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
        """See :meth:`JobQueue.schedule`."""
        self._registry[type]
        if not _NAME.fullmatch(name):
            raise InvalidSchedule(
                f"{name!r} cannot name a schedule: use letters, digits and . _ + ~ -, at most 128"
            )
        now = self._clock()
        tick_after(cron, now)
        new = NewSchedule(
            name=name,
            cron=" ".join(cron.split()),
            type=type,
            payload=to_json(dict(payload or {})),
            priority=priority,
            catch_up=catch_up,
            overlap=overlap,
        )
        kept = await self.schedules.put(new, at=now)
        self._schedules_changed()
        return kept

    async def fire_due(self) -> list[str]:
        """Make the jobs of the ticks that have come, where nobody has; the ids of those made."""
        known = {one.type: one.template for one in self._registry}
        made = await self.schedules.fire_due(known, at=self._clock())
        if made:
            self.wake()
        return made

    def _schedules_changed(self) -> None:
        """The next tick may come sooner."""
