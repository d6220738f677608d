"""Many jobs at once: cancel them, or submit them again. Each is answered by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Self

import msgspec
from fastapi import APIRouter
from pydantic import Field, model_validator
from starlette.responses import Response

from mustela.collection import Needs, Services
from mustela.http.encoding import Input, answering, json_answer
from mustela.http.parameters import ID_PATTERN, Time
from mustela.jobs.errors import JobError
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.record import Failure, Status
from mustela.store.errors import NotFound
from mustela.system.job_filters import job_filters

router = APIRouter(tags=["jobs"])

#: Jobs of one order.
MOST_JOBS = 500

Id = Annotated[str, Field(pattern=ID_PATTERN)]


class JobFilter(Input):
    """Jobs that satisfy all that is given, newest first."""

    type: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None = None
    status: Annotated[list[Status], Field(min_length=1, max_length=6)] | None = None
    since: Time | None = None
    parent: Id | None = None


class JobSelection(Input):
    """Either ``ids``, or a ``filter``, of which the newest ``limit`` are taken."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_JOBS)] | None = None
    filter: JobFilter | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_JOBS)] = 100

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or a filter; an empty filter selects every job")
        return self


class CancelOutcome(msgspec.Struct, frozen=True):
    """What a job is now; or why it could not be cancelled."""

    id: str
    status: Status | None
    error: Failure | None


class RerunOutcome(msgspec.Struct, frozen=True):
    """The job that was submitted for one that is over; or why none was."""

    id: str
    job_id: str | None
    error: Failure | None


class CancelOutcomes(msgspec.Struct, frozen=True):
    """One for each job; ``more``: the filter selects more jobs than were taken."""

    items: list[CancelOutcome]
    more: bool


class RerunOutcomes(msgspec.Struct, frozen=True):
    """One for each job; ``more``: the filter selects more jobs than were taken."""

    items: list[RerunOutcome]
    more: bool


@router.post("/cancel", **answering(CancelOutcomes))
async def cancel_jobs(selection: JobSelection, services: Needs) -> Response:
    """Cancel many jobs: those named, or those of a filter that are not over.

    Each is answered as it is then, in the order given.
    """
    ids, more = await _selected(services, selection, ("pending", "running"))

    async def cancel(id: str) -> CancelOutcome:
        try:
            return CancelOutcome(id, (await services.queue.cancel(id)).status, None)
        except NotFound as error:
            return CancelOutcome(id, None, Failure(error.code, error.message))

    return json_answer(CancelOutcomes(await asyncio.gather(*map(cancel, ids)), more))


@router.post("/rerun", **answering(RerunOutcomes))
async def rerun_jobs(selection: JobSelection, services: Needs) -> Response:
    """Submit many jobs again: those named, or those of a filter, which failed or took too long
    unless it says otherwise.

    Each new job has the old one as its parent.
    """
    ids, more = await _selected(services, selection, ("failed", "timeout"))
    outcomes: list[RerunOutcome] = []
    for id in ids:  # one after the other, so that they run in this order
        try:
            outcomes.append(RerunOutcome(id, await services.queue.rerun(id), None))
        except (JobError, NotFound) as error:
            outcomes.append(RerunOutcome(id, None, Failure(error.code, error.message)))
    return json_answer(RerunOutcomes(outcomes, more))


async def _selected(
    services: Services, selection: JobSelection, default: Sequence[Status]
) -> tuple[list[str], bool]:
    """The ids, none twice, and whether there are more."""
    if selection.ids is not None:
        return list(dict.fromkeys(selection.ids)), False
    asked = selection.filter or JobFilter()
    filters = job_filters(asked.type, asked.status or list(default), asked.since, asked.parent)
    jobs = services.repository(AsyncJobRepository)
    page = await jobs.list_jobs(**filters, limit=selection.limit + 1)
    ids = [job.id for job in page.items]
    return ids[: selection.limit], len(ids) > selection.limit
