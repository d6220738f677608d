"""A job's log as it grows, one line of JSON each, until the job is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime

import msgspec

from mustela.http.conditional import encode_json
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.queue import JobQueue
from mustela.jobs.record import Level
from mustela.jobs.run_operations import LoggedLine
from mustela.store import from_microseconds
from mustela.store.errors import NotFound

NDJSON = "application/x-ndjson"
#: Seconds between two looks: as often as a running job writes.
LOOK_SECONDS = 0.5
#: Seconds of silence after which an empty line is sent, so that a broken connection is noticed.
EMPTY_LINE_SECONDS = 15.0
_PAGE = 1000


class LogLine(msgspec.Struct, frozen=True):
    """A line of a job's log. ``number`` rises; it is what ``after`` takes."""

    number: int
    at: datetime
    level: Level
    text: str


def line_of(line: LoggedLine) -> LogLine:
    """A line as it is shown."""
    return LogLine(line.number, from_microseconds(line.at), line.level, line.text)


async def followed(
    queue: JobQueue,
    jobs: AsyncJobRepository,
    id: str,
    first: list[LoggedLine],
    after: int,
    stopped: Callable[[], bool],
) -> AsyncIterator[bytes]:
    """These lines, and then those after that number, until the job is over and all are sent.

    A job that is removed meanwhile ends it too, and so does a server that is ``stopped``.
    """
    if first:
        yield _written(first)
        after = first[-1].number
    loop = asyncio.get_running_loop()
    spoke_at = loop.time()
    while not stopped():
        job = await jobs.get(id)  # before its lines: what it said last is read after it is over
        lines = await jobs.read_log(id, after=after, limit=_PAGE)
        if lines:
            yield _written(lines)
            after = lines[-1].number
            spoke_at = loop.time()
        elif job is None or job.ended:
            return
        else:
            if loop.time() - spoke_at >= EMPTY_LINE_SECONDS:
                yield b"\n"
                spoke_at = loop.time()
            with suppress(NotFound):
                await queue.wait(id, LOOK_SECONDS)


def _written(lines: list[LoggedLine]) -> bytes:
    return b"".join(encode_json(line_of(line)) + b"\n" for line in lines)
