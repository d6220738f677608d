"""Blocks that report a run in by themselves: a thread writes in sync code, on a loop a task.

What is said is written together, at most every half second; a heartbeat follows where nothing is.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from mustela.errors import MustelaError
from mustela.jobs.errors import InvalidJob, RunLost
from mustela.jobs.external_operations import Name, new_run
from mustela.jobs.external_run import Ending, ExternalRun, News, ending_of, failed
from mustela.jobs.supervisor import Pauses
from mustela.store import AsyncStore, Store
from mustela.store.errors import InsideTransaction, NotFound, StoreError

if TYPE_CHECKING:
    from mustela.jobs.operations import AsyncJobRepository, JobRepository  # they have these blocks

T = TypeVar("T")

logger = logging.getLogger(__name__)

#: Seconds between two signs of life where nothing else is said.
HEARTBEAT_SECONDS = 10.0
#: Seconds between two reports.
REPORT_SECONDS = 0.5
#: How often it is tried to write the end of a run.
TRIES = 6
#: Errors after which no report of the run will ever be taken.
REFUSED = (RunLost, NotFound, InvalidJob)


@contextmanager
def external_run(
    self: JobRepository,
    type: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    inputs: Sequence[Name] = (),
    id: str | None = None,
    parent: str | None = None,
    uniqueness_key: str | None = None,
    software_version: str | None = None,
    heartbeat: float = HEARTBEAT_SECONDS,
) -> Iterator[ExternalRun]:
    """A block that is a run: ``with jobs.external_run("imaging", inputs=[...]) as run:``.

    It ends completed with the block; failed, with the message, where that raises; cancelled where
    ``run.check()`` said so, or at Ctrl-C. What the block raises goes on. ``heartbeat`` is in
    seconds, and must be well below the server's limit on silence. ``software_version`` is of
    what is run. For ``id`` and the errors of opening see ``open_run``; where others have ended
    the run meanwhile, the end of the block raises ``RunLost``.
    """
    if not isinstance(self.executor, Store):
        raise InsideTransaction("a run reports in outside of transactions: JobRepository(store)")
    new = new_run(
        type,
        parameters,
        inputs=inputs,
        id=id,
        parent=parent,
        uniqueness_key=uniqueness_key,
        software_version=software_version,
    )
    spoken = threading.Event()
    run = ExternalRun(self.open_run(new, reporter=this_process()), spoken.set)
    reporter = _Reporter(self, run, spoken, heartbeat)
    reporter.start()
    try:
        yield run
    except BaseException as raised:
        reporter.stop()
        try:
            _end(self, run, ending_of(run, raised))
        except MustelaError as error:
            _not_ended(run, error)
        raise
    reporter.stop()
    _end(self, run, ending_of(run, None))


@asynccontextmanager
async def async_external_run(
    self: AsyncJobRepository,
    type: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    inputs: Sequence[Name] = (),
    id: str | None = None,
    parent: str | None = None,
    uniqueness_key: str | None = None,
    software_version: str | None = None,
    heartbeat: float = HEARTBEAT_SECONDS,
) -> AsyncIterator[ExternalRun]:
    """As :func:`external_run`, on an event loop; it ends cancelled where its task is cancelled."""
    if not isinstance(self.executor, AsyncStore):
        raise InsideTransaction(
            "a run reports in outside of transactions: AsyncJobRepository(store)"
        )
    new = new_run(
        type,
        parameters,
        inputs=inputs,
        id=id,
        parent=parent,
        uniqueness_key=uniqueness_key,
        software_version=software_version,
    )
    spoken = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told() -> None:
        if not spoken.is_set():
            with suppress(RuntimeError):  # from a thread that outlived the loop
                loop.call_soon_threadsafe(spoken.set)

    run = ExternalRun(await self.open_run(new, reporter=this_process()), told)
    reporter = _AsyncReporter(self, run, spoken, heartbeat)
    reporting = asyncio.create_task(reporter.run())
    try:
        yield run
    except BaseException as raised:
        reporter.stop()
        await reporting
        try:
            await _end_async(self, run, ending_of(run, raised))
        except MustelaError as error:
            _not_ended(run, error)
        raise
    reporter.stop()
    await reporting
    await _end_async(self, run, ending_of(run, None))


def this_process() -> str:
    """Who reports: the name of the machine and the id of the process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _reported(run: ExternalRun, cancelled: bool, pauses: Pauses) -> float:
    """Heed the answer to a report; seconds until the next one."""
    pauses.reset()
    run.cancelled = run.cancelled or cancelled
    return REPORT_SECONDS


def _not_reported(
    run: ExternalRun, news: News, error: MustelaError, pauses: Pauses
) -> float | None:
    """Seconds until the next try; ``None`` where no report will be taken any more."""
    if isinstance(error, REFUSED):
        run.refuse(error)
        return None
    logger.warning("run %s could not report: %s", run.id, error)
    run.give_back_news(news)
    return pauses.next()


def _not_ended(run: ExternalRun, error: MustelaError) -> None:
    """What the block raised goes on instead."""
    logger.warning("the end of run %s was not written: %s", run.id, error)


# In sync code.


class _Reporter(threading.Thread):
    """Writes what a run says, and that it lives."""

    def __init__(
        self, jobs: JobRepository, run: ExternalRun, spoken: threading.Event, heartbeat: float
    ) -> None:
        super().__init__(name=f"run {run.id}", daemon=True)
        self._jobs = jobs
        self._run = run
        self._spoken = spoken
        self._heartbeat = heartbeat
        self._over = threading.Event()

    def stop(self) -> None:
        """Write no more; what is left is for who ends the run."""
        self._over.set()
        self._spoken.set()
        self.join()

    def run(self) -> None:
        pauses = Pauses()
        pause: float | None = 0.0
        while pause is not None and not self._over.wait(pause):
            self._spoken.wait(self._heartbeat)
            self._spoken.clear()
            pause = None if self._over.is_set() else self._write(pauses)

    def _write(self, pauses: Pauses) -> float | None:
        run, news = self._run, self._run.take_news()
        try:
            cancelled = self._jobs.report_run(run.id, run.claim_id, **news.asdict())
        except (StoreError, InvalidJob, RunLost) as error:
            self._spoken.set()
            return _not_reported(run, news, error, pauses)
        return _reported(run, cancelled, pauses)


def _end(jobs: JobRepository, run: ExternalRun, ending: Ending) -> None:
    """Write the last news and the end; raises what cannot be written after some tries."""
    news = run.take_news()
    try:
        _tried(lambda: jobs.report_run(run.id, run.claim_id, **news.asdict()))
    except InvalidJob as error:
        ending = failed(error)
    _tried(lambda: jobs.finish_run(run.id, run.claim_id, **ending.written))
    if ending.problem is not None:
        raise ending.problem


def _tried(write: Callable[[], T]) -> T:
    pauses = Pauses()
    for _ in range(TRIES - 1):
        try:
            return write()
        except NotFound:
            raise
        except StoreError:
            time.sleep(pauses.next())
    return write()


# On an event loop.


class _AsyncReporter:
    """As :class:`_Reporter`; a report that is on its way is never cancelled."""

    def __init__(
        self, jobs: AsyncJobRepository, run: ExternalRun, spoken: asyncio.Event, heartbeat: float
    ) -> None:
        self._jobs = jobs
        self._run = run
        self._spoken = spoken
        self._heartbeat = heartbeat
        self._over = asyncio.Event()

    def stop(self) -> None:
        self._over.set()
        self._spoken.set()

    async def run(self) -> None:
        pauses = Pauses()
        pause: float | None = 0.0
        while pause is not None and not await _set_within(self._over, pause):
            await _set_within(self._spoken, self._heartbeat)
            self._spoken.clear()
            pause = None if self._over.is_set() else await self._write(pauses)

    async def _write(self, pauses: Pauses) -> float | None:
        run, news = self._run, self._run.take_news()
        try:
            cancelled = await self._jobs.report_run(run.id, run.claim_id, **news.asdict())
        except (StoreError, InvalidJob, RunLost) as error:
            self._spoken.set()
            return _not_reported(run, news, error, pauses)
        return _reported(run, cancelled, pauses)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def _end_async(jobs: AsyncJobRepository, run: ExternalRun, ending: Ending) -> None:
    """As :func:`_end`."""
    news = run.take_news()
    try:
        await _tried_async(lambda: jobs.report_run(run.id, run.claim_id, **news.asdict()))
    except InvalidJob as error:
        ending = failed(error)
    await _tried_async(lambda: jobs.finish_run(run.id, run.claim_id, **ending.written))
    if ending.problem is not None:
        raise ending.problem


async def _tried_async(write: Callable[[], Awaitable[T]]) -> T:
    pauses = Pauses()
    for _ in range(TRIES - 1):
        try:
            return await write()
        except NotFound:
            raise
        except StoreError:
            await asyncio.sleep(pauses.next())
    return await write()
