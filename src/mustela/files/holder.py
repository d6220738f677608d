"""Who holds something in the database: one attempt of a job, for as long as that job runs.

The job's row says so, on every machine. Whose process died is settled by whoever looks after jobs,
and holds nothing from then on; what it had is taken by the next.
"""

from __future__ import annotations

from typing import NamedTuple, Self

from sqlalchemy import ColumnElement, Table, exists, select

from mustela.jobs.record import Job
from mustela.jobs.schema import jobs


class Holder(NamedTuple):
    """One attempt of a job."""

    job_id: str
    claim_id: int

    @classmethod
    def of(cls, job: Job) -> Self:
        """The attempt that the job's row speaks of."""
        return cls(job.id, job.claim_id)


def is_held(table: Table) -> ColumnElement[bool]:
    """Whether the row's ``job_id`` and ``claim_id`` are those of an attempt that runs."""
    return exists(
        select(jobs.c.seq).where(
            jobs.c.id == table.c.job_id,
            jobs.c.claim_id == table.c.claim_id,
            jobs.c.status == "running",
        )
    )
