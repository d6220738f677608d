"""A small archive of products that the tests make, and a server over it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from mustela.app import create_app
from mustela.collection import SERVICES, Services
from mustela.files.branch import FILES_BRANCH
from mustela.files.children import Children
from mustela.files.root import AsyncRootRepository, Root
from mustela.files.root_directory import inspect
from mustela.jobs.branch import JOBS_BRANCH
from mustela.jobs.in_memory import InMemoryJobQueue
from mustela.jobs.record import Job
from mustela.radio.branch import RADIO_BRANCH
from mustela.radio.collection import RADIO
from mustela.radio.images.record import Image
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.rules.record import RootRules
from mustela.radio.rules.repository import AsyncRulesRepository
from mustela.radio.scan_jobs import submit_scan
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.settings import Settings
from mustela.store import AsyncStore
from tests.in_process import InProcess
from tests.radio.finding.synthetic_sky import Star, noise, sky_wcs, stars_on, write

LONG_AGO = 1_700_000_000
SHAPE = (64, 64)
RMS = 1e-3
BRIGHT, FAINT = Star(20.3, 20.6, 0.08), Star(45.8, 40.2, 0.04)
WCS = sky_wcs(SHAPE)


def make_image(
    path: Path, stars: Sequence[Star] = (BRIGHT, FAINT), *, day: int = 1, seed: int = 1
) -> Path:
    """A restored image of the day, written long ago."""
    path.unlink(missing_ok=True)
    pixels = stars_on(SHAPE, stars, WCS) + noise(SHAPE, RMS, seed)
    begin, end = (f"2024-03-{day:02}T{hour:02}:00:00" for hour in (0, 2))
    cards: dict[str, Any] = {"DATE-OBS": begin, "DATE-END": end, "OBJECT": "made", "TIMESYS": "UTC"}
    write(path, pixels, WCS, **cards, RESTFRQ=888e6)
    return aged(path)


def aged(path: Path, seconds: int = LONG_AGO) -> Path:
    """As if nobody had written to it since."""
    members = [path, *path.rglob("*")] if path.is_dir() else [path]
    for member in members:
        os.utime(member, (seconds, seconds))
    return path


class Archive:
    """A server over a directory; jobs run when they are told to."""

    def __init__(
        self,
        services: Services,
        queue: InMemoryJobQueue,
        root: Root,
        client: httpx.AsyncClient,
    ) -> None:
        self.client = client
        self.services = services
        self.queue = queue
        self.root = root
        self.directory = Path(root.path)
        self.images = services.repository(AsyncImageRepository)
        self.sources = services.repository(AsyncSourceRepository)

    async def rule(self, **rules: Any) -> None:
        await self.services.repository(AsyncRulesRepository).set_root_rules(
            self.root.id, RootRules(**rules)
        )

    async def scan(self, **options: Any) -> dict[str, Any]:
        """Scan, and run all that follows; what the scan answers."""
        id_ = await submit_scan(self.queue, self.root.id, options)
        await self.queue.drain()
        job = await self.queue.get(id_)
        assert job.status == "completed", job.error
        result: dict[str, Any] = job.result
        return result

    async def run(self, type: str, **parameters: Any) -> Job:
        """One job, and all that follows it."""
        id_ = await self.queue.submit(type, parameters)
        await self.queue.drain()
        return await self.queue.get(id_)

    async def image(self, name: str) -> Image:
        (found,) = await self.images.list_images(filename=name)
        return found


@asynccontextmanager
async def archive_over(
    directory: Path, data_dir: Path, children: type[Children] = InProcess, **said: Any
) -> AsyncIterator[Archive]:
    """An archive over a directory; ``said`` are settings."""
    branches = (FILES_BRANCH, JOBS_BRANCH, RADIO_BRANCH)
    data_dir.mkdir(exist_ok=True)
    async with AsyncStore.open(
        f"sqlite:///{data_dir / 'mustela.db'}",
        create=[one.metadata for one in branches],
        synchronous="OFF",
    ) as store:
        queue = InMemoryJobQueue(store)
        settings = Settings.load(
            environ={}, data_dir=data_dir, children=1, watch_roots=False, **said
        )
        with patch("mustela.app.Children", children):
            app = create_app(settings, store=store, job_queue=queue, with_collections=[RADIO])
        provided: Any = app.user_middleware[0].kwargs["provided"]
        services: Services = provided[SERVICES]
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as client,
        ):
            roots = services.repository(AsyncRootRepository)
            root = await roots.add(inspect(os.fsencode(directory)), collections=["radio"])
            yield Archive(services, queue, root, client)


def copy_products(made: Path, directory: Path) -> Path:
    """A copy with the times of what was made."""
    shutil.copytree(made, directory, copy_function=shutil.copy2)
    for place in made.rglob("*"):
        if place.is_dir():
            shutil.copystat(place, directory / place.relative_to(made))
    return directory
