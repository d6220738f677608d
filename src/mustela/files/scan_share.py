"""A scan whose files are read by several workers: what the scan itself does.

The walk, the comparison, moves, and what is missing are the scan's own. Where many files are left
to be read, and other workers live, it divides them into portions and offers parts: jobs below its
own, each of which takes one portion after the other, as the scan does too. There is always one part
that waits to be begun, so that whoever has room joins. Nothing depends on anybody doing so.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import NamedTuple

import msgspec

from mustela.errors import MustelaError
from mustela.files.holder import Holder
from mustela.files.scan_outcomes import UNSETTLED
from mustela.files.scan_portion_work import PortionWork
from mustela.files.scan_portions import AsyncScanPortionRepository, Standing
from mustela.files.scan_run import ScanRun
from mustela.jobs.context import JobContext
from mustela.jobs.errors import ClaimLost
from mustela.jobs.queue import JobQueue
from mustela.jobs.record import Job
from mustela.store import new_id
from mustela.store.errors import StoreError

logger = logging.getLogger(__name__)

#: What follows the type of a scan's jobs in that of its parts.
PART = ".part"
#: Seconds between two looks how far a shared scan is, and whether a part is to be offered.
LOOK_SECONDS = 0.5
#: Seconds between two looks whether other workers live.
LIVING_SECONDS = 5.0
#: Portions are no smaller than this without need, and no more than this without need.
_FEW_FILES, _MANY_PORTIONS = 100, 32
#: Parts that may fail before no more are offered.
_MOST_FAILED = 3


class Sharing(NamedTuple):
    """How a collection's scans are shared. A scan that has fewer than ``files`` to read is not.

    ``files`` is also the most of a portion; 0: no scan is shared.
    """

    queue: JobQueue
    files: int


class PartParameters(msgspec.Struct, frozen=True):
    """The parameters of a part: the root, and the id that the scan is shared under."""

    root_id: str
    scan: str
    had_failures: bool = True


def part_type(scan_type: str) -> str:
    """The type of the parts of scans."""
    return scan_type + PART


def is_part(type: str) -> bool:
    """Whether jobs of a type are parts of scans, of which the scan's own result tells all."""
    return type.endswith(f".scan{PART}")


class SharedExamination:
    """The files of one scan. ``total`` is about how many there are."""

    def __init__(
        self,
        run: ScanRun,
        portions: AsyncScanPortionRepository,
        sharing: Sharing,
        job: JobContext,
        *,
        total: int,
        had_failures: bool,
    ) -> None:
        self._run = run
        self._portions = portions
        self._queue = sharing.queue
        self._type = part_type(job.type)
        self._job = job
        self._files = sharing.files
        self._total = total
        self._had_failures = had_failures
        self._scan = new_id()
        self._before = 0
        self._said = -1
        self._looked_at = float("-inf")
        self._others = False

    async def pays(self) -> bool:
        """Whether there is enough to be read, and somebody besides this process to do so."""
        if not 0 < self._files <= self._total:
            return False
        now = time.monotonic()
        if now - self._looked_at >= LIVING_SECONDS:
            self._looked_at = now
            self._others = await self._queue.others_take(self._type)
        return self._others

    async def examine(self, before: int) -> int:
        """Have all files read that do not wait; how many were, with those ``before``."""
        self._before = before
        work = PortionWork(
            self._run,
            self._portions,
            self._scan,
            Holder.of(self._job.job),
            unsettled=UNSETTLED,
            had_failures=self._had_failures,
            one_done=_nothing,
        )
        try:
            await self._divide()
            watching = asyncio.create_task(self._watch())
            try:
                standing = await self._read_all(work)
            finally:
                watching.cancel()
                await asyncio.wait([watching])
            self._say(standing)
            self._count(standing)
        finally:
            await self._end()
        return before + standing.tally.examined

    async def _divide(self) -> None:
        size = min(self._files, max(_FEW_FILES, self._total // _MANY_PORTIONS))
        after: int | None = 0
        while after is not None:
            after = await self._portions.divide(*self._run.scope, self._scan, after, size)

    async def _read_all(self, work: PortionWork) -> Standing:
        """Read what nobody else does, until nothing is left to anybody."""
        while True:
            portion = await work.take()
            if portion is not None:
                await work.read(portion)
                continue
            standing = await self._portions.standing(self._scan)
            if not standing.undone:
                return standing
            await asyncio.sleep(LOOK_SECONDS)

    async def _watch(self) -> None:
        """Offer parts, and say how far all of it is."""
        complained = False
        while True:
            try:
                standing = await self._portions.standing(self._scan)
                self._say(standing)
                if standing.free:
                    await self._offer()
            except MustelaError as error:  # the work itself goes on, or fails by itself
                if not complained:
                    logger.warning("a shared scan is not offered to others: %s", error)
                complained = True
            await asyncio.sleep(LOOK_SECONDS)

    def _say(self, standing: Standing) -> None:
        """Only where something has come of it: else a scan that stands still would seem to go."""
        done = self._before + standing.tally.examined
        if done != self._said:
            self._said = done
            self._run.report(done, max(done, self._total), "reading files")

    async def _offer(self) -> None:
        parts = await self._parts()
        if any(part.status == "pending" for part in parts):
            return
        if sum(part.ended and part.status != "completed" for part in parts) >= _MOST_FAILED:
            return
        if await self.pays():
            parameters = PartParameters(self._run.root.id, self._scan, self._had_failures)
            await self._queue.submit(
                self._type,
                msgspec.to_builtins(parameters),
                parent=self._job.id,
                priority=self._job.job.priority,
            )

    async def _parts(self) -> list[Job]:
        return [
            job
            for job in await self._queue.jobs.children_of(self._job.id)
            if job.type == self._type and job.parameters.get("scan") == self._scan
        ]

    def _count(self, standing: Standing) -> None:
        result, tally = self._run.result, standing.tally
        result.catalogued += tally.catalogued
        result.failed += tally.failed
        result.not_media += tally.not_media
        result.missing += tally.missing

    async def _end(self) -> None:
        """Parts find nothing more to take; one that nobody has begun is not begun any more."""
        with suppress(StoreError, ClaimLost):
            await self._portions.end(self._scan)
            for part in await self._parts():
                if part.status == "pending":
                    await self._queue.cancel(part.id)


def _nothing() -> None:
    """The counts of all who share the scan are looked at instead."""
