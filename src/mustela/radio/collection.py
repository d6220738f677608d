"""The collection of radio images and what belongs to them, as the server installs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mustela.collection import Collection, Installed, Services
from mustela.radio.branch import RADIO_BRANCH
from mustela.radio.cal import records as cal
from mustela.radio.images import records as images
from mustela.radio.ms import records as ms
from mustela.radio.routers import ROUTERS
from mustela.radio.rules import repository as rules
from mustela.radio.sources import records as sources
from mustela.radio.sources.statistics import TOPIC as SOURCES
from mustela.radio.statistics import collection_stats


def install(services: Services) -> Installed:
    """Bring the routes."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        said = services.rules.get("radio")
        if said is not None:
            await services.repository(rules.AsyncRulesRepository).set_rules(said)
        yield

    return Installed(
        routers=ROUTERS,
        records=[
            images.records,
            ms.records,
            cal.records,
            sources.records,
            rules.records,
        ],
        topics=[images.TOPIC, ms.TOPIC, cal.TOPIC, SOURCES],
        stats=lambda: collection_stats(services),
        running=running,
    )


RADIO = Collection(name="radio", title="Sky", branches=[RADIO_BRANCH], install=install)
