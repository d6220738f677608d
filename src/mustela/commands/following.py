"""Following a job on the terminal until it is over."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from mustela.collection import Services
from mustela.commands.workplace import queue_of
from mustela.console import CANCELLED, DONE, DONE_WITH_ERRORS, say
from mustela.files.scan_share import is_part
from mustela.jobs.following import run_or_follow
from mustela.jobs.pause_operations import Paused
from mustela.jobs.record import Job

_ENDINGS = {"failed": "failed", "timeout": "took too long", "cancelled": "was cancelled"}


class Bar:
    """A progress bar on standard error, where somebody watches."""

    def __init__(self, title: str, *, quiet: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True, markup=False),
            disable=quiet or not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._progress.add_task(title, total=None)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, job: Job) -> None:
        """Called with each state of the job."""
        progress = job.to_public().progress
        self._progress.update(
            self._task,
            completed=progress.done or 0,
            total=progress.total,
            description=progress.message or job.status,
        )


class Holds:
    """Says once what holds a job back, and what ends that: else one would wait without knowing."""

    def __init__(self) -> None:
        self._said: str | None = None

    def show(self, job: Job, paused: Paused) -> None:
        """Called with a job that waits, and what is held back."""
        held = _held(job, paused)
        if held is not None and held != self._said:
            say(f"waiting: {held}")
        self._said = held


def _held(job: Job, paused: Paused) -> str | None:
    if paused.everything:
        return "all jobs are paused; mustela jobs resume lets them begin"
    if job.type in paused.types:
        resume = f"mustela jobs resume --type {job.type}"
        return f"jobs of the type {job.type} are paused; {resume} lets them begin"
    if job.paused:
        return f"the job is paused; mustela jobs resume {job.id} lets it begin"
    return None


async def follow(services: Services, id: str, title: str, *, quiet: bool = False) -> Job:
    """The job when it is over. Who stops following does not stop a server's job."""
    with Bar(title, quiet=quiet) as bar:
        return await run_or_follow(queue_of(services), id, bar.show, on_wait=Holds().show)


async def follow_children(services: Services, id: str, *, quiet: bool = False) -> list[Job]:
    """Whatever jobs a job has submitted, and these again, until all are over.

    But no parts of a scan: what became of them is in the scan's own result.
    """
    jobs = queue_of(services).jobs
    done: dict[str, Job] = {}
    waiting = [id]
    while waiting:
        parent = waiting.pop()
        for child in reversed((await jobs.list_jobs(parent=parent, limit=1000)).items):
            if child.id not in done and not is_part(child.type):
                done[child.id] = await follow(services, child.id, child.type, quiet=quiet)
                waiting.append(child.id)
    return list(done.values())


def status_of(job: Job, failed: Any = 0) -> int:
    """The exit status for how a job ended; ``failed`` counts files that could not be read."""
    if job.status == "completed":
        return DONE_WITH_ERRORS if failed else DONE
    ending = _ENDINGS.get(job.status, job.status)
    say(f"mustela: the job {ending}" + (f": {job.error.message}" if job.error else ""))
    return CANCELLED if job.status == "cancelled" else DONE_WITH_ERRORS
