"""Jobs that come again and again: each tick makes one job, whoever sees it, and only once.

Which tick comes next stands in the row and only rises. Who moves it beyond a tick adds that
tick's job in the same transaction; so it does not matter how many processes see the tick, whether
one of them dies meanwhile, or whether the clock is set back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from mustela.jobs import schedule_statements as sql
from mustela.jobs.cron import tick_after, tick_until
from mustela.jobs.look_operations import SCHEDULES
from mustela.jobs.operations import JobOperations
from mustela.jobs.record import NewJob, Submitted
from mustela.jobs.schedule_record import NewSchedule, Schedule, schedule_of
from mustela.store import (
    AsyncRepository,
    SyncRepository,
    Unit,
    all,
    changed,
    count,
    current,
    one,
    read,
    write,
)
from mustela.store.errors import NotFound

#: A tick that is seen so much later (microseconds) was missed.
MISSED = 60_000_000

_jobs = JobOperations()
_json = msgspec.json.Encoder(order="deterministic")


class ScheduleOperations:
    """Operations on schedules; ``at`` as in :class:`~mustela.jobs.JobOperations`.

    Ticks that nobody saw make one job together when somebody looks again, or none where
    ``catch_up`` is false. Ticks that pass while a schedule is paused are never made up for.
    """

    @write
    def put(self, new: NewSchedule, *, at: int | None = None) -> Unit[Schedule]:
        """Keep a schedule; one that has this name is changed, and stays paused if it is.

        Raises ``InvalidSchedule``.
        """
        context = yield from current()
        now = context.now if at is None else at
        before = yield from self.get.unit(new.name)
        if before is not None and before.is_as(new):
            return before
        yield from count(
            sql.PUT,
            name=new.name,
            cron=new.cron,
            type=new.type,
            payload=new.payload,
            priority=new.priority,
            catch_up=int(new.catch_up),
            overlap=int(new.overlap),
            paused=0,
            next_at=_next(new.cron, now, before),
            last_at=None,
            last_job_id=None,
            actor=context.actor,
            created_at=now,
            updated_at=now,
        )
        yield from changed(SCHEDULES, new.name, delta=int(before is None))
        return (yield from self._found(new.name))

    @read
    def get(self, name: str) -> Unit[Schedule | None]:
        """A schedule by its name."""
        return (yield from one(sql.GET, schedule_of, schedule=name))

    @read
    def list_schedules(self) -> Unit[list[Schedule]]:
        """All of them, by name."""
        return (yield from all(sql.LIST, schedule_of))

    @write
    def remove(self, name: str) -> Unit[None]:
        """Forget a schedule; the jobs that it made stay. Raises ``NotFound``."""
        yield from self._found(name)
        yield from count(sql.REMOVE, schedule=name)
        yield from changed(SCHEDULES, name, delta=-1)

    @write
    def pause(self, name: str, *, at: int | None = None) -> Unit[Schedule]:
        """Let ticks pass. Raises ``NotFound``."""
        context = yield from current()
        now = context.now if at is None else at
        if (yield from count(sql.PAUSE, schedule=name, now=now)):
            yield from changed(SCHEDULES, name)
        return (yield from self._found(name))

    @write
    def resume(self, name: str, *, at: int | None = None) -> Unit[Schedule]:
        """Go on with the next tick from now. Raises ``NotFound``."""
        context = yield from current()
        now = context.now if at is None else at
        before = yield from self._found(name)
        upcoming = _next(before.cron, now, before)
        if (yield from count(sql.RESUME, schedule=name, next=upcoming, now=now)):
            yield from changed(SCHEDULES, name)
        return (yield from self._found(name))

    @read
    def next_at(self, types: Sequence[str]) -> Unit[int | None]:
        """When the next tick of a schedule for these types comes."""
        return (yield from one(sql.NEXT_AT, _same, types=_json.encode(types).decode()))

    @write
    def fire_due(self, known: Mapping[str, NewJob], *, at: int | None = None) -> Unit[list[str]]:
        """Make the jobs of the ticks that have come, of the types that are ``known``.

        ``known`` says, for each type, what its jobs are allowed. Answers the ids of new jobs.
        """
        context = yield from current()
        now = context.now if at is None else at
        types = _json.encode(list(known)).decode()
        made = []
        for schedule in (yield from all(sql.DUE, schedule_of, types=types, now=now)):
            tick = tick_until(schedule.cron, now) or schedule.next_at_us
            moved = yield from count(
                sql.MOVE,
                schedule=schedule.name,
                due=schedule.next_at_us,
                next=tick_after(schedule.cron, now),
                tick=tick,
            )
            if not moved:
                continue
            if schedule.catch_up or now - tick <= MISSED:
                submitted = yield from self._make(schedule, known[schedule.type], now)
                if submitted.created:
                    made.append(submitted.id)
            yield from changed(SCHEDULES, schedule.name)
        return made

    def _make(self, schedule: Schedule, known: NewJob, now: int) -> Unit[Submitted]:
        name = f"schedule:{schedule.name}"
        new = msgspec.structs.replace(
            known,
            payload=schedule.payload,
            priority=schedule.priority,
            uniqueness_key=None if schedule.overlap else name,
            actor=name,
        )
        submitted = yield from _jobs.submit.unit(new, at=now)
        if submitted.created:
            yield from count(sql.NOTE_JOB, schedule=schedule.name, job=submitted.id)
        return submitted

    def _found(self, name: str) -> Unit[Schedule]:
        found = yield from self.get.unit(name)
        if found is None:
            raise NotFound(f"there is no schedule {name}")
        return found


def _next(cron: str, now: int, before: Schedule | None) -> int:
    """The first tick that is to come, and has not come before the clock was set back."""
    last = None if before is None else before.last_at_us
    return tick_after(cron, now if last is None else max(now, last))


def _same(value: int | None) -> int | None:
    return value


class ScheduleRepository(ScheduleOperations, SyncRepository):
    """Schedules for code that waits."""


class AsyncScheduleRepository(ScheduleOperations, AsyncRepository):
    """Schedules for the event loop."""
