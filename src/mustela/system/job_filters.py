"""What jobs are selected by: the same words in lists, exports and bulk orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query

from mustela.http.parameters import ID_PATTERN, Time
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.record import Job, Status
from mustela.store import to_microseconds

Type = Annotated[
    str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Jobs of this type.")
]
States = Annotated[
    list[Status] | None, Query(description="Jobs in this state; may be given several times.")
]
Since = Annotated[Time | None, Query(description="Jobs made at this time or later.")]
Parent = Annotated[
    str | None, Query(pattern=ID_PATTERN, description="Jobs that followed from this one.")
]

#: Jobs that are read at once.
_PAGE = 500


def job_filters(
    type: str | None, status: list[Status] | None, since: datetime | None, parent: str | None
) -> dict[str, Any]:
    """As the operations take them."""
    return {
        "type": type,
        "status": status or None,
        "since": None if since is None else to_microseconds(since),
        "parent": parent,
    }


async def every_job(jobs: AsyncJobRepository, filters: dict[str, Any]) -> AsyncIterator[Job]:
    """All that the filters select, newest first, page by page."""
    page = await jobs.list_jobs(**filters, limit=_PAGE)
    while True:
        for job in page.items:
            yield job
        if page.next is None:
            return
        page = await jobs.list_jobs(**filters, limit=_PAGE, after=page.next)
