"""Many jobs at once, for the databases of the queue's benchmarks."""

from __future__ import annotations

from sqlalchemy import bindparam, update

from mustela.jobs import JobOperations, new_job
from mustela.jobs.schema import jobs
from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    count,
    current,
    write,
)

TYPE = "noop"
#: In one unit.
PAGE = 5_000

_jobs = JobOperations()
_END = Statement(
    update(jobs)
    .where(jobs.c.status == "pending", jobs.c.actor == "old")
    .values(status="completed", ready=0, finished_at=bindparam("now"))
)


class RowOperations:
    """What only a benchmark does to a queue."""

    @write
    def add_page(self, number: int, *, finished: bool) -> Unit[None]:
        """So many jobs that wait, or are over."""
        context = yield from current()
        new = new_job(TYPE, {"n": 1}, actor="old" if finished else None)
        for _ in range(number):
            yield from _jobs.submit.unit(new)
        if finished:
            yield from count(_END, now=context.now)


class Rows(RowOperations, SyncRepository):
    """For code that waits."""

    def add(self, finished: int, waiting: int) -> None:
        """These jobs, a page at a time."""
        for over, number in ((True, finished), (False, waiting)):
            for _ in range(number // PAGE):
                self.add_page(PAGE, finished=over)


class AsyncRows(RowOperations, AsyncRepository):
    """For an event loop."""

    async def add(self, waiting: int) -> None:
        """These jobs, a page at a time."""
        for _ in range(waiting // PAGE):
            await self.add_page(PAGE, finished=False)
