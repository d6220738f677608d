"""``mustela jobs rerun``: a job once more, followed to its end."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from mustela.commands.following import follow, status_of
from mustela.commands.workplace import queue_of, workplace
from mustela.console import DONE, AsJson, DatabaseUrl, DataDir, Printer, say
from mustela.jobs.record import Job
from mustela.settings import Settings


def rerun(
    id: Annotated[str, typer.Argument(help="The id of a job that is over.")],
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Follow the new job to its end.")
    ] = True,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Submit a job that is over once more; a running server does the work."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    job = asyncio.run(_rerun(settings, id, wait=wait, quiet=json))
    if json:
        Printer(json=True).print_json(job)
    elif not wait:
        say(f"the new job is {job.id}")
    raise typer.Exit(_status(job) if wait else DONE)


async def _rerun(settings: Settings, id: str, *, wait: bool, quiet: bool) -> Job:
    async with workplace(settings, "jobs rerun") as services:
        queue = queue_of(services)
        new = await queue.rerun(id)
        if not wait:
            return await queue.get(new)
        job = await follow(services, new, f"{id} once more", quiet=quiet)
        if not quiet:
            say(f"{job.type} {job.id}: {job.status}")
        return job


def _status(job: Job) -> int:
    result = job.result
    return status_of(job, result.get("failed", 0) if isinstance(result, dict) else 0)
