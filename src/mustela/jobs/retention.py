"""What becomes of jobs that are over: kept for so long, or so many, and then forgotten.

The time counts from a job's end. A job stays, however old, while a living record names it (its
log goes), and while a job is there that it is the parent of.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import (
    Column,
    bindparam,
    delete,
    exists,
    or_,
    select,
    text,
    tuple_,
)

from mustela.jobs.leader import Leader
from mustela.jobs.look_operations import TOPIC
from mustela.jobs.schema import job_logs, jobs
from mustela.store import (
    INTEGER,
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    changed,
    count,
    many,
    one,
    read,
    rows,
    write,
)
from mustela.store.dialect_sql import in_json

#: Columns of records that hold ids of jobs; each should have an index.
Naming: TypeAlias = tuple[Column[Any], ...]

#: One unit looks at so many jobs, and removes so many lines of logs: others wait for the writer.
JOBS, LINES = 200, 2_000
#: Seconds between two units, and between two rounds.
PAUSE_SECONDS, ROUND_SECONDS = 0.05, 600.0
DAY = 86_400_000_000

_json = msgspec.json.Encoder()


class Retention(NamedTuple):
    """How many days after its end a job is kept, and how many that are over; ``None``: all."""

    days: float | None = None
    newest: int | None = None


class Mark(NamedTuple):
    """A place in the order in which jobs have ended."""

    finished_at: int
    seq: int


FIRST, LAST_SEQ = Mark(-(2**62), 0), 2**62


class Forgotten(NamedTuple):
    """How many jobs and lines are gone, and from where to go on; ``None``: all was seen."""

    jobs: int
    lines: int
    next: Mark | None


_ended = text("jobs.finished_at IS NOT NULL")
_place = tuple_(jobs.c.finished_at, jobs.c.seq)


def _mark(name: str) -> Any:
    return tuple_(bindparam(f"{name}_at", type_=INTEGER), bindparam(f"{name}_seq", type_=INTEGER))


#: The job that so many have ended after.
NEWEST_BUT = Statement(
    select(jobs.c.finished_at, jobs.c.seq)
    .where(_ended)
    .order_by(jobs.c.finished_at.desc(), jobs.c.seq.desc())
    .limit(1)
    .offset(bindparam("kept"))
)
DROP_LINES = Statement(
    delete(job_logs).where(
        job_logs.c.seq.in_(
            select(job_logs.c.seq)
            .where(in_json(job_logs.c.job_id, bindparam("ids")))
            .limit(bindparam("most"))
        )
    )
)
_child = jobs.alias("child")


@lru_cache(maxsize=16)
def old(naming: Naming) -> Statement:
    """The next jobs in the order of their end, and whether a record names them, or a child."""
    kept = [exists().where(column == jobs.c.id) for column in (_child.c.parent, *naming)]
    return Statement(
        select(jobs.c.finished_at, jobs.c.seq, jobs.c.id, or_(*kept))
        .where(_ended, _place > _mark("after"), _place <= _mark("until"))
        .order_by(jobs.c.finished_at, jobs.c.seq)
        .limit(bindparam("most"))
    )


DROP = Statement(delete(jobs).where(jobs.c.seq == bindparam("job_seq")))


class RetentionOperations:
    """For whoever leads."""

    @read
    def oldest_kept(self, retention: Retention, now: int) -> Unit[Mark | None]:
        """Up to which place jobs are to be forgotten."""
        until = None
        if retention.days is not None:
            until = Mark(now - int(retention.days * DAY), LAST_SEQ)
        if retention.newest is not None:
            beyond = yield from one(NEWEST_BUT, Mark, kept=retention.newest)
            if beyond is not None and (until is None or beyond > until):
                until = beyond
        return until

    @write
    def forget(self, until: Mark, naming: Naming = (), *, after: Mark = FIRST) -> Unit[Forgotten]:
        """Forget some of the jobs that ended up to ``until``: first their logs, then them."""
        found = yield from rows(
            old(naming),
            after_at=after.finished_at,
            after_seq=after.seq,
            until_at=until.finished_at,
            until_seq=until.seq,
            most=JOBS,
        )
        if not found:
            return Forgotten(0, 0, None)
        ids = _json.encode([id for _, _, id, _ in found]).decode()
        lines = yield from count(DROP_LINES, ids=ids, most=LINES)
        if lines == LINES:  # there may be more
            return Forgotten(0, lines, after)
        free = [{"job_seq": seq} for _, seq, _, kept in found if not kept]
        if free:
            yield from many(DROP, free)
            yield from changed(TOPIC, delta=-len(free))
        last = Mark(found[-1][0], found[-1][1])
        return Forgotten(len(free), lines, last if len(found) == JOBS else None)


class RetentionRepository(RetentionOperations, SyncRepository):
    """Retention for code that waits."""


class AsyncRetentionRepository(RetentionOperations, AsyncRepository):
    """Retention for the event loop."""


class Retainer:
    """Forgets old jobs now and then, where this process leads."""

    def __init__(
        self,
        repository: AsyncRetentionRepository,
        retention: Retention,
        leader: Leader,
        naming: Sequence[Column[Any]],
    ) -> None:
        self._repository = repository
        self._retention = retention
        self._leader = leader
        self._naming = naming  # grows while collections are installed

    async def round(
        self,
        now: int,
        pause: Callable[[float], Awaitable[None]],
        stopping: Callable[[], bool] = lambda: False,
    ) -> int:
        """Forget what is too old, with a ``pause`` between units; how many jobs that were.

        A server that is ``stopping`` has ends of jobs to write: it leaves the rest for later.
        """
        if self._retention == Retention() or not await self._leader.leads():
            return 0
        until = await self._repository.oldest_kept(self._retention, now)
        gone, after = 0, None if until is None else FIRST
        while until is not None and after is not None and not stopping():
            forgotten = await self._repository.forget(until, tuple(self._naming), after=after)
            gone, after = gone + forgotten.jobs, forgotten.next
            await pause(PAUSE_SECONDS)
        return gone
