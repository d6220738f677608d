"""Who runs jobs, in the database: every living process renews the lease of its name.

A lease ends by the database's clock. Who is declared dead is removed, for good; a claim keeps its
owner from being removed while it is made, so what a removed owner runs is all there when its jobs
are settled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from mustela.jobs import worker_statements as sql
from mustela.jobs.look_operations import TOPIC
from mustela.jobs.operations import WORKER_DIED
from mustela.jobs.presence import LiveWorker
from mustela.jobs.record import Job, Line, job_of
from mustela.jobs.run_operations import line_rows
from mustela.jobs.statements import ADD_LINE
from mustela.store import (
    AsyncRepository,
    SyncRepository,
    Unit,
    all,
    changed,
    count,
    current,
    many,
    one,
    read,
    write,
)

_json = msgspec.json.Encoder(order="deterministic")
_takes = msgspec.json.Decoder(frozenset[str])


class DeadLook(NamedTuple):
    """The server's time (microseconds since 1970, UTC), and whether there is anything to settle."""

    now: int
    expired: bool
    unowned: bool


class WorkerOperations:
    """Operations on leases; ``seconds`` is their length.

    ``at`` is the time of the call where the database has no clock of its own.
    """

    @write
    def join(self, worker: LiveWorker, seconds: float, *, at: int | None = None) -> Unit[None]:
        """Begin a lease."""
        now = yield from _now(at)
        yield from count(
            sql.JOIN,
            owner=worker.owner,
            host=worker.host,
            pid=worker.pid,
            command=worker.command,
            takes=_json.encode(worker.takes).decode(),
            slots=worker.slots,
            now=now,
            lease=_microseconds(seconds),
        )

    @write
    def renew(self, owner: str, seconds: float, *, at: int | None = None) -> Unit[bool]:
        """Begin a lease anew, for all that its owner runs. False: it was declared dead."""
        now = yield from _now(at)
        lease = _microseconds(seconds)
        return (yield from count(sql.RENEW, one_owner=owner, now=now, lease=lease)) == 1

    @write
    def leave(self, owner: str) -> Unit[None]:
        """End a lease: this owner runs nothing any more."""
        yield from count(sql.LEAVE, one_owner=owner)

    @write
    def is_quiet(self, owner: str) -> Unit[bool]:
        """Whether every claim that this owner has begun is over, and seen by whoever looks now.

        One whose connection was lost may still be committed by the server. It may say no for no
        reason; ask again later.
        """
        return (yield from one(sql.IS_QUIET, int, one_owner=owner)) is not None

    @read
    def live(self, *, at: int | None = None) -> Unit[list[LiveWorker]]:
        """Those whose lease has not ended, the oldest first."""
        now = yield from _now(at)
        return (yield from all(sql.LIVE, _worker_of, now=now))

    @read
    def look_for_dead(self, *, at: int | None = None) -> Unit[DeadLook]:
        """Whether leases have ended, or jobs run that nobody owns."""
        now = yield from _now(at)
        found = yield from one(sql.LOOK, _look_of, now=now)
        if found is None:
            raise AssertionError("it answers one row")
        return found

    @write
    def declare_dead(self, *, at: int | None = None) -> Unit[int]:
        """Remove those whose lease has ended, and who have not renewed it; how many there were."""
        now = yield from _now(at)
        return (yield from count(sql.DECLARE_DEAD, now=now))

    @write
    def settle_unowned(self, *, at: int | None = None) -> Unit[list[Job]]:
        """Settle what runs without a living owner, and say so in its log; the jobs as they are.

        As :meth:`JobOperations.recover` does.
        """
        now = yield from _now(at)
        found = yield from all(
            sql.SETTLE_UNOWNED, job_of, died=_json.encode(WORKER_DIED).decode(), now=now
        )
        for job in found:
            text = (
                f"The process that ran attempt {job.attempt} died, or was not heard of for too "
                f"long; the job is {job.status}."
            )
            yield from many(ADD_LINE, line_rows(job.id, [Line(now, "warning", text)]))
            yield from changed(TOPIC, job.id)
        return found


def _now(at: int | None) -> Unit[int]:
    context = yield from current()
    return context.now if at is None else at


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _worker_of(owner: str, pid: int, command: str, takes: str, slots: int, host: str) -> LiveWorker:
    return LiveWorker(owner, pid, command, _takes.decode(takes), slots, host)


def _look_of(now: int, expired: Any, unowned: Any) -> DeadLook:
    return DeadLook(now, bool(expired), bool(unowned))


class WorkerRepository(WorkerOperations, SyncRepository):
    """Leases for a thread."""


class AsyncWorkerRepository(WorkerOperations, AsyncRepository):
    """Leases for the event loop."""
