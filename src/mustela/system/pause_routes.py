"""Holding jobs back over HTTP: all of them, those of a type, or a single one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from mustela.collection import Needs
from mustela.http.encoding import Input, answering, json_answer
from mustela.http.parameters import RecordId
from mustela.jobs.errors import UnknownJobType
from mustela.jobs.pause_operations import PausedDocument
from mustela.jobs.record import JobDocument
from mustela.store.errors import NotFound

#: Of the queue, below ``/queue``; of one job, below ``/jobs`` and ``/queue/jobs``.
queue = APIRouter(prefix="/queue", tags=["jobs"])
jobs = APIRouter(tags=["jobs"])


class WhatToHold(Input):
    """``type`` names the jobs that are meant; all of them, where it does not."""

    type: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")] | None = None


EVERYTHING = WhatToHold()


@queue.post("/pause", **answering(PausedDocument, errors=[UnknownJobType]))
async def pause_queue(services: Needs, body: WhatToHold = EVERYTHING) -> Response:
    """Begin no more jobs, or none of a type. What runs goes on; a restart changes nothing.

    Answers all that is held back then.
    """
    await services.queue.pause(type=body.type)
    return json_answer((await services.queue.paused()).to_public())


@queue.post("/resume", **answering(PausedDocument))
async def resume_queue(services: Needs, body: WhatToHold = EVERYTHING) -> Response:
    """Undo the pause of the queue, or that of a type; the other pauses stay.

    Answers all that is held back then.
    """
    await services.queue.resume(type=body.type)
    return json_answer((await services.queue.paused()).to_public())


@jobs.post("/{id}/pause", **answering(JobDocument, errors=[NotFound]))
async def pause_job(id: RecordId, services: Needs) -> Response:
    """Do not begin a job that waits; one that runs goes on, and waits if it is to run again."""
    await services.queue.pause(id=id)
    return json_answer((await services.queue.get(id)).to_public())


@jobs.post("/{id}/resume", **answering(JobDocument, errors=[NotFound]))
async def resume_job(id: RecordId, services: Needs) -> Response:
    """Let a paused job take its turn again."""
    await services.queue.resume(id=id)
    return json_answer((await services.queue.get(id)).to_public())
