"""Scans: bring the records of a collection up to date with the files below a root.

A scan walks and compares (:mod:`~mustela.files.scan_compare`), lets files settle that were just
written, recognises those that moved (:mod:`~mustela.files.scan_recognise`), has new and changed
ones read in child processes (:mod:`~mustela.files.scan_examine`), by several workers where these
live (:mod:`~mustela.files.scan_share`), and at last marks missing what is nowhere
(:mod:`~mustela.files.scan_missing`). It never deletes a record.

What it still has to do stands in ``scan_entries``, so its memory does not grow with the library.
That table is only its memory: the truth is the records. A scan that was interrupted, however, is
run again from the walk, finds what it had stored unchanged, and goes on with the rest.
"""

from __future__ import annotations

import asyncio
import time

import msgspec

from mustela.files.children import Children
from mustela.files.errors import ScanFailed
from mustela.files.holder import Holder
from mustela.files.root import AsyncRootRepository
from mustela.files.root_directory import knows, learnt
from mustela.files.scan_compare import Comparison
from mustela.files.scan_examine import Examining
from mustela.files.scan_missing import mark_missing
from mustela.files.scan_portions import AsyncScanPortionRepository
from mustela.files.scan_recognise import recognise
from mustela.files.scan_record import ScanOptions, ScanResult
from mustela.files.scan_run import Report, ScanRun
from mustela.files.scan_scope import standing_directory
from mustela.files.scan_settle import count_waiting, let_settle, take_settled
from mustela.files.scan_share import SharedExamination, Sharing
from mustela.files.scan_target import ScanTarget
from mustela.jobs.context import JobContext
from mustela.store import AsyncStore
from mustela.store.errors import NotFound

#: A file that was written to so recently may still be growing.
SETTLE_SECONDS = 2.0
_CLEAR_ROWS = 5000


def _silent(done: int | None, total: int | None, message: str | None) -> None:
    """Nobody wants to know how far the scan is."""


async def scan(
    store: AsyncStore,
    children: Children,
    target: ScanTarget,
    root_id: str,
    options: ScanOptions | None = None,
    *,
    job_id: str | None = None,
    report: Report = _silent,
    settle_seconds: float = SETTLE_SECONDS,
    share: tuple[Sharing, JobContext] | None = None,
) -> ScanResult:
    """Scan a root for one collection. At most one scan of a root and collection at a time.

    ``share``: how it is shared with other workers, and the job that it is.

    Raises ``NotFound`` where there is no such root, ``ScanFailed``, ``ClaimLost`` where another
    attempt of the job has begun, and what the store and the children raise; what had been stored by
    then is kept.
    """
    root = await AsyncRootRepository(store).get(root_id)
    if root is None:
        raise NotFound(f"there is no root {root_id}; add the directory first")
    run = ScanRun(
        store,
        children,
        target,
        root,
        options or ScanOptions(),
        job_id=job_id,
        report=report,
        settle_seconds=settle_seconds,
        holder=None if share is None else Holder.of(share[1].job),
    )
    if run.options.below and run.recursive:
        run.below = await asyncio.to_thread(standing_directory, run)
    portions = AsyncScanPortionRepository(store)
    portions.holder = run.holder
    await portions.clear(*run.scope)
    await _clear(run)
    comparison = Comparison(run, store)
    await comparison.walk()
    await _weigh(run, comparison)
    result = run.result
    try:
        if result.distrust is None:
            await _store(run, comparison, portions, share)
        elif result.distrust != "absent":
            result.waiting += comparison.new + comparison.changed
    except ScanFailed:
        if await run.roots.get(root.id) is None:
            await run.roots.remove(root.id)  # what the scan has noted of it since
        raise
    await _clear(run)
    if run.below:  # of the root as a whole nothing new is known
        return result
    summary = {**msgspec.to_builtins(result), "finished_at": time.time_ns() // 1000}
    await run.roots.note_scan(root.id, target.collection, summary, result.problem)
    return result


async def _store(
    run: ScanRun,
    comparison: Comparison,
    portions: AsyncScanPortionRepository,
    share: tuple[Sharing, JobContext] | None,
) -> None:
    """All stages after the walk."""
    result = run.result
    await let_settle(run)
    await recognise(run)
    total = comparison.new + comparison.changed - result.moved
    examining = Examining(run, total, had_failures=comparison.had_failures)
    if share is None:
        await examining.examine()
    else:
        shared = SharedExamination(
            run, portions, *share, total=total, had_failures=comparison.had_failures
        )
        if await examining.examine(shared.pays):  # others may come while it reads
            examining.done = await shared.examine(examining.done)
    await take_settled(run)
    await examining.examine()
    result.waiting += await count_waiting(run)
    await mark_missing(run, comparison.identity)
    if not run.below:
        await run.failures.forget_passed(*run.scope, run.started)
    if result.unreadable_directories and result.problem is None:
        result.problem = (
            f"{result.unreadable_directories} directories could not be read; "
            "what is below them was left as it is"
        )


async def _weigh(run: ScanRun, comparison: Comparison) -> None:
    """Whether the directory is the one that is meant, and what to say if it may not be."""
    result, root = run.result, run.root
    known = comparison.present + comparison.vanished
    if result.distrust == "absent":
        return
    if run.below:
        if result.distrust == "replaced":
            result.problem = (
                f"{root.path} is another directory than at the last scan; nothing was changed. "
                "Scan all of it"
            )
        return
    if known == 0:
        result.distrust = None
    if result.distrust == "empty":
        result.problem = (
            f"{root.path} is empty: is its drive connected? Nothing was marked missing. "
            "If it is meant to be empty, scan it as trusted"
        )
    elif result.distrust == "replaced":
        alike = comparison.vanished <= comparison.present
        result.problem = f"{root.path} is another directory than at the last scan" + (
            ", but has the same files; nothing was changed this time. Scan it again"
            if alike
            else ", with other files: is the right drive connected? Nothing was changed. "
            "If it is the right one, scan it as trusted"
        )
        if alike:
            # Other machines may go on seeing it as it was.
            before = root.identity if run.machines else None
            await run.roots.remember_identity(root.id, learnt(before, comparison.identity))
    elif root.identity is None or not knows(root.identity, comparison.identity):
        await run.roots.remember_identity(root.id, comparison.identity)


async def _clear(run: ScanRun) -> None:
    while await run.entries.clear(*run.scope, _CLEAR_ROWS) == _CLEAR_ROWS:
        pass
