"""The job queue as a whole: what waits, what runs, who runs it, how fast it goes."""

from __future__ import annotations

import time
from datetime import datetime

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from mustela.collection import Needs
from mustela.http.encoding import answering, json_answer
from mustela.jobs.pause_operations import PausedDocument
from mustela.store import from_microseconds
from mustela.store.listing import COUNT_LIMIT
from mustela.system.queue_figures import SAMPLE, AsyncQueueFigures, QueueFigures

router = APIRouter(prefix="/queue", tags=["system"])

#: Rates are over so many minutes.
RATE_MINUTES = 5
_MINUTE = 60 * 1_000_000


class StatusCount(msgspec.Struct, frozen=True):
    """Jobs of a status: counted to at most 10,000, their types to at most 2,000.

    Where there are more of them, `by_type` is of the 2,000 oldest that are pending, or of the
    newest of any other status.
    """

    count: int
    is_exact: bool
    by_type: dict[str, int]
    by_type_is_exact: bool


class Waiting(msgspec.Struct, frozen=True):
    """What pending jobs wait for: a free slot (`ready`), their time (`later`), somebody (`held`).

    Each is counted to at most 10,000.
    """

    ready: int
    later: int
    held: int
    is_exact: bool


class Oldest(msgspec.Struct, frozen=True):
    """The job that could run and has waited longest (of the 2,000 oldest that are pending)."""

    id: str
    type: str
    created_at: datetime
    waiting_seconds: float


class Worker(msgspec.Struct, frozen=True):
    """A living process that runs jobs; `takes` are the types that it takes by itself."""

    host: str
    pid: int
    command: str
    slots: int
    running: int
    takes: list[str]


class Rates(msgspec.Struct, frozen=True):
    """Jobs a minute, over the last minutes. Not exact where more jobs passed than are counted."""

    minutes: int
    submitted: float
    ended: float
    is_exact: bool


class QueueState(msgspec.Struct, frozen=True):
    """The queue now. `paused` is what is held back, besides single jobs."""

    at: datetime
    total: int
    by_status: dict[str, StatusCount]
    waiting: Waiting
    oldest_waiting: Oldest | None
    workers: list[Worker]
    rates_per_minute: Rates
    paused: PausedDocument


@router.get("", **answering(QueueState))
async def show_queue(services: Needs) -> Response:
    """What waits and what runs, by status and type; who runs jobs; how fast it goes."""
    now = time.time_ns() // 1000
    figures = await services.repository(AsyncQueueFigures).figures(now - RATE_MINUTES * _MINUTE)
    return json_answer(
        QueueState(
            at=from_microseconds(now),
            total=figures.total,
            by_status=_by_status(figures),
            waiting=_waiting(figures),
            oldest_waiting=_oldest(figures, now),
            workers=[
                Worker(
                    one.host,
                    one.pid,
                    one.command,
                    one.slots,
                    figures.running_of.get(one.owner, 0),
                    sorted(one.takes),
                )
                for one in await services.queue.live_workers()
            ],
            rates_per_minute=_rates(figures),
            paused=(await services.queue.paused()).to_public(),
        )
    )


def _by_status(figures: QueueFigures) -> dict[str, StatusCount]:
    return {
        status: StatusCount(
            min(number, COUNT_LIMIT),
            number <= COUNT_LIMIT,
            figures.types.get(status, {}),
            number <= SAMPLE,
        )
        for status, number in figures.statuses.items()
    }


def _waiting(figures: QueueFigures) -> Waiting:
    pending, ready, later = figures.statuses["pending"], figures.ready, figures.later
    return Waiting(
        min(ready, COUNT_LIMIT),
        min(later, COUNT_LIMIT),
        max(0, min(pending - ready - later, COUNT_LIMIT)),
        max(pending, ready, later) <= COUNT_LIMIT,
    )


def _oldest(figures: QueueFigures, now: int) -> Oldest | None:
    oldest = figures.oldest
    if oldest is None:
        return None
    return Oldest(
        oldest.id,
        oldest.type,
        from_microseconds(oldest.created_at),
        max(0, now - oldest.created_at) / 1_000_000,
    )


def _rates(figures: QueueFigures) -> Rates:
    submitted, ended = figures.submitted_lately, figures.ended_lately
    return Rates(
        RATE_MINUTES,
        min(submitted, COUNT_LIMIT) / RATE_MINUTES,
        min(ended, COUNT_LIMIT) / RATE_MINUTES,
        max(submitted, ended) <= COUNT_LIMIT,
    )
