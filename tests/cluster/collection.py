"""Jobs of the suite of many machines: a collection without records.

``MUSTELA_TEST_JOURNAL`` names the file in which each execution is noted; ``MUSTELA_TEST_LEASE`` is
the length of leases in seconds, where those of the product are too long to wait for. A job says
in its log who executes it and how far that is, and in its result who did.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from starlette.responses import Response

from mustela.collection import Collection, Installed, Needs, Services
from mustela.http.encoding import Input, answering, json_answer
from mustela.jobs import AsyncioJobQueue, JobContext, LeasePresence
from mustela.jobs.testing import Journal

JOURNAL = "MUSTELA_TEST_JOURNAL"
LEASE = "MUSTELA_TEST_LEASE"
Type = Literal["cluster.once", "cluster.again", "cluster.thread", "cluster.retried", "cluster.long"]
#: Types of which jobs are not cancelled.
SHORT: tuple[Type, ...] = ("cluster.once", "cluster.again", "cluster.thread", "cluster.retried")
#: What an execution says in its log: a line for each step, and one at its end.
STEPS = 3
END = "end"
#: Attempts after one that raised; a process's death takes one, too.
RETRIES = 50

router = APIRouter(prefix="/cluster", tags=["cluster"])


class Order(Input):
    """A job that takes so many milliseconds."""

    milliseconds: int


@router.post("/{type}", **answering(dict[str, str], status=202))
async def submit(type: Type, order: Order, services: Needs) -> Response:
    """Submit a job of a type."""
    job_id = await services.queue.submit(type, order.model_dump())
    return json_answer({"job_id": job_id}, 202)


def install(services: Services) -> Installed:
    """Register handlers, and have leases of another length."""
    journal = Journal(Path(os.environ[JOURNAL]))
    if isinstance(services.queue, AsyncioJobQueue) and LEASE in os.environ:
        lease = float(os.environ[LEASE])
        services.queue.presence = LeasePresence(services.store, lease=lease)

    def told(job: JobContext, run: str) -> Iterator[float]:
        """Seconds to wait, again and again; before each of them the log grows."""
        for step in range(STEPS):
            job.progress(step, STEPS)
            job.log(f"{run} {step}")
            yield job.parameters["milliseconds"] / 1000 / STEPS
        job.log(f"{run} {END}")

    async def at_work(job: JobContext, *, repeatable: bool) -> Any:
        with journal.running(job.id, repeatable=repeatable, owner=job.job.owner) as run:
            for seconds in told(job, run):
                await asyncio.sleep(seconds)
        return {"run": run, "attempt": job.attempt}

    async def once(job: JobContext) -> Any:
        return await at_work(job, repeatable=False)

    async def again(job: JobContext) -> Any:
        return await at_work(job, repeatable=True)

    def in_a_thread(job: JobContext) -> Any:
        with journal.running(job.id, owner=job.job.owner) as run:
            for seconds in told(job, run):
                time.sleep(seconds)
        return {"run": run, "attempt": job.attempt}

    async def retried(job: JobContext) -> Any:
        """Fails at its first attempt."""
        done = await at_work(job, repeatable=True)
        if job.attempt == 1:
            raise ValueError("not at the first attempt")
        return done

    register = services.queue.register_handler
    register("cluster.once", once)
    register("cluster.again", again, retries=RETRIES, repeatable=True, backoff=soon)
    register("cluster.thread", in_a_thread)
    register("cluster.retried", retried, retries=RETRIES, repeatable=True, backoff=soon)
    register("cluster.long", again, retries=RETRIES, repeatable=True, backoff=soon)
    return Installed(routers=[router])


def soon(attempt: int) -> float:
    """Seconds to the next attempt."""
    del attempt
    return 0.01


CLUSTER = Collection("cluster", "Cluster", [], install)
