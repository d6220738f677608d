"""``mustela jobs list|show|cancel|logs|rerun|watch``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
import typer

from mustela.commands.jobs_logs import JobId, logs
from mustela.commands.jobs_rerun import rerun
from mustela.commands.jobs_watch import progress, watch
from mustela.commands.workplace import catalog
from mustela.console import AsJson, DatabaseUrl, DataDir, Printer, fail
from mustela.jobs.operations import JobRepository
from mustela.jobs.record import Job, Status
from mustela.settings import Settings

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="What was asked for."
)


COLUMNS = {
    "id": lambda job: job.id,
    "type": lambda job: job.type,
    "status": lambda job: job.status,
    "progress": progress,
    "made": lambda job: job.created_at,
    "finished": lambda job: job.finished_at,
    "error": lambda job: None if job.error is None else job.error.message,
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


def _print(job: Job, json: bool) -> None:
    public = msgspec.to_builtins(job.to_public(), builtin_types=(datetime,))
    Printer(json).print_fields(job, public.items())


app.command()(logs)
app.command()(rerun)
app.command()(watch)
