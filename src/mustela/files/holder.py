"""Who holds something in the database: one attempt of a job, for as long as that job runs.

The job's row says so, on every machine. Whose process died is settled by whoever looks after jobs,
and holds nothing from then on; what it had is taken by the next.
"""

from __future__ import annotations

from typing import NamedTuple, Self

from sqlalchemy import ColumnElement, Table, exists, select

from mustela.jobs.record import Job
from mustela.jobs.run_operations import RunOperations
from mustela.jobs.schema import jobs
from mustela.store import Unit

_runs = RunOperations()


class Holder(NamedTuple):
    """One attempt of a job."""

    job_id: str
    claim_id: int

    @classmethod
    def of(cls, job: Job) -> Self:
        """The attempt that the job's row speaks of."""
        return cls(job.id, job.claim_id)


class HeldOperations:
    """Operations on what a scan keeps: with a ``holder`` they are its own, or change nothing.

    A process may sleep longer than it is waited for (a suspended machine, say), and go on when
    somebody else has begun what it was at. Its first write finds that out, in its own transaction,
    which keeps the job from being taken away until it is over: it raises ``ClaimLost``.
    """

    #: Who writes; ``None`` where nobody else could.
    holder: Holder | None = None

    def _held(self) -> Unit[None]:
        if self.holder is not None:
            yield from _runs.hold.unit(*self.holder)


def is_held(table: Table) -> ColumnElement[bool]:
    """Whether the row's ``job_id`` and ``claim_id`` are those of an attempt that runs."""
    return exists(
        select(jobs.c.seq).where(
            jobs.c.id == table.c.job_id,
            jobs.c.claim_id == table.c.claim_id,
            jobs.c.status == "running",
        )
    )
