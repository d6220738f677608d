"""The collection of radio images and what belongs to them, as the server installs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mustela.collection import Collection, Installed, Services
from mustela.radio.branch import RADIO_BRANCH
from mustela.radio.cal import records as cal
from mustela.radio.cal import routes as cal_routes
from mustela.radio.images import file_routes as image_file_routes
from mustela.radio.images import records as images
from mustela.radio.images import routes as image_routes
from mustela.radio.ms import records as ms
from mustela.radio.ms import routes as ms_routes
from mustela.radio.rules import repository as rules


def install(services: Services) -> Installed:
    """Bring the routes."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        said = services.rules.get("radio")
        if said is not None:
            await services.repository(rules.AsyncRulesRepository).set_rules(said)
        yield

    return Installed(
        routers=[
            image_routes.router,
            image_file_routes.router,
            ms_routes.router,
            cal_routes.router,
        ],
        records=[images.records, ms.records, cal.records, rules.records],
        topics=[images.TOPIC, ms.TOPIC, cal.TOPIC],
        running=running,
    )


RADIO = Collection(name="radio", title="Sky", branches=[RADIO_BRANCH], install=install)
