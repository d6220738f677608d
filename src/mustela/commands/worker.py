"""``mustela worker``: a process that runs jobs, and serves nothing.

Exit status: 130 after Ctrl-C, 0 after SIGTERM, 2 where it could not start.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from mustela.app import at_work, collections, services_for
from mustela.collection import install
from mustela.commands.process import settle
from mustela.commands.workplace import prepared
from mustela.console import CANCELLED, DONE, say
from mustela.errors import MustelaError
from mustela.jobs.embedded import AsyncioJobQueue
from mustela.jobs.leader import NeverLeads
from mustela.logs import start_logging
from mustela.settings import Settings

_STATUS = {signal.SIGINT: CANCELLED, signal.SIGTERM: DONE, signal.SIGHUP: DONE}


class NoSuchApp(MustelaError):
    """There is no job queue of this name."""

    code = "no_such_app"


def run(settings: Settings, app: str | None, types: Sequence[str], concurrency: int | None) -> int:
    """Run jobs until told to stop; answers the exit status."""
    start_logging(settings)
    if app is not None:
        return asyncio.run(_work(_at_work_for(load_queue(app), types, concurrency)))
    with prepared(settings, "worker"):
        return asyncio.run(_work(_catalog_at_work(settings, types, concurrency)))


@asynccontextmanager
async def _catalog_at_work(
    settings: Settings, types: Sequence[str], concurrency: int | None
) -> AsyncIterator[AsyncioJobQueue]:
    """The handlers of the installed collections. Who leads is a server, never a worker."""
    brought = collections()
    services = services_for(settings, brought, None, None, leader=NeverLeads())
    for collection in brought:
        install(collection, services)
    queue = _restricted(services.queue, types, concurrency)
    async with at_work(services):
        yield queue


@asynccontextmanager
async def _at_work_for(
    queue: AsyncioJobQueue, types: Sequence[str], concurrency: int | None
) -> AsyncIterator[AsyncioJobQueue]:
    _restricted(queue, types, concurrency)
    if queue.store.is_open:
        async with queue.running():
            yield queue
    else:
        async with queue.store, queue.running():
            yield queue


def _restricted(queue: Any, types: Sequence[str], concurrency: int | None) -> AsyncioJobQueue:
    if not isinstance(queue, AsyncioJobQueue):
        raise NoSuchApp(f"{queue!r} runs no jobs by itself; a worker needs a queue that does")
    queue.take_only(types or None, concurrency)
    if not queue.slots:
        raise NoSuchApp("with a concurrency of 0 a worker has nothing to do; use --concurrency")
    return queue


async def _work(working: Any) -> int:
    """Until a signal; the second one of a kind ends the process as it would any other."""
    told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    for number, status in _STATUS.items():
        asyncio.get_running_loop().add_signal_handler(number, _stop, told, number, status)
    async with working as queue:
        settle()
        say(f"Mustela runs jobs: {queue.slots} at once, of the types {', '.join(queue.takes)}")
        return await told


def _stop(told: asyncio.Future[int], number: signal.Signals, status: int) -> None:
    asyncio.get_running_loop().remove_signal_handler(number)
    if not told.done():
        told.set_result(status)


def load_queue(name: str) -> AsyncioJobQueue:
    """The queue that ``package.module:attribute`` names, or the one that a function there makes.

    Modules of the working directory are found, too. Raises ``NoSuchApp``.
    """
    module, _, attribute = name.partition(":")
    if not module or not attribute or module.startswith("."):
        raise NoSuchApp(f"{name!r} names no job queue; write package.module:queue")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # the module is there, and what it needs is not
        raise NoSuchApp(f"there is no module {module}; look where {here} is") from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise NoSuchApp(f"the module {module} has no {attribute}")
        found = getattr(found, part)
    queue = _made(name, found) if _makes(found) else found
    if not isinstance(queue, AsyncioJobQueue):
        raise NoSuchApp(f"{name} is no job queue that a worker can run, but {type(queue).__name__}")
    return queue


def _makes(found: Any) -> bool:
    return callable(found) and not isinstance(found, AsyncioJobQueue)


def _made(name: str, make: Callable[..., Any]) -> Any:
    if inspect.iscoroutinefunction(make):
        raise NoSuchApp(f"{name} is a coroutine function; write one that returns the queue at once")
    with suppress(TypeError, ValueError):  # a function of C's may not say what it takes
        signature = inspect.signature(make)
        try:
            signature.bind()
        except TypeError as error:
            raise NoSuchApp(
                f"{name} needs arguments ({error}); a worker calls it without any"
            ) from error
    return make()
