"""Jobs as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Query
from starlette.responses import Response

from mustela.collection import Needs
from mustela.http.encoding import JSON, answering
from mustela.http.exporting import Writing, as_csv, as_json, file_of
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.record import Job, JobDocument
from mustela.system.job_filters import Parent, Since, States, Type, every_job, job_filters

router = APIRouter(tags=["jobs"])

Format: TypeAlias = Literal["csv", "json"]


def _field(name: str) -> Callable[[Job], Any]:
    return lambda job: getattr(job.to_public(), name)


#: A table has no room for what is inside of these.
_INSIDE: Mapping[str, Mapping[str, Callable[[Job], Any]]] = {
    "progress": {
        "progress_done": lambda job: job.progress_done,
        "progress_total": lambda job: job.progress_total,
        "progress_message": lambda job: job.progress_message,
    },
    "error": {
        "error_code": lambda job: None if job.error is None else job.error.code,
        "error_message": lambda job: None if job.error is None else job.error.message,
    },
}
COLUMNS: Mapping[str, Callable[[Job], Any]] = {
    title: read
    for name in JobDocument.__struct_fields__
    for title, read in _INSIDE.get(name, {name: _field(name)}).items()
}
FORMATS: dict[Format, Writing[Job]] = {
    "csv": as_csv(COLUMNS),
    "json": as_json(lambda job: job.to_public()),
}


@router.get(
    "/export",
    **answering(bytes, media_types=[FORMATS["csv"].media_type], also={JSON: list[JobDocument]}),
)
async def export_jobs(
    services: Needs,
    format: Annotated[Format, Query(description="A table, or a JSON array.")] = "csv",
    type: Type = None,
    status: States = None,
    since: Since = None,
    parent: Parent = None,
) -> Response:
    """Every job that the filters select, newest first, as a file, streamed."""
    jobs = services.repository(AsyncJobRepository)
    found = every_job(jobs, job_filters(type, status, since, parent))
    return await file_of(found, FORMATS[format], f"jobs.{format}")
