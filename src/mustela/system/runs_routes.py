"""Runs elsewhere over HTTP: open one, report in, finish it.

Every report names the ``claim_id`` that opening answered, counts as a sign of life, and is
answered with whether somebody asked for the run's end.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import msgspec
from fastapi import APIRouter, Request
from pydantic import Field, model_validator
from starlette.responses import Response

from mustela.collection import Needs, Services
from mustela.http.encoding import Input, answering, json_answer
from mustela.http.parameters import ID_PATTERN, RecordId, Time
from mustela.jobs.control import wall_clock
from mustela.jobs.errors import InvalidJob, JobTypeTaken, RunLost
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.record import Failure, JobDocument, Level, Line, Progress
from mustela.store import to_microseconds
from mustela.store.errors import AlreadyExists, NotFound

router = APIRouter(tags=["runs"])

Id = Annotated[str, Field(pattern=ID_PATTERN)]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
#: Lengths and numbers are for the operation to judge.
Names = list[str]
Number = Annotated[int, Field(ge=0, le=2**53)]

#: Why a run failed that does not say so.
UNTOLD = Failure("run_failed", "The run failed; it did not say why.")


class RunOrder(Input):
    """A run to open; with the id of an external job that waits, that is begun.

    ``software_version`` is of what is run; ``reporter`` says who reports, as in ``node17:4242``.
    """

    type: Id
    parameters: dict[str, Any] = Field(default_factory=dict)
    inputs: Names = Field(default_factory=list)
    id: Id | None = None
    parent: Id | None = None
    uniqueness_key: Word | None = None
    software_version: Word | None = None
    reporter: Word | None = None


class OpenRun(msgspec.Struct, frozen=True):
    """An open run. Who is silent for longer than ``silence_seconds`` has lost it."""

    job_id: str
    claim_id: int
    silence_seconds: float


class Heartbeat(Input):
    """A sign of life."""

    claim_id: Annotated[int, Field(ge=1, le=2**53)]


class RunProgress(Heartbeat):
    """How far a run is; what is not given stays as it was. ``rate`` is a second."""

    done: Number | None = None
    total: Number | None = None
    rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    message: Annotated[str, Field(max_length=1000)] | None = None


class RunLine(Input):
    """A line of the log; a long one is cut. ``at`` is now, where nothing is said."""

    text: str
    level: Level = "info"
    at: Time | None = None


class RunLines(Heartbeat):
    """Lines of the log, oldest first."""

    lines: Annotated[list[RunLine], Field(min_length=1)]


class RunNames(Heartbeat):
    """Inputs or outputs to add: paths, addresses, ids."""

    items: Names


class RunError(Input):
    """Why a run failed: a code that does not change, and a message for people."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")] = "run_failed"
    message: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class RunEnd(Heartbeat):
    """How a run ended. Only one that failed has an error."""

    status: Literal["completed", "failed", "cancelled"]
    result: Any = None
    error: RunError | None = None

    @model_validator(mode="after")
    def _failed_alone(self) -> Self:
        if self.error is not None and self.status != "failed":
            raise ValueError("only a run that failed has an error")
        return self


class RunState(msgspec.Struct, frozen=True):
    """The answer to a report. Who is asked to end says so with ``finish``."""

    cancel_requested: bool


_reporting = answering(RunState, errors=[NotFound, RunLost, InvalidJob])


@router.post(
    "/runs",
    **answering(
        OpenRun,
        status=201,
        headers={"Location": "The job."},
        errors=[AlreadyExists, InvalidJob, JobTypeTaken],
    ),
)
async def open_run(order: RunOrder, request: Request, services: Needs) -> Response:
    """Open a run of something that is executed elsewhere."""
    job = await services.queue.open_run(**order.model_dump())
    opened = OpenRun(job.id, job.claim_id, services.limits.external_run_silence_seconds)
    jobs = request.scope["path"].removesuffix("/runs")
    return json_answer(opened, 201, {"Location": f"{jobs}/{job.id}"})


@router.post("/{id}/heartbeat", **_reporting)
async def heartbeat(id: RecordId, body: Heartbeat, services: Needs) -> Response:
    """Say that a run lives."""
    return await _reported(services, id, body)


@router.post("/{id}/progress", **_reporting)
async def report_progress(id: RecordId, body: RunProgress, services: Needs) -> Response:
    """Say how far a run is."""
    progress = Progress(body.done, body.total, body.rate, body.message)
    return await _reported(services, id, body, progress=progress)


@router.post("/{id}/logs", **_reporting)
async def add_lines(id: RecordId, body: RunLines, services: Needs) -> Response:
    """Add lines to the log of a run."""
    now = wall_clock()
    lines = [
        Line(now if line.at is None else to_microseconds(line.at), line.level, line.text)
        for line in body.lines
    ]
    return await _reported(services, id, body, lines=lines)


@router.post("/{id}/inputs", **_reporting)
async def add_inputs(id: RecordId, body: RunNames, services: Needs) -> Response:
    """Name what a run is made from, besides what was named before."""
    return await _reported(services, id, body, inputs=body.items)


@router.post("/{id}/outputs", **_reporting)
async def add_outputs(id: RecordId, body: RunNames, services: Needs) -> Response:
    """Name what a run has made, besides what was named before."""
    return await _reported(services, id, body, outputs=body.items)


@router.post("/{id}/finish", **answering(JobDocument, errors=[NotFound, RunLost, InvalidJob]))
async def finish_run(id: RecordId, body: RunEnd, services: Needs) -> Response:
    """End a run. Saying the same again is answered the same."""
    error = None if body.error is None else Failure(body.error.code, body.error.message)
    if body.status == "failed" and error is None:
        error = UNTOLD
    job = await services.queue.finish_run(
        id, body.claim_id, body.status, result=body.result, error=error
    )
    return json_answer(job.to_public())


async def _reported(services: Services, id: str, body: Heartbeat, **said: Any) -> Response:
    jobs = services.repository(AsyncJobRepository)
    return json_answer(RunState(await jobs.report_run(id, body.claim_id, **said)))
