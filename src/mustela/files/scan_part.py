"""A part of a shared scan as a job: what any worker runs that sees the same files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from mustela.files.children import Children
from mustela.files.errors import ScanRefused
from mustela.files.file_failures import PASSING_STAGES
from mustela.files.holder import Holder
from mustela.files.root import AsyncRootRepository
from mustela.files.scan_examine import why_unusable
from mustela.files.scan_outcomes import UNSETTLED
from mustela.files.scan_portion_work import PortionWork
from mustela.files.scan_portions import AsyncScanPortionRepository, Portion
from mustela.files.scan_record import ScanOptions
from mustela.files.scan_run import ScanRun
from mustela.files.scan_settle import stamps
from mustela.files.scan_share import PartParameters
from mustela.files.scan_target import ScanTarget
from mustela.jobs.context import JobContext
from mustela.store import AsyncStore

#: Files of a portion that are looked at before it is read: here they may not be seen at all.
_SAMPLE = 16
#: Seconds between two looks of a worker that cannot see the files.
BLIND_SECONDS = 5.0
#: What fails here may do so because of this machine: the scan itself judges it.
_LEFT = UNSETTLED.union(PASSING_STAGES)


def make_part_handler(
    store: AsyncStore, children: Children, target: ScanTarget
) -> Callable[[JobContext], Awaitable[dict[str, Any]]]:
    """The handler of the parts of a collection's scans.

    Register it as the scans themselves, with ``concurrency=1`` (one part keeps the child
    processes of a worker busy), and with a shorter limit on standing still.
    """

    async def read_part(job: JobContext) -> dict[str, Any]:
        try:
            parameters = msgspec.convert(job.parameters, PartParameters)
        except msgspec.ValidationError as error:
            raise ScanRefused(f"the parameters of the part are wrong: {error}") from error
        root = await AsyncRootRepository(store).get(parameters.root_id)
        if root is None:
            raise ScanRefused(f"there is no root {parameters.root_id} any more")
        run = ScanRun(
            store,
            children,
            target,
            root,
            ScanOptions(),
            job_id=job.job.parent,  # what is read is the scan's
            report=job.progress,
            settle_seconds=0,
            holder=Holder.of(job.job),
        )
        part = _Part(run, AsyncScanPortionRepository(store), parameters, job)
        await part.read()
        return {"root_id": root.id, **part.work.tally._asdict()}

    return read_part


class _Part:
    """One attempt of a part."""

    def __init__(
        self,
        run: ScanRun,
        portions: AsyncScanPortionRepository,
        parameters: PartParameters,
        job: JobContext,
    ) -> None:
        self._run = run
        self._job = job
        self._done = 0
        self._able: bool | None = None
        self._said: str | None = None
        self.work = PortionWork(
            run,
            portions,
            parameters.scan,
            Holder.of(job.job),
            unsettled=_LEFT,
            had_failures=parameters.had_failures,
            one_done=self._one_done,
        )

    async def read(self) -> None:
        """One portion after the other, until none is free."""
        while (portion := await self.work.take()) is not None:
            obstacle = await self._obstacle(portion)
            if obstacle is None:
                await self.work.read(portion)
                continue
            # It stays where it is, lest it take each part that is offered from those who can.
            await self.work.give_back(portion)
            self._say(obstacle)
            await asyncio.sleep(BLIND_SECONDS)

    async def _obstacle(self, portion: Portion) -> str | None:
        """Why this worker cannot read the portion, in words for people."""
        if not self._able:
            unusable = await why_unusable(self._run)
            if unusable is not None:
                return unusable
            self._able = True
        if await self._sees(portion):
            return None
        return f"the files below {self._run.root.path} are not to be seen from this machine"

    async def _sees(self, portion: Portion) -> bool:
        """Whether one of its first files, at least, is here as the walk met it.

        Directories and file systems have other identities on other machines; files have the same
        sizes and times.
        """
        run = self._run
        first = await run.entries.settled_upto(*run.scope, portion.after, portion.upto, _SAMPLE)
        paths = [run.place(entry.path) for entry in first]
        found = await asyncio.to_thread(stamps, paths, run.target.directories)
        return not first or any(
            stamp == (entry.size, entry.mtime_ns) for entry, stamp in zip(first, found, strict=True)
        )

    def _one_done(self) -> None:
        self._done += 1
        self._job.progress(self._done, None, "reading files")

    def _say(self, obstacle: str) -> None:
        if obstacle != self._said:
            self._said = obstacle
            self._job.log(f"{obstacle}: other workers read them", "warning")
        self._job.progress(None, None, obstacle)
