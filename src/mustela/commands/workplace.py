"""The catalog as a command opens it: settings, database, jobs, without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from mustela.app import branches, collections, services_for
from mustela.collection import Services, install
from mustela.jobs.embedded import AsyncioJobQueue
from mustela.settings import Settings
from mustela.store import Store, acting_as
from mustela.store.upgrade import prepare


@contextmanager
def prepared(settings: Settings, command: str) -> Iterator[None]:
    """Upgrade the database if that is due, and hold the data directory's lock meanwhile."""
    done = prepare(
        settings.database_url, branches(collections()), settings.data_dir, command=command
    )
    try:
        with acting_as(f"command:{command}"):
            yield
    finally:
        done.lock.release()


@contextmanager
def catalog(settings: Settings, command: str) -> Iterator[Store]:
    """The sync store, for commands that read and write records."""
    with (
        prepared(settings, command),
        Store.open(settings.database_url, **settings.store_options) as store,
    ):
        yield store


@asynccontextmanager
async def workplace(settings: Settings, command: str) -> AsyncIterator[Services]:
    """Everything that a server has but HTTP, for commands that run jobs."""
    brought = collections()
    with prepared(settings, command):
        services = services_for(settings, brought, None, None)
        for collection in brought:
            install(collection, services)
        async with services.store, services.children:
            yield services


def job_types(settings: Settings) -> list[str]:
    """The types of jobs that a server with these settings knows."""
    brought = collections()
    services = services_for(settings, brought, None, None)
    for collection in brought:
        install(collection, services)
    return services.queue.types


def queue_of(services: Services) -> AsyncioJobQueue:
    """The embedded queue of a workplace."""
    if not isinstance(services.queue, AsyncioJobQueue):
        raise TypeError("a command's queue is the embedded one")
    return services.queue
