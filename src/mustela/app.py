"""The one place where the server is put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

import mustela
from mustela.collection import (
    SERVICES,
    Collection,
    Limits,
    Services,
    from_entry_points,
    install,
)
from mustela.files.branch import FILES_BRANCH
from mustela.files.children import Children
from mustela.files.picture_store import PictureStore
from mustela.files.root import root_records
from mustela.files.watch_roots import RootWatch
from mustela.http import guard
from mustela.http.access import Access, TokensNeeded, hosts_of
from mustela.http.conditional import Answers
from mustela.http.encoding import describe
from mustela.http.event_feed import EventFeed
from mustela.http.guard import Guard
from mustela.http.page import Page
from mustela.http.problems import HANDLERS
from mustela.http.request_figures import RequestFigures
from mustela.http.routing import Api, Mounted
from mustela.http.shared_answers import SharedAnswers, open_client
from mustela.jobs.branch import JOBS_BRANCH
from mustela.jobs.by_engine import leader_of
from mustela.jobs.leader import Leader
from mustela.jobs.opening import open_queue
from mustela.jobs.queue import JobQueue
from mustela.jobs.retention import Retention
from mustela.radio.collection import RADIO
from mustela.settings import Settings
from mustela.store import AsyncStore
from mustela.store.branch import STORE_BRANCH, Branch
from mustela.store.upgrade import prepare
from mustela.system import (
    audit_routes,
    cache_routes,
    events_routes,
    health,
    jobs_bulk_routes,
    jobs_export,
    jobs_routes,
    metrics_routes,
    pause_routes,
    queue_routes,
    roots_routes,
    runs_routes,
    services_routes,
    session_routes,
    stats_routes,
)
from mustela.system.checkup import Checkup, checkup_of
from mustela.system.metrics import Metrics
from mustela.system.shared_cache import shared_cache_check
from mustela.video.collection import VIDEO
from mustela.web import page_directory

API = "/api/v1"
#: Paths that need no token: what a token is entered with, and whether the server lives.
OPEN = (f"{API}/health/", f"{API}/session")
#: Paths whose answers have no end.
STREAMS = frozenset((f"{API}/events", f"{API}/ws"))

#: The collections that ship. Another one is one line here.
SHIPPED: tuple[Collection, ...] = (VIDEO, RADIO)


def collections() -> list[Collection]:
    """Those that ship, and those of other installed packages."""
    return [*SHIPPED, *from_entry_points()]


def branches(installed: Sequence[Collection]) -> list[Branch]:
    """The migrations of a server with these collections."""
    return [
        STORE_BRANCH,
        JOBS_BRANCH,
        FILES_BRANCH,
        *(branch for collection in installed for branch in collection.branches),
    ]


def create_app(
    settings: Settings | None = None,
    *,
    store: AsyncStore | None = None,
    job_queue: JobQueue | None = None,
    with_collections: Sequence[Collection] | None = None,
) -> FastAPI:
    """The server.

    Without ``store`` the database of the settings is upgraded and opened; a store that is given
    has its tables already, is opened if it is not open yet, and then closed by the server.
    Without ``job_queue`` jobs run in this process. ``with_collections`` takes the place of the
    installed ones. Raises ``TokensNeeded`` where others could reach the server without one.
    """
    settings = settings or Settings.load()
    if settings.tokens_required and not (settings.tokens or settings.anonymous_read):
        raise TokensNeeded
    brought = collections() if with_collections is None else list(with_collections)
    ours = store is None and not settings.in_memory
    services = services_for(settings, brought, store, job_queue)
    if services.answers.shared is not None:
        services.checks["cache"] = shared_cache_check(services.answers.shared)
    services.parts[Checkup] = checkup_of(services, settings.services)
    figures = RequestFigures()
    services.parts[Metrics] = Metrics(services, figures)
    app = FastAPI(
        title="Mustela",
        version=mustela.__version__,
        description="A catalog of recorded media: searchable, audited, and never in your way.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=HANDLERS,
        lifespan=_lifespan(services, _database(settings, brought) if ours else None),
    )
    api = Api(API, *_routers(services, brought))
    app.router.routes.append(api)
    app.mount("/", Page(page_directory()))
    app.add_middleware(
        Guard,
        access=_access(settings),
        limits=guard.Limits(
            max_body_bytes=settings.max_body_bytes,
            max_query_bytes=settings.max_query_bytes,
            max_concurrent_requests=settings.max_concurrent_requests,
        ),
        answers=services.answers,
        open=OPEN,
        streams=STREAMS,
        queries=frozenset(
            API + path for one in services.installed.values() for path in one.queries
        ),
        provided={SERVICES: services},
        log_access=settings.access_log,
        figures=figures,
    )
    describe(app, api.routes)
    app.state.stop_streams = services.events.stop_soon
    return app


def stop_streams(app: FastAPI) -> None:
    """Have answers end that would otherwise have none: the server is about to stop.

    May be called by a signal's handler.
    """
    app.state.stop_streams()


def services_for(
    settings: Settings,
    brought: Sequence[Collection],
    store: AsyncStore | None,
    queue: JobQueue | None,
    *,
    leader: Leader | None = None,
) -> Services:
    """What collections are given; ``leader`` where who leads is not one of all that serve."""
    shared = store is None and not settings.in_memory
    if store is None:
        store = AsyncStore.open(
            settings.database_url,
            create=[one.metadata for one in branches(brought)[1:]] if settings.in_memory else (),
            statement_timeout=settings.statement_timeout_seconds,
            kept_bytes=settings.cache_bytes // 2,
            **settings.store_options,
        )
    leader = leader or leader_of(store, settings.data_dir if shared else None)
    if queue is None:
        queue = open_queue(
            store,
            settings.database_url if shared else None,
            data_dir=settings.data_dir if shared else None,
            concurrency=settings.concurrency,
            silence=settings.external_run_silence_seconds,
            retention=_retention(settings),
            leader=leader,
        )
    return Services(
        store=store,
        queue=queue,
        children=Children(settings.children, time_limit=settings.probe_time_limit_seconds),
        answers=Answers(
            store,
            limit=settings.cache_bytes,
            version=_versions(brought),
            shared=SharedAnswers(open_client(settings.cache_url)) if settings.cache_url else None,
        ),
        events=EventFeed(store),
        watch=RootWatch(
            store,
            queue,
            leader,
            enabled=settings.watch_roots,
            interval_minutes=settings.scan_interval_minutes,
        ),
        data_dir=settings.data_dir,
        picture_store=PictureStore(settings.pictures_dir, shared=settings.pictures_are_shared),
        limits=Limits(
            probe_time_limit_seconds=settings.probe_time_limit_seconds,
            bulk_limit=settings.bulk_limit,
            scan_interval_minutes=settings.scan_interval_minutes,
            scan_shard_files=settings.scan_shard_files,
            external_run_silence_seconds=settings.external_run_silence_seconds,
        ),
        rules={"radio": settings.radio},
        leader=leader,
        tokens=settings.tokens,
        records={root_records.topic: root_records},
    )


def _retention(settings: Settings) -> Retention:
    return Retention(settings.job_retention_days or None, settings.job_retention_count or None)


@asynccontextmanager
async def at_work(services: Services) -> AsyncIterator[None]:
    """Everything that runs jobs, opened in order and closed in the opposite one.

    Jobs stop before what they work with.
    """
    async with AsyncExitStack() as stack:
        if not services.store.is_open:
            await stack.enter_async_context(services.store)
        await stack.enter_async_context(services.children)
        await stack.enter_async_context(services.leader)
        for installed in services.installed.values():
            if installed.running is not None:
                await stack.enter_async_context(installed.running())
        await stack.enter_async_context(services.queue.running())
        yield


def _versions(brought: Sequence[Collection]) -> str:
    """What an answer follows from besides the records: Mustela, and who brings collections."""
    others = (f"{one.name} {one.version}" for one in brought if one.version is not None)
    return ", ".join((mustela.__version__, *sorted(others)))


def _routers(services: Services, brought: Sequence[Collection]) -> Iterator[Mounted]:
    """Every route of the API."""
    for router in (
        health.router,
        session_routes.router,
        roots_routes.router,
        audit_routes.router,
        stats_routes.router,
        queue_routes.router,
        cache_routes.router,
        services_routes.router,
        metrics_routes.router,
        pause_routes.queue,
    ):
        yield Mounted("", router)
    for prefix in ("/jobs", "/queue/jobs"):
        for router in (
            jobs_export.router,  # the words of these three stand where an id would
            jobs_bulk_routes.router,
            runs_routes.router,
            jobs_routes.router,
            pause_routes.jobs,
        ):
            yield Mounted(prefix, router)
    yield Mounted("/logs", jobs_routes.logs)
    yield Mounted("", events_routes.router)
    for collection in brought:
        for router in install(collection, services).routers:
            yield Mounted("", router)


def _access(settings: Settings) -> Access:
    return Access(
        tokens=settings.tokens,
        required=settings.tokens_required,
        anonymous_read=settings.anonymous_read,
        hosts=hosts_of(settings.host, settings.allowed_hosts),
        any_address=not settings.is_local,
        origins=frozenset(origin.lower().rstrip("/") for origin in settings.allowed_origins),
    )


Opening = Callable[[], AbstractAsyncContextManager[None]]


def _database(settings: Settings, brought: Sequence[Collection]) -> Opening:
    """The data directory's lock is held while the server runs."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[None]:
        prepared = await asyncio.to_thread(
            prepare, settings.database_url, branches(brought), settings.data_dir
        )
        try:
            yield
        finally:
            prepared.lock.release()

    return opened


def _lifespan(
    services: Services, database: Opening | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What runs jobs, then what watches and tells; the database's lock around all."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if database is not None:
                await stack.enter_async_context(database())
            if services.answers.shared is not None:
                stack.push_async_callback(services.answers.shared.close)
            await stack.enter_async_context(at_work(services))
            await stack.enter_async_context(services.watch.running())
            await stack.enter_async_context(services.events.running())
            yield

    return lifespan
