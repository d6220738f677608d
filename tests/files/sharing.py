"""Workers that share scans of toys: each with a queue and hands of its own, as processes have."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from mustela.files.children import Children
from mustela.files.failure import Unreadable
from mustela.files.root import AsyncRootRepository, Root
from mustela.files.root_directory import inspect
from mustela.files.scan_job import make_scan_handler, scan_key
from mustela.files.scan_part import make_part_handler
from mustela.files.scan_record import ScanResult
from mustela.files.scan_share import Sharing, part_type
from mustela.jobs import AsyncioJobQueue, Job, jobs_metadata
from mustela.jobs.lease_presence import LeasePresence
from mustela.jobs.queue import JobQueue
from mustela.store import AsyncStore
from tests.files.library import TABLES, Library
from tests.files.toys import AsyncToys

SHARED_TABLES = (*TABLES, jobs_metadata)
SCAN = "toys.scan"
PART = part_type(SCAN)
#: Seconds after which a test gives up waiting for what should have happened long ago.
PATIENCE = 60.0
#: Seconds after which a worker on a database server that says nothing counts as dead.
LEASE = 4.0


class Hands(Children):
    """Does in this process what children would do, and may be held up before each file."""

    def __init__(self, before: Callable[[], Awaitable[object]] | None = None) -> None:
        super().__init__(size=1)
        self.before = before
        self.read = 0

    async def run(self, function: str, /, *arguments: object, **options: Any) -> Any:
        examines = function.endswith(":examine")
        if examines and self.before is not None:
            await self.before()
        module, _, name = function.partition(":")
        found = getattr(importlib.import_module(module), name)
        packed = msgspec.msgpack.encode(arguments)
        try:
            answer = await asyncio.to_thread(found, *msgspec.msgpack.decode(packed))
        except Unreadable as error:
            return error.as_failure()
        finally:
            self.read += examines
        return msgspec.msgpack.decode(
            msgspec.msgpack.encode(answer), type=options.get("result", Any)
        )


def register(
    queue: JobQueue, store: AsyncStore, children: Children, files: int, *, scans: bool = True
) -> None:
    """Scans, unless it is to take parts only, and their parts, as a collection registers them."""
    toys: Any = AsyncToys(store)
    handlers = {PART: make_part_handler(store, children, toys)}
    if scans:
        handlers[SCAN] = make_scan_handler(
            store, children, toys, settle_seconds=0, sharing=Sharing(queue, files)
        )
    for type, handler in handlers.items():
        queue.register_handler(type, handler, timeout=None, repeatable=True, concurrency=1)


class Worker:
    """One of them."""

    def __init__(self, store: AsyncStore, queue: AsyncioJobQueue, hands: Hands) -> None:
        self.store = store
        self.queue = queue
        self.hands = hands

    async def parts(self, scan: str) -> list[Job]:
        """The parts of a scan, as its job's id names it."""
        return [job for job in await self.queue.jobs.children_of(scan) if job.type == PART]


@asynccontextmanager
async def at_work(
    url: str, data_dir: Path, *, files: int = 3, concurrency: int = 4, scans: bool = True
) -> AsyncIterator[Worker]:
    """A worker that takes jobs, on a database with ``SHARED_TABLES``."""
    async with AsyncStore.open(url) as store, Hands() as hands:
        presence = None if store.server is None else LeasePresence(store, lease=LEASE)
        queue = AsyncioJobQueue(
            store,
            data_dir=data_dir,
            watch=True,
            drain=0.1,
            concurrency=concurrency,
            presence=presence,
        )
        register(queue, store, hands, files, scans=scans)
        async with queue.running():
            yield Worker(store, queue, hands)


@asynccontextmanager
async def several(url: str, data_dir: Path, number: int, **how: Any) -> AsyncIterator[list[Worker]]:
    """So many of them; the tables are made."""
    data_dir.mkdir(exist_ok=True)
    async with AsyncStore.open(url, create=SHARED_TABLES), AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(at_work(url, data_dir, **how)) for _ in range(number)
        ]


class SharedLibrary(Library):
    """A library whose scans are jobs of the first of several workers' queues."""

    def __init__(self, workers: list[Worker], directory: Path, root: Root) -> None:
        super().__init__(workers[0].store, workers[0].hands, directory, root)
        self.workers = workers
        self.queue = workers[0].queue
        self.scans: list[str] = []

    async def submit(self, **options: Any) -> str:
        """Have it scanned; the job's id."""
        parameters = {"root_id": self.root.id, **options}
        key = scan_key("toys", self.root.id)
        self.scans.append(await self.queue.submit(SCAN, parameters, uniqueness_key=key))
        return self.scans[-1]

    async def over(self, id: str) -> Job:
        job = await self.queue.wait(id, PATIENCE)
        assert job.ended, job
        return job

    async def _scan(self, settle_seconds: float, options: dict[str, Any]) -> ScanResult:
        assert settle_seconds == 0
        job = await self.over(await self.submit(**options))
        assert job.status == "completed", job.error
        return result_of(job)


def result_of(job: Job) -> ScanResult:
    """What a scan answered."""
    return msgspec.convert({k: v for k, v in job.result.items() if k != "root_id"}, ScanResult)


async def shared_library(workers: list[Worker], directory: Path) -> SharedLibrary:
    """A root for them."""
    directory.mkdir(exist_ok=True)
    roots = AsyncRootRepository(workers[0].store)
    root = await roots.add(inspect(directory), collections=["toys"])
    return SharedLibrary(workers, directory, root)


async def until(condition: Callable[[], Any]) -> None:
    """Wait on a condition."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = condition()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.005)


def leave_some_to_others(workers: list[Worker], files: int = 1) -> None:
    """The first one reads nothing before another one has read so many files."""
    first, *others = workers
    already = sum(one.hands.read for one in others)

    async def before() -> None:
        await until(lambda: sum(one.hands.read for one in others) >= already + files)

    first.hands.before = before
