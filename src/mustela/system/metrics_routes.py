"""Metrics for Prometheus."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import func, select
from starlette.responses import Response
from starlette.types import Scope

from mustela.collection import SERVICES, Needs, Services
from mustela.http.encoding import answering
from mustela.http.needs import from_scope
from mustela.store import AsyncRepository, Statement, Unit, one, read
from mustela.store.schema import events
from mustela.system.metrics import Metrics, Shared
from mustela.system.queue_figures import AsyncQueueFigures
from mustela.system.services_routes import checkup_in
from mustela.system.stats_routes import collection_figures

router = APIRouter(prefix="/metrics", tags=["system"])

_LAST_EVENT: Final = Statement(select(func.max(events.c.id)))


class EventCountOperations:
    """How many events there were."""

    @read
    def last_event(self) -> Unit[int]:
        """The id of the newest event; ids only rise, by one for each on SQLite."""
        return (yield from one(_LAST_EVENT, int_or_none)) or 0


class AsyncEventCount(EventCountOperations, AsyncRepository):
    """The same, for an event loop."""


def int_or_none(value: int | None) -> int | None:
    """The maximum of no rows is null."""
    return value


def _metrics(scope: Scope) -> Metrics:
    services: Services = scope[SERVICES]
    found: Metrics = services.parts[Metrics]
    return found


@router.get("", **answering(bytes, media_types=["text/plain"]))
async def show_metrics(
    services: Needs, metrics: Annotated[Metrics, Depends(from_scope(_metrics))]
) -> Response:
    """What this server process has counted, and the state of the rest, for Prometheus."""
    now = time.time_ns() // 1000
    collections, queue, last_event, states = await asyncio.gather(
        collection_figures(services),
        services.repository(AsyncQueueFigures).figures(now),
        services.repository(AsyncEventCount).last_event(),
        checkup_in(services).every(),
    )
    waiting = 0.0 if queue.oldest is None else max(0, now - queue.oldest.created_at) / 1_000_000
    text = metrics.exposition(Shared(collections, queue, waiting, last_event, states))
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
