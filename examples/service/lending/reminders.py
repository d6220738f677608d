"""Work that nobody waits for: jobs, run by the server or by any number of workers.

``mustela worker --app lending.reminders:queue`` is one of these.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from lending.repository import AsyncLibrary
from lending.schema import BRANCHES, database_url
from mustela.jobs import AsyncioJobQueue, JobContext, open_queue
from mustela.store import AsyncStore
from mustela.store.upgrade import prepare

REMIND = "lending.remind"


def make_reminder(library: AsyncLibrary) -> Callable[[JobContext], Awaitable[list[str]]]:
    """The handler: says in the job's log who is late, and answers which instruments are."""

    async def remind(job: JobContext) -> list[str]:
        late = await library.overdue(datetime.now(UTC))
        for one in late:
            job.log(f"{one.lent_to} should have brought back the {one.kind} {one.label}")
        return [one.label for one in late]

    return remind


def make_queue(store: AsyncStore, url: str, data_dir: Path) -> AsyncioJobQueue:
    """The queue of the service: on PostgreSQL for many machines, else for many processes."""
    queue = open_queue(store, url, data_dir=data_dir)
    queue.register_handler(REMIND, make_reminder(AsyncLibrary(store)), repeatable=True)
    return queue


def queue() -> AsyncioJobQueue:
    """What a worker runs."""
    data_dir = Path(os.environ.get("LENDING_DATA", "data"))
    url = database_url(data_dir)
    prepare(url, BRANCHES, data_dir).lock.release()
    return make_queue(AsyncStore.open(url), url, data_dir)
