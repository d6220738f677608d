"""Mustela's queue on PostgreSQL: ``mustela_tickets URL`` of an empty database."""

from __future__ import annotations

import asyncio
import sys

from benchmarks.contenders.mustela_queue import AT_ONCE, Bench, Counting, answer
from mustela.commands.process import settle
from mustela.jobs import jobs_metadata
from mustela.jobs.procrastinate import ProcrastinateJobQueue
from mustela.store import AsyncStore

#: More than a round executes.
FILL = 10_000


class CountingQueue(Counting, ProcrastinateJobQueue):
    """The one of many machines."""


async def main(url: str) -> None:
    settle()
    async with AsyncStore.open(url, create=[jobs_metadata]) as store:
        await answer(Bench(store, CountingQueue(store, url, concurrency=AT_ONCE), FILL))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
