"""The stage of a scan that recognises files which moved, and takes their records with them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import groupby
from operator import itemgetter

from mustela.files.failure import Failure
from mustela.files.path_text import decode
from mustela.files.root import Root
from mustela.files.scan_entries import Entry
from mustela.files.scan_missing import absent_files
from mustela.files.scan_moves import Cursor, Match
from mustela.files.scan_run import UNIT_ROWS, ScanRun
from mustela.files.scan_target import ElsewhereRow, Move
from mustela.files.scan_work import pages, worked

#: So many records of other roots are looked at for each page of files: enough for any but files
#: that are all of one size.
_ELSEWHERE = 2000

_root_of = itemgetter(1)

_FINGERPRINT = "mustela.files.recognition:fingerprint"


async def recognise(run: ScanRun) -> None:
    """Fingerprint what may have moved, match it with records, and move these."""
    await _look_elsewhere(run)
    if not await _fingerprint(run):
        return
    cursor: Cursor | None = Cursor()
    while cursor is not None:
        cursor = await run.moves.match(*run.scope, cursor, UNIT_ROWS // 2)
    await _claim(run)
    while True:
        while free := await run.moves.free(*run.scope, UNIT_ROWS):
            await _relocate(run, free)
        ring = await run.moves.next_ring(*run.scope)
        if ring is None:
            return
        if ring:
            await _relocate(run, ring)


async def _look_elsewhere(run: ScanRun) -> None:
    """What has left another root since its last scan is missing there: it may be here now.

    So is what has left a part of this root that is not scanned.
    """
    own = "" if run.below else run.root.id  # no root has the empty id
    others = {root.id: root for root in await run.roots.list_roots() if root.id != own}
    if not others:
        return
    async with aclosing(pages(run, run.entries.movable)) as all_pages:
        async for page in all_pages:
            sizes = sorted({entry.size for entry in page})
            records = [
                record
                for record in await run.target.elsewhere(own, sizes, _ELSEWHERE)
                if record[1] != run.root.id or not record[2].startswith(run.below)
            ]
            for root_id, group in groupby(sorted(records, key=_root_of), key=_root_of):
                if root_id in others:
                    await _mark_missing_in(others[root_id], list(group), run)


async def _mark_missing_in(root: Root, records: list[ElsewhereRow], run: ScanRun) -> None:
    if root.identity is None:
        return
    prefix = decode(root.path).rstrip(b"/") + b"/"
    places = [prefix + decode(path) for _, _, path in records]
    absent = await asyncio.to_thread(
        absent_files, decode(root.path), root.identity, places, run.target.directories
    )
    if absent is None:  # its drive is not connected, say
        return
    gone = [record[0] for record, is_absent in zip(records, absent, strict=True) if is_absent]
    if gone:
        await run.target.mark_missing(gone, run.started)


async def _fingerprint(run: ScanRun) -> int:
    """Only files of a size that some record has lost; how many there were."""

    async def choose(page: list[Entry]) -> list[Entry]:
        sizes = sorted({entry.size for entry in page})
        lost = {row[2] for row in await run.target.missing(sizes)}
        return [entry for entry in page if entry.displaced or entry.size in lost]

    async def work(entry: Entry) -> str | Failure:
        return await run.children.run(
            _FINGERPRINT, run.place(entry.path), run.target.directories, result=str
        )

    done: list[tuple[int, str]] = []
    total = 0
    async with aclosing(worked(run, run.entries.movable, choose, work)) as results:
        async for entry, found in results:
            total += 1
            run.report(None, None, "recognising files that moved")
            if isinstance(found, str):  # else the examination will say what is wrong with it
                done.append((entry.seq, found))
            if len(done) >= UNIT_ROWS:
                await run.entries.fingerprint(done)
                done.clear()
    if done:
        await run.entries.fingerprint(done)
    return total


async def _claim(run: ScanRun) -> None:
    """What no record lost just now may be the file of one that was missing before."""
    async with aclosing(pages(run, run.entries.movable)) as all_pages:
        async for page in all_pages:
            files = [entry for entry in page if entry.fingerprint is not None]
            if not files:
                continue
            lost: dict[tuple[int, str | None], list[tuple[str, str]]] = {}
            sizes = sorted({entry.size for entry in files})
            for id_, path, size, fingerprint in await run.target.missing(sizes):
                lost.setdefault((size, fingerprint), []).append((id_, path))
            pairs = []
            for entry in files:
                candidates = lost.get((entry.size, entry.fingerprint))
                if candidates:
                    pairs.append((entry.seq, _take_best(candidates, entry.path)))
            if pairs:
                await run.moves.claim(*run.scope, pairs)


def _take_best(candidates: list[tuple[str, str]], path: str) -> str:
    """Take the record of the same name out of the candidates, else the first."""
    name = path.rpartition("/")[2]
    chosen = next((c for c in candidates if c[1].rpartition("/")[2] == name), candidates[0])
    candidates.remove(chosen)
    return chosen[0]


async def _relocate(run: ScanRun, matches: list[Match]) -> None:
    moves = [
        Move(match.match_id, run.root.id, match.path, match.size, match.mtime_ns)
        for match in matches
    ]
    await run.target.relocate(moves, run.job_id)
    await run.moves.moved(*run.scope, matches)
    await run.failures.forget(*run.scope, [match.path for match in matches])
    run.result.moved += len(matches)
    run.result.catalogued += len(matches)
