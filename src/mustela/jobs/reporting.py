"""Progress and log lines on their way to the database: at most one write each half second."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from contextlib import suppress

from mustela.jobs.context import JobContext
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.run_operations import Report
from mustela.store.errors import ConstraintViolated, StoreError

logger = logging.getLogger(__name__)

#: Seconds between two writes, for all jobs of a queue together.
REPORT_SECONDS = 0.5


class ReportWriter:
    """What running jobs say, written together; the last value wins."""

    def __init__(self, jobs: AsyncJobRepository) -> None:
        self._jobs = jobs
        self._interval = REPORT_SECONDS
        self._waiting: dict[str, JobContext] = {}
        self._writing = asyncio.Lock()
        self._written_at = float("-inf")
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        # A handler may speak inside of a transaction, of which this must know nothing.
        self._outside = contextvars.copy_context()

    def reported(self, context: JobContext) -> None:
        """A job has said something; from any thread."""
        if threading.get_ident() == self._thread:
            self._add(context)
        else:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                self._loop.call_soon_threadsafe(self._add, context)

    def _add(self, context: JobContext) -> None:
        self._waiting[context.id] = context
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._write(), context=self._outside.copy())

    async def last_words(self, context: JobContext) -> Report:
        """What is still to be written with the job's end, in order with what was before."""
        self._waiting.pop(context.id, None)
        async with self._writing:
            return context.take_report()

    async def _write(self) -> None:
        while self._waiting:
            pause = self._written_at + self._interval - self._loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            self._written_at = self._loop.time()
            async with self._writing:
                contexts, self._waiting = self._waiting, {}
                reports = {id: context.take_report() for id, context in contexts.items()}
                try:
                    await self._jobs.report(tuple(reports.values()))
                except ConstraintViolated as error:  # what is said next may be taken
                    logger.warning("progress is not kept: %s", error)
                except StoreError as error:
                    logger.warning("progress could not be written: %s", error)
                    for id, report in reports.items():
                        contexts[id].give_back(report)
                        self._waiting.setdefault(id, contexts[id])

    async def close(self) -> None:
        """Write no more."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])
