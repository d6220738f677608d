"""How much there is: a few numbers of each collection, and of the jobs."""

from __future__ import annotations

import time
from datetime import datetime

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from mustela.collection import CollectionStats, Installed, Needs, Services
from mustela.http.encoding import answering, json_answer
from mustela.store import AsyncRepository, Unit, from_microseconds, read, total
from mustela.store.listing import COUNT_LIMIT
from mustela.system.queue_figures import AsyncQueueFigures

router = APIRouter(prefix="/stats", tags=["system"])


class CollectionFigures(CollectionStats, frozen=True):
    """A collection, by the statuses of its items. What is null it does not keep.

    `recent` items are counted to at most 10,000.
    """

    seconds_since_newest: float | None = None


class JobCounts(msgspec.Struct, frozen=True):
    """How many jobs there are. Of each status at most 10,000 are counted; `total` is exact."""

    total: int
    by_status: dict[str, int]
    is_exact: bool


class Statistics(msgspec.Struct, frozen=True):
    """What there is, by the names of the collections."""

    at: datetime
    collections: dict[str, CollectionFigures]
    jobs: JobCounts


class TotalOperations:
    """What every topic keeps."""

    @read
    def total(self, topic: str) -> Unit[int]:
        """The number of a topic's records, in constant time."""
        return (yield from total(topic))


class AsyncTotals(TotalOperations, AsyncRepository):
    """The totals, for an event loop."""


@router.get("", **answering(Statistics))
async def show_statistics(services: Needs) -> Response:
    """Of each collection counts, bytes, what is new and what is missing; of the jobs counts."""
    now = time.time_ns() // 1000
    figures = await services.repository(AsyncQueueFigures).figures(now)
    return json_answer(
        Statistics(
            from_microseconds(now),
            await collection_figures(services),
            JobCounts(
                figures.total,
                {name: min(number, COUNT_LIMIT) for name, number in figures.statuses.items()},
                max(figures.statuses.values()) <= COUNT_LIMIT,
            ),
        )
    )


async def collection_figures(services: Services) -> dict[str, CollectionFigures]:
    """The figures of every collection, by name."""
    found = {}
    for name, installed in services.installed.items():
        stats = await _stats(services, installed)
        since = None
        if stats.newest is not None:
            added = stats.newest.added_at.timestamp()
            since = max(0.0, round(time.time() - added, 3))
        found[name] = CollectionFigures(
            **msgspec.structs.asdict(stats),
            seconds_since_newest=since,
        )
    return found


async def _stats(services: Services, installed: Installed) -> CollectionStats:
    if installed.stats is not None:
        return await installed.stats()
    totals = services.repository(AsyncTotals)
    return CollectionStats(sum([await totals.total(topic) for topic in installed.topics]))
