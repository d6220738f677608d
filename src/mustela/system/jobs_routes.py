"""Jobs over HTTP. ``/queue/jobs`` and ``/logs`` are other names of the same routes."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from mustela.collection import Needs
from mustela.files.file_failures import AsyncFileFailureRepository, FileFailure
from mustela.files.scan_share import is_part
from mustela.http.encoding import answering, json_answer
from mustela.http.guard import HEAD
from mustela.http.paging import BadCursor, Listing, Paged
from mustela.http.parameters import RecordId
from mustela.jobs.errors import ExecutedElsewhere, JobUnfinished, UnknownJobType
from mustela.jobs.look_operations import NEWEST_FIRST
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.provenance import Provenance
from mustela.jobs.record import Failure, JobDocument
from mustela.store.errors import NotFound
from mustela.store.listing import COUNT_LIMIT
from mustela.system.job_filters import Parent, Since, States, Type, job_filters
from mustela.system.log_stream import NDJSON, LogLine, followed, line_of

router = APIRouter(tags=["jobs"])
logs = APIRouter(tags=["jobs"])

SORT = f"{'-' * NEWEST_FIRST.descending}{NEWEST_FIRST.field}"
#: The longest that ``wait`` holds a request, in seconds.
LONGEST_WAIT = 600.0


class Log(msgspec.Struct, frozen=True):
    """Lines of a job's log, oldest first."""

    job_id: str
    items: list[LogLine]


class JobAccepted(msgspec.Struct, frozen=True):
    """The job that was submitted, or the unfinished one with the same uniqueness key."""

    job_id: str


class JobErrors(msgspec.Struct, frozen=True):
    """What went wrong: the job itself, and single files (by their path below the root)."""

    job_id: str
    error: Failure | None
    items: list[FileFailure]


@router.get("", **answering(Listing[JobDocument], errors=[BadCursor]))
async def list_jobs(
    request: Request,
    services: Needs,
    paging: Paged,
    type: Type = None,
    status: States = None,
    since: Since = None,
    parent: Parent = None,
) -> Response:
    """Jobs, newest first."""
    jobs = services.repository(AsyncJobRepository)
    filters = job_filters(type, status, since, parent)
    page = await jobs.list_jobs(
        **filters, limit=paging.limit, offset=paging.offset, after=paging.after(SORT)
    )
    filtered = any(value is not None for value in filters.values())
    total = await (jobs.count_jobs(**filters) if filtered else jobs.total_jobs())
    return json_answer(
        paging.listing(
            request.scope,
            [job.to_public() for job in page.items],
            total=total,
            total_is_exact=not filtered or total < COUNT_LIMIT,
            next=page.next,
            sort=SORT,
        )
    )


@router.get("/{id}", **answering(JobDocument, errors=[NotFound]))
async def get_job(id: RecordId, services: Needs) -> Response:
    """A job, with its progress as it is now."""
    return json_answer((await services.queue.get(id)).to_public())


@router.get("/{id}/wait", **answering(JobDocument, errors=[NotFound]))
async def wait_for_job(
    id: RecordId,
    services: Needs,
    timeout: Annotated[  # noqa: ASYNC109  # the client's wish
        float, Query(ge=0, le=LONGEST_WAIT, description="How long to wait at most, in seconds.")
    ] = 30.0,
) -> Response:
    """A job when it is over, or as it is when the time is up."""
    return json_answer((await services.queue.wait(id, timeout)).to_public())


@router.post("/{id}/cancel", **answering(JobDocument, errors=[NotFound]))
async def cancel_job(id: RecordId, services: Needs) -> Response:
    """Cancel a job: at once where it waits, within a second where it runs.

    Answers the job as it is then; one that is over stays as it is.
    """
    return json_answer((await services.queue.cancel(id)).to_public())


router.delete("/{id}", name="delete_job", **answering(JobDocument, errors=[NotFound]))(cancel_job)


@router.post(
    "/{id}/rerun",
    **answering(
        JobAccepted,
        status=202,
        headers={"Location": "The new job."},
        errors=[NotFound, JobUnfinished, UnknownJobType, ExecutedElsewhere],
    ),
)
async def rerun_job(id: RecordId, request: Request, services: Needs) -> Response:
    """Submit a job that is over once more: the new one has the old as its parent."""
    job_id = await services.queue.rerun(id)
    jobs = request.scope["path"].removesuffix(f"/{id}/rerun")
    return json_answer(JobAccepted(job_id), 202, {"Location": f"{jobs}/{job_id}"})


@router.get("/{id}/provenance", **answering(Provenance, errors=[NotFound]))
async def read_provenance(
    id: RecordId,
    services: Needs,
    limit: Annotated[
        int, Query(ge=1, le=1000, description="So many records of each collection, and children.")
    ] = 100,
) -> Response:
    """What a job was made from, what made it, and what it made."""
    made_by = {
        name: one.made_by for name, one in services.installed.items() if one.made_by is not None
    }
    found = await services.repository(AsyncJobRepository).provenance(id, made_by, limit=limit)
    if found is None:
        raise NotFound(f"there is no job {id}")
    return json_answer(found)


async def read_log(
    id: RecordId,
    request: Request,
    services: Needs,
    tail: Annotated[int, Query(ge=1, le=10_000, description="So many of the last lines.")] = 1000,
    after: Annotated[
        int | None,
        Query(ge=0, le=2**53, description="The lines after this number instead, oldest first."),
    ] = None,
    follow: Annotated[
        bool,
        Query(
            description="Go on, a line of JSON for each, until the job is over or the server stops."
        ),
    ] = False,
) -> Response:
    """The log of a job, oldest line first; with `follow` as it grows."""
    jobs = services.repository(AsyncJobRepository)
    if await jobs.get(id) is None:
        raise NotFound(f"there is no job {id}")
    if after is None:
        found = await jobs.tail_log(id, tail)
    else:
        found = await jobs.read_log(id, after=after, limit=tail)
    if follow and not request.scope.get(HEAD):
        events = services.events
        lines = followed(services.queue, jobs, id, found, after or 0, lambda: events.stopped)
        return StreamingResponse(lines, media_type=NDJSON)
    return json_answer(Log(id, [line_of(line) for line in found]))


@router.get("/{id}/errors", **answering(JobErrors, errors=[NotFound]))
async def read_errors(
    id: RecordId,
    services: Needs,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> Response:
    """Why a job failed; and the files that it, or others of its kind, cannot read, as known now."""
    job = await services.queue.get(id)
    result = job.result if isinstance(job.result, dict) else {}
    root_id = job.parameters.get("root_id") or result.get("root_id")
    # Jobs over all roots name those whose files failed.
    root_ids = [root_id] if isinstance(root_id, str) else result.get("root_ids", [])
    scanned, _, what = job.type.partition(".")
    if is_part(job.type):
        what = "scan"
    failures = services.repository(AsyncFileFailureRepository)
    found: list[FileFailure] = []
    for one in root_ids if isinstance(root_ids, list) else []:
        kept = scanned if what == "scan" else job.type
        found += await failures.list_failures(str(one), kept, limit + offset)
    found = found[offset : offset + limit]
    return json_answer(JobErrors(id, job.error, found))


_log = answering(Log, errors=[NotFound], also={NDJSON: LogLine})
router.get("/{id}/logs", **_log)(read_log)
logs.get("/{id}", name="job_log", **_log)(read_log)
