"""Jobs that the kill suite submits over HTTP: a collection without records.

Each execution is noted in the journal that ``MUSTELA_TEST_JOURNAL`` names.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from starlette.responses import Response

from mustela.collection import Collection, Installed, Needs, Services
from mustela.http.encoding import Input, answering, json_answer
from mustela.jobs import JobContext
from mustela.jobs.testing import Journal

JOURNAL = "MUSTELA_TEST_JOURNAL"
Type = Literal["kill.once", "kill.again", "kill.thread", "kill.retried"]
router = APIRouter(prefix="/kill", tags=["kill"])


class Order(Input):
    """A job that takes so many milliseconds."""

    milliseconds: int


@router.post("/{type}", **answering(dict[str, str], status=202))
async def submit(type: Type, order: Order, services: Needs) -> Response:
    """Submit a job of a type."""
    job_id = await services.queue.submit(type, order.model_dump())
    return json_answer({"job_id": job_id}, 202)


def install(services: Services) -> Installed:
    journal = Journal(Path(os.environ[JOURNAL]))

    async def sleep(job: JobContext, *, repeatable: bool) -> Any:
        with journal.running(job.id, repeatable=repeatable):
            for step in range(3):
                job.progress(step, 3)
                await asyncio.sleep(job.parameters["milliseconds"] / 3000)
        return os.getpid()

    async def once(job: JobContext) -> Any:
        return await sleep(job, repeatable=False)

    async def again(job: JobContext) -> Any:
        return await sleep(job, repeatable=True)

    async def in_a_thread(job: JobContext) -> Any:
        def work() -> int:
            with journal.running(job.id):
                time.sleep(job.parameters["milliseconds"] / 1000)
            return os.getpid()

        return await asyncio.to_thread(work)

    async def retried(job: JobContext) -> Any:
        """Fails at its first attempt."""
        with journal.running(job.id, repeatable=True):
            await asyncio.sleep(job.parameters["milliseconds"] / 1000)
            if job.attempt == 1:
                raise ValueError("not at the first attempt")
        return job.attempt

    register = services.queue.register_handler
    register("kill.once", once)
    register("kill.again", again, repeatable=True)
    register("kill.thread", in_a_thread)
    register("kill.retried", retried, retries=2, repeatable=True, backoff=lambda _: 0.01)
    return Installed(routers=[router])


KILL = Collection("kill", "Kill", [], install)
