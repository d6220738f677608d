"""Reading the files of one portion of a shared scan: the same in whichever job holds it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import aclosing

from mustela.files.holder import Holder
from mustela.files.scan_entries import Entry
from mustela.files.scan_examine import Examined, examined
from mustela.files.scan_outcomes import Outcomes
from mustela.files.scan_portions import AsyncScanPortionRepository, Portion, Tally
from mustela.files.scan_run import ScanRun


class PortionWork:
    """What one attempt of a job does of the scan that is shared as ``scan``.

    Files that fail at a stage in ``unsettled`` are left to the scan itself. ``had_failures``:
    there may be failures to forget.
    """

    def __init__(
        self,
        run: ScanRun,
        portions: AsyncScanPortionRepository,
        scan: str,
        holder: Holder,
        *,
        unsettled: Collection[str],
        had_failures: bool,
        one_done: Callable[[], object],
    ) -> None:
        self._run = run
        self._portions = portions
        self._scan = scan
        self._holder = holder
        self._unsettled = unsettled
        self._had_failures = had_failures
        self._one_done = one_done
        self.tally = Tally()  #: of all portions

    async def take(self) -> Portion | None:
        """The next portion that nobody reads."""
        return await self._portions.take(self._scan, self._holder)

    async def give_back(self, portion: Portion) -> None:
        """Leave it to others, as it is."""
        await self._portions.give_back(self._scan, portion, self._holder)

    async def read(self, portion: Portion) -> None:
        """Have its files read, and write what they say; ends early where others have it by now."""

        async def page(root_id: str, collection: str, after: int, limit: int) -> list[Entry]:
            return await self._run.entries.settled_upto(
                root_id, collection, max(after, portion.after), portion.upto, limit
            )

        async with aclosing(examined(self._run, page, self._one_done)) as batches:
            async for batch in batches:
                if not await self._store(portion, batch):
                    return
        await self._portions.finish(self._scan, portion, self._holder)

    async def _store(self, portion: Portion, batch: Examined) -> bool:
        run = self._run
        if not await self._portions.is_held(self._scan, portion, self._holder):
            return False  # who lost it writes nothing more
        outcomes = Outcomes(batch, self._unsettled)
        await outcomes.write(run)
        if self._had_failures:
            await run.failures.forget(*run.scope, outcomes.read())
        tally = Tally(
            examined=len(batch),
            catalogued=len(outcomes.found) + len(outcomes.observed),
            failed=len(outcomes.failures),
            not_media=len(outcomes.foreign),
            missing=len(outcomes.lost),
        )
        kept = await self._portions.settle(
            self._scan, portion, self._holder, outcomes.settled, outcomes.unsettled, tally
        )
        if kept:
            self.tally = Tally(*map(sum, zip(self.tally, tally, strict=True)))
        return kept
