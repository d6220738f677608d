"""``mustela jobs watch``: what waits and runs, as it changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table

from mustela.commands.workplace import catalog
from mustela.console import DatabaseUrl, DataDir, out, shown
from mustela.jobs.operations import JobRepository
from mustela.jobs.record import Job
from mustela.settings import Settings

#: Seconds between two looks.
LOOK_SECONDS = 0.5
#: So many that run, and so many that wait: a terminal has no room for more.
MOST_JOBS = 50


def watch(
    type: Annotated[str | None, typer.Option(help="Only jobs of this type.")] = None,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when no job waits or runs any more.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Watch the jobs that wait and run, until Ctrl-C.

    On a terminal a table that follows them; else a line for each change.
    """
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    with catalog(settings, "jobs watch") as store:
        looks = _looks(JobRepository(store), type, until_idle=until_idle)
        if sys.stdout.isatty():
            _show_table(looks)
        else:
            _print_changes(looks)


def _looks(jobs: JobRepository, type: str | None, *, until_idle: bool) -> Iterator[list[Job]]:
    """The jobs that have ended since the last look, those that run, and those that wait."""
    before: dict[str, Job] = {}
    while True:
        running = jobs.list_jobs(type=type, status="running", limit=MOST_JOBS).items
        waiting = jobs.list_jobs(type=type, status="pending", limit=MOST_JOBS).items
        unfinished = {job.id: job for job in (*reversed(running), *reversed(waiting))}
        gone = [jobs.get(id) for id in before if id not in unfinished]
        ended = [job for job in gone if job is not None and job.ended]
        yield [*ended, *unfinished.values()]
        if until_idle and not unfinished:
            return
        before = unfinished
        time.sleep(LOOK_SECONDS)


def _show_table(looks: Iterator[Sequence[Job]]) -> None:
    with Live(console=out(), auto_refresh=False, transient=False) as live:
        for jobs in looks:
            live.update(_table(jobs), refresh=True)


def _table(jobs: Sequence[Job]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("id", "type", "status", "progress", "left", "message"):
        table.add_column(title, no_wrap=True, overflow="ellipsis")
    for job in jobs:
        table.add_row(job.id, shown(job.type), job.status, progress(job), _left(job), _said(job))
    if not jobs:
        table.add_row("nothing waits or runs")
    return table


def _print_changes(looks: Iterator[Sequence[Job]]) -> None:
    printed: dict[str, str] = {}
    for jobs in looks:
        for job in jobs:
            words = (job.id, shown(job.type), job.status, progress(job), _said(job))
            line = " ".join(word for word in words if word)
            if printed.get(job.id) != line:
                out().print(line)
            printed[job.id] = line
        sys.stdout.flush()
        printed = {job.id: printed[job.id] for job in jobs}


def progress(job: Job) -> str:
    """How far it is, as in ``3/10``."""
    if job.progress_done is None:
        return ""
    return f"{job.progress_done}" + (f"/{job.progress_total}" if job.progress_total else "")


def _left(job: Job) -> str:
    seconds = job.progress.eta_seconds if job.status == "running" else None
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _said(job: Job) -> str:
    if job.error is not None:
        return shown(job.error.message)
    return shown("cancelling" if _to_be_cancelled(job) else job.progress_message)


def _to_be_cancelled(job: Job) -> bool:
    return job.status == "running" and job.cancel_requested_at_us is not None
