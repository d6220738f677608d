"""``mustela jobs logs``: what a job said, and what it says."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from mustela.commands.workplace import catalog
from mustela.console import DatabaseUrl, DataDir, fail, json_printable, out, shown
from mustela.jobs.operations import JobRepository
from mustela.jobs.run_operations import LoggedLine
from mustela.settings import Settings
from mustela.store import from_microseconds

#: Seconds between two looks.
LOOK_SECONDS = 0.25

JobId = Annotated[str, typer.Argument(help="The id of a job.")]


def logs(
    id: JobId,
    tail: Annotated[int, typer.Option(min=1, max=10_000, help="The last so many lines.")] = 100,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the job is over, or Ctrl-C.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each.")] = False,
) -> None:
    """Print the log of a job."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    with catalog(settings, "jobs logs") as store:
        jobs = JobRepository(store)
        if jobs.get(id) is None:
            fail(f"there is no job {id}")
        for line in _lines(jobs, id, tail, follow=follow):
            _print(line, json=json)


def _lines(jobs: JobRepository, id: str, tail: int, *, follow: bool) -> Iterator[LoggedLine]:
    lines = jobs.tail_log(id, tail)
    yield from lines
    after = lines[-1].number if lines else 0
    while follow:
        job = jobs.get(id)  # before its lines: what it said last is read after it is over
        lines = jobs.read_log(id, after=after)
        yield from lines
        if lines:
            after = lines[-1].number
        elif job is None or job.ended:
            return
        else:
            time.sleep(LOOK_SECONDS)


def _print(line: LoggedLine, *, json: bool) -> None:
    if json:
        at = from_microseconds(line.at)
        record = {"number": line.number, "at": at, "level": line.level, "text": line.text}
        text = msgspec.json.encode(record).decode()
        sys.stdout.write(json_printable(text) + "\n")
    else:
        out().print(f"{shown(from_microseconds(line.at))} {line.level}: {shown(line.text)}")
    sys.stdout.flush()
