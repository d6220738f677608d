"""Everything that can be done to jobs, written once; dispatchers only dispatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

import mustela
from mustela.jobs import external_reporting
from mustela.jobs import statements as sql
from mustela.jobs.external_operations import ExternalOperations
from mustela.jobs.look_operations import TOPIC, LookOperations, free_of
from mustela.jobs.pause_operations import PauseOperations
from mustela.jobs.provenance import ProvenanceOperations
from mustela.jobs.record import (
    Failure,
    Job,
    Line,
    NewJob,
    Progress,
    Status,
    Submitted,
    check_id,
    job_of,
)
from mustela.jobs.run_operations import Report, RunOperations
from mustela.jobs.worker_statements import IS_LIVING
from mustela.store import (
    AsyncRepository,
    SyncRepository,
    Unit,
    all,
    batch,
    changed,
    count,
    current,
    one,
    rows,
    urgent_write,
    write,
)
from mustela.store.errors import AlreadyExists, NotFound
from mustela.store.unit import Query

_json = msgspec.json.Encoder(order="deterministic")
#: A row of which nothing is known.
_EMPTY: dict[str, Any] = {column.name: None for column in sql.COLUMNS if column.name != "seq"}

#: The error of a job whose process died, and that may not run again.
WORKER_DIED = Failure(
    "worker_died",
    "The process that ran this job died, and it is not known how far it got. "
    "Look at its log and at what it was to change, then submit it again.",
)


class Claim(NamedTuple):
    """The jobs taken, those of highest priority first; and when the next delayed one is due.

    ``held`` names the types that were paused, as the rows of pauses do. ``lost``: nothing was
    taken, because the owner has no lease any more, and never will again.
    """

    jobs: list[Job]
    next_run_at: int | None
    held: list[str]
    lost: bool = False


class JobOperations(
    ExternalOperations, ProvenanceOperations, RunOperations, PauseOperations, LookOperations
):
    """Operations on jobs. ``at`` is the time of the call (microseconds since 1970, UTC) where a
    test brings a clock of its own; otherwise the call's own time holds.

    Every change announces the topic ``jobs`` with the job's id; progress, heartbeats and log
    lines announce nothing.
    """

    @write
    def submit(self, new: NewJob, *, at: int | None = None) -> Unit[Submitted]:
        """Add a job, or answer the unfinished one that has its uniqueness key.

        Raises ``AlreadyExists`` where the id is taken, ``InvalidJob`` where it is none.
        """
        context = yield from current()
        now = context.now if at is None else at
        id = check_id(new.id) if new.id else context.new_id()
        held = new.paused or new.external
        ready = 0 if held else 2 if (new.run_at or 0) > now else 1
        row = {
            **_EMPTY,
            "id": id,
            "type": new.type,
            "payload": new.payload,
            "status": "pending",
            "priority": new.priority,
            "run_at": new.run_at,
            "paused": int(new.paused),
            "ready": ready,
            "attempt": 0,
            "max_attempts": new.max_attempts,
            "repeatable": int(new.repeatable),
            "claim_id": 0,
            "uniqueness_key": new.uniqueness_key,
            "time_limit": new.time_limit,
            "stall_limit": new.stall_limit,
            "external": int(new.external),
            "heartbeats": 0,
            "inputs": new.inputs,
            "parent": new.parent,
            "software_version": new.software_version or mustela.__version__,
            "actor": new.actor or context.actor,
            "request_id": context.request_id,
            "created_at": now,
        }
        if (yield from one(sql.ADD, str, **row)) is not None:
            yield from changed(TOPIC, id, delta=1)
            return Submitted(id, created=True)
        if new.uniqueness_key is not None:
            unfinished = yield from one(sql.BY_KEY, str, key=new.uniqueness_key)
            if unfinished is not None:
                return Submitted(unfinished, created=False)
        raise AlreadyExists(f"there is already a job with the id {id}")

    @urgent_write
    def claim(
        self,
        owner: str,
        wanted: Mapping[str, int],
        free: int,
        *,
        leased: bool = False,
        at: int | None = None,
    ) -> Unit[Claim]:
        """Take at most ``free`` ready jobs, of each type at most as many as ``wanted`` says.

        What is held back is not taken. ``leased``: nor is anything, where the owner has no lease
        (:class:`~mustela.jobs.LeasePresence`); on a database server, what is claimed without one
        counts as a dead owner's.
        """
        context = yield from current()
        now = context.now if at is None else at
        living = [rows(IS_LIVING, one_owner=owner)] if leased else []
        _, pauses, *leases = yield from batch(count(sql.PROMOTE, now=now), rows(sql.HELD), *living)
        if leases == [[]]:
            return Claim([], None, [], lost=True)
        found: list[Job] = []
        held = [type for (type,) in pauses]
        types = free_of(held, wanted)
        if types and free > 0:
            parameters: dict[str, Any] = {"new_owner": owner, "now": now, "free": free}
            for n, type in enumerate(types):
                parameters[f"type_{n}"] = type
                parameters[f"free_{n}"] = wanted[type]
            found = yield from all(sql.claim(len(types)), job_of, **parameters)
            found.sort(key=lambda job: (-job.priority, job.seq))
            for job in found:
                yield from changed(TOPIC, job.id)
        return Claim(found, (yield from one(sql.NEXT_RUN_AT, _same)), held)

    @urgent_write
    def submit_and_claim(
        self,
        new: NewJob,
        owner: str,
        wanted: Mapping[str, int],
        free: int,
        *,
        leased: bool = False,
        at: int | None = None,
    ) -> Unit[tuple[Submitted, Claim]]:
        """Both in one commit, for a queue with a free slot. The job claimed may be another one."""
        submitted = yield from self.submit.unit(new, at=at)
        claim = yield from self.claim.unit(owner, wanted, free, leased=leased, at=at)
        return submitted, claim

    @urgent_write
    def claim_one(
        self, id: str, owner: str, *, leased: bool = False, at: int | None = None
    ) -> Unit[Job | None]:
        """Take this job, if it is ready; ``leased``: and if the owner has a lease."""
        context = yield from current()
        now = context.now if at is None else at
        living = [rows(IS_LIVING, one_owner=owner)] if leased else []
        _, *leases = yield from batch(count(sql.PROMOTE, now=now), *living)
        if leases == [[]]:
            return None
        job = yield from one(sql.CLAIM_ONE, job_of, job=id, new_owner=owner, now=now)
        if job is not None:
            yield from changed(TOPIC, id)
        return job

    @write
    def finish(
        self,
        id: str,
        claim_id: int,
        status: Status,
        *,
        result: str | None = None,
        error: Failure | None = None,
        progress: Progress | None = None,
        lines: Sequence[Line] = (),
        at: int | None = None,
    ) -> Unit[bool]:
        """End a job; ``result`` is JSON. False where this claim no longer holds it."""
        now = yield from self._last_words(id, claim_id, progress, lines, at)
        ended = yield from count(
            sql.FINISH,
            job=id,
            claim=claim_id,
            new_status=status,
            result=result,
            error=_failure(error),
            now=now,
        )
        if ended:
            yield from changed(TOPIC, id)
        return ended == 1

    @write
    def retry(
        self,
        id: str,
        claim_id: int,
        run_at: int,
        error: Failure,
        *,
        lines: Sequence[Line] = (),
        at: int | None = None,
    ) -> Unit[Status | None]:
        """Try again at ``run_at``. What the job is now: cancelled, where somebody asked for that.

        ``None`` where this claim no longer holds it.
        """
        now = yield from self._last_words(id, claim_id, None, lines, at)
        return (
            yield from self._left(
                id,
                rows(
                    sql.RETRY,
                    job=id,
                    claim=claim_id,
                    later=run_at,
                    error=_failure(error),
                    now=now,
                ),
            )
        )

    @write
    def hand_back(
        self, id: str, claim_id: int, *, lines: Sequence[Line] = (), at: int | None = None
    ) -> Unit[Status | None]:
        """Put a job back as if it had not been claimed: the attempt does not count."""
        now = yield from self._last_words(id, claim_id, None, lines, at)
        return (yield from self._left(id, rows(sql.HAND_BACK, job=id, claim=claim_id, now=now)))

    @write
    def request_cancel(self, id: str, *, at: int | None = None) -> Unit[Job]:
        """Cancel a job: at once where it waits; where it runs, its process is asked to.

        So are the unfinished jobs below it: its children, theirs, and so on. Answers the job as
        it is then; one that is over stays as it is, and so do its children. Raises ``NotFound``.
        """
        return (yield from self.request_cancel_below.unit(id, at=at))[0]

    @write
    def request_cancel_below(self, id: str, *, at: int | None = None) -> Unit[list[Job]]:
        """As :meth:`request_cancel`; the job, then those below it that it was done to."""
        context = yield from current()
        now = context.now if at is None else at
        job = yield from self._found(id)
        if job.ended:
            return [job]
        yield from self._cancel(id, now)
        found = [(yield from self._found(id))]
        for below in (yield from all(sql.BELOW, str, job=id)):
            if (yield from self._cancel(below, now)):
                found.append((yield from self._found(below)))  # noqa: PERF401  # no generator yields
        return found

    def _found(self, id: str) -> Unit[Job]:
        job = yield from self.get.unit(id)
        if job is None:
            raise NotFound(f"there is no job {id}")
        return job

    def _cancel(self, id: str, now: int) -> Unit[bool]:
        cancelled = yield from count(sql.CANCEL_PENDING, job=id, now=now)
        if not cancelled:
            cancelled = yield from count(sql.CANCEL_RUNNING, job=id, now=now)
        if cancelled:
            yield from changed(TOPIC, id)
        return cancelled == 1

    @write
    def recover(self, owners: Sequence[str], *, at: int | None = None) -> Unit[list[Job]]:
        """Settle the running jobs of owners that are dead; the jobs as they are then.

        Who was asked to be cancelled is. Repeatable ones wait again, up to their number of
        attempts; the others fail (``worker_died``).
        """
        context = yield from current()
        now = context.now if at is None else at
        found = yield from all(
            sql.RECOVER,
            job_of,
            owners=_json.encode(owners).decode(),
            died=_failure(WORKER_DIED),
            now=now,
        )
        for job in found:
            yield from changed(TOPIC, job.id)
        return found

    def _last_words(
        self,
        id: str,
        claim_id: int,
        progress: Progress | None,
        lines: Sequence[Line],
        at: int | None,
    ) -> Unit[int]:
        """Write what is left of progress and log; answer the time."""
        context = yield from current()
        now = context.now if at is None else at
        if progress is not None or lines:
            report = Report(id, claim_id, progress, tuple(lines))
            yield from self.report.unit((report,), at=now)
        return now

    def _left(self, id: str, query: Query) -> Unit[Status | None]:
        found = yield from query
        if not found:
            return None
        yield from changed(TOPIC, id)
        status: Status = found[0][0]
        return status


def _same(value: int | None) -> int | None:
    return value


def _failure(failure: Failure | None) -> str | None:
    return None if failure is None else _json.encode(failure).decode()


class JobRepository(JobOperations, SyncRepository):
    """Jobs for code that waits: commands, pipelines, tests."""

    external_run = external_reporting.external_run


class AsyncJobRepository(JobOperations, AsyncRepository):
    """Jobs for the event loop."""

    external_run = external_reporting.async_external_run
