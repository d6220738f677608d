"""``mustela jobs list|show|cancel|pause|resume``, and what others add to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
import typer

from mustela.commands.jobs_logs import JobId, logs
from mustela.commands.jobs_rerun import rerun
from mustela.commands.jobs_watch import progress, watch
from mustela.commands.workplace import catalog, job_types
from mustela.console import AsJson, DatabaseUrl, DataDir, Printer, fail
from mustela.jobs.operations import JobRepository
from mustela.jobs.record import Job, Status
from mustela.settings import Settings
from mustela.store import from_microseconds

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="What was asked for."
)

AnyJob = Annotated[str | None, typer.Argument(help="The id of a job; all jobs without it.")]
OfType = Annotated[str | None, typer.Option(help="All jobs of this type.")]


COLUMNS = {
    "id": lambda job: job.id,
    "type": lambda job: job.type,
    "status": lambda job: job.status,
    "progress": progress,
    "made": lambda job: job.created_at,
    "finished": lambda job: job.finished_at,
    "error": lambda job: None if job.error is None else job.error.message,
}


HELD = {
    "type": lambda pause: pause.type or "(all jobs)",
    "since": lambda pause: from_microseconds(pause.at),
    "actor": lambda pause: pause.actor,
}


@app.command("list")
def list_jobs(
    status: Annotated[Status | None, typer.Option(help="Only jobs in this state.")] = None,
    type: Annotated[str | None, typer.Option(help="Only jobs of this type.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000)] = 50,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    with catalog(settings, "jobs list") as store:
        page = JobRepository(store).list_jobs(type=type, status=status, limit=limit)
    Printer(json).print_records(page.items, COLUMNS)


@app.command()
def show(
    id: JobId, data_dir: DataDir = None, database_url: DatabaseUrl = None, json: AsJson = False
) -> None:
    """Show a job."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    with catalog(settings, "jobs show") as store:
        job = JobRepository(store).get(id)
    if job is None:
        fail(f"there is no job {id}")
    _print(job, json)


@app.command()
def cancel(
    id: JobId, data_dir: DataDir = None, database_url: DatabaseUrl = None, json: AsJson = False
) -> None:
    """Cancel a job: at once where it waits, within a second where it runs."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    with catalog(settings, "jobs cancel") as store:
        job = JobRepository(store).request_cancel(id)
    _print(job, json)


@app.command()
def pause(
    id: AnyJob = None,
    type: OfType = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Begin no more jobs, none of a type, or not this one; what runs goes on.

    It holds for every process, and until it is resumed. Shows what is held back then.
    """
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    if type is not None and type not in (known := job_types(settings)):  # a slip of the pen
        fail(f"there are no jobs of the type {type}; known are: {', '.join(sorted(known))}")
    with catalog(settings, "jobs pause") as store:
        jobs = JobRepository(store)
        jobs.pause(type=type, id=id)
        _print_held(jobs, id, json)


@app.command()
def resume(
    id: AnyJob = None,
    type: OfType = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Undo the pause of the queue, of a type, or of one job; other pauses stay."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    with catalog(settings, "jobs resume") as store:
        jobs = JobRepository(store)
        jobs.resume(type=type, id=id)
        _print_held(jobs, id, json)


def _print_held(jobs: JobRepository, id: str | None, json: bool) -> None:
    """The job that was meant, or all that is held back."""
    job = None if id is None else jobs.get(id)
    if job is not None:
        _print(job, json)
    else:
        Printer(json).print_records(jobs.paused().pauses, HELD)


def _print(job: Job, json: bool) -> None:
    public = msgspec.to_builtins(job.to_public(), builtin_types=(datetime,))
    Printer(json).print_fields(job, public.items())


app.command()(logs)
app.command()(rerun)
app.command()(watch)
