"""What workers that share a scan take, a portion each, and what has become of each portion.

A portion belongs to its holder, one attempt of a job, while that job runs. Whose attempt is over,
because its process died or a person cancelled it, holds nothing any more: others may take the
portion, and go on where its entries end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, cast, delete, func, insert, select, update

from mustela.files.holder import HeldOperations, Holder, is_held
from mustela.files.scan_entries import Entry, ScanEntryOperations, c, of_scan, settled
from mustela.files.schema import scan_portions
from mustela.store import (
    INTEGER,
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    all,
    count,
    one,
    read,
    write,
)

#: Portions that one unit makes.
_DIVIDED = 50


class Portion(NamedTuple):
    """Entries with ``after < seq <= upto``, of which so many were files to be read."""

    seq: int
    after: int
    upto: int
    files: int


class Tally(NamedTuple):
    """What became of files: all that were looked at, and of these so many; ``missing`` records."""

    examined: int = 0
    catalogued: int = 0
    failed: int = 0
    not_media: int = 0
    missing: int = 0


class Standing(NamedTuple):
    """How far a shared scan is: portions that are not done, and those of them nobody holds."""

    undone: int
    free: int
    files: int
    tally: Tally


p = scan_portions.c
_of_shared = (p.scan == bindparam("one_scan"),)
_own = (
    p.seq == bindparam("portion"),
    *_of_shared,
    p.job_id == bindparam("holder"),
    p.claim_id == bindparam("claim"),
    p.done == 0,
)
_held = is_held(scan_portions)
_next = (
    select(c.seq)
    .where(*of_scan, c.seq > bindparam("start"), *settled)
    .order_by(c.seq)
    .limit(bindparam("size"))
    .subquery()
)
_NEXT = Statement(select(func.max(_next.c.seq), func.count(_next.c.seq)))
_ADD = Statement(
    insert(scan_portions).values(
        {
            **{name: bindparam(name) for name in ("root_id", "collection", "scan", "files")},
            "after": bindparam("start"),
            "upto": bindparam("end"),
            **dict.fromkeys(("done", *Tally._fields), 0),
        }
    )
)
_FREE = Statement(
    select(p.seq, p.after, p.upto, p.files)
    .where(*_of_shared, p.done == 0, ~_held)
    .order_by(p.seq)
    .limit(1)
)
_TAKE = Statement(
    update(scan_portions)
    .where(p.seq == bindparam("portion"), *_of_shared, p.done == 0, ~_held)
    .values(job_id=bindparam("holder"), claim_id=bindparam("claim"))
)
_GIVE_BACK = Statement(update(scan_portions).where(*_own).values(job_id=None, claim_id=None))
_TALLY = Statement(
    update(scan_portions)
    .where(*_own)
    .values({name: p[name] + bindparam(f"{name}_now") for name in Tally._fields})
)
_DONE = Statement(update(scan_portions).where(*_own).values(done=1))
_IS_OWN = Statement(select(p.seq).where(*_own))
_SUMS = Statement(
    select(
        *(
            # Sums of PostgreSQL are no integers.
            cast(func.coalesce(func.sum(column), 0), INTEGER)
            for column in (1 - p.done, p.files, *(p[name] for name in Tally._fields))
        )
    ).where(*_of_shared)
)
_COUNT_FREE = Statement(select(func.count(p.seq)).where(*_of_shared, p.done == 0, ~_held))
_END = Statement(delete(scan_portions).where(*_of_shared))
_CLEAR = Statement(
    delete(scan_portions).where(
        p.root_id == bindparam("of_root"), p.collection == bindparam("of_collection")
    )
)
_entries = ScanEntryOperations()


class ScanPortionOperations(HeldOperations):
    """The portions of shared scans; ``scan`` is the id that a scan was shared under."""

    @write
    def divide(
        self, root_id: str, collection: str, scan: str, after: int, size: int
    ) -> Unit[int | None]:
        """Make portions of ``size`` files, some at a time; where to go on, ``None`` at the end."""
        yield from self._held()
        of_root = {"root_id": root_id, "collection": collection}
        for _ in range(_DIVIDED):
            upto, files = (yield from one(_NEXT, _pair, **of_root, start=after, size=size)) or _NONE
            if upto is None:
                return None
            yield from count(_ADD, **of_root, scan=scan, start=after, end=upto, files=files)
            after = upto
        return after

    @write
    def take(self, scan: str, holder: Holder) -> Unit[Portion | None]:
        """The first portion that is free is the holder's now; ``None`` where there is none."""
        yield from self._held()
        while True:
            free = yield from one(_FREE, Portion, one_scan=scan)
            if free is None:
                return None
            if (yield from count(_TAKE, **_of(scan, free, holder))):
                return free

    @read
    def is_held(self, scan: str, portion: Portion, holder: Holder) -> Unit[bool]:
        """Whether it is the holder's still."""
        return (yield from one(_IS_OWN, int, **_of(scan, portion, holder))) is not None

    @write
    def give_back(self, scan: str, portion: Portion, holder: Holder) -> Unit[bool]:
        """Let others take it."""
        return (yield from count(_GIVE_BACK, **_of(scan, portion, holder))) == 1

    @write
    def settle(
        self,
        scan: str,
        portion: Portion,
        holder: Holder,
        entries: Sequence[int],
        unsettled: Sequence[Entry],
        tally: Tally,
    ) -> Unit[bool]:
        """Entries (by ``seq``) are done, others wait; False where somebody else has the portion.

        Nothing is changed then.
        """
        now = {f"{name}_now": number for name, number in tally._asdict().items()}
        if not (yield from count(_TALLY, **_of(scan, portion, holder), **now)):
            return False
        if entries:
            yield from _entries.remove.unit(entries)
        if unsettled:
            yield from _entries.restamp.unit(unsettled, waiting=True)
        return True

    @write
    def finish(self, scan: str, portion: Portion, holder: Holder) -> Unit[bool]:
        """All of its files have been looked at."""
        return (yield from count(_DONE, **_of(scan, portion, holder))) == 1

    @read
    def standing(self, scan: str) -> Unit[Standing]:
        """How far it is."""
        (sums,) = yield from all(_SUMS, _tuple, one_scan=scan)
        free = yield from one(_COUNT_FREE, int, one_scan=scan)
        undone, files, *counts = sums
        return Standing(undone, free or 0, files, Tally(*counts))

    @write
    def end(self, scan: str) -> Unit[int]:
        """Nobody takes anything of it any more, and who holds a portion has lost it."""
        yield from self._held()
        return (yield from count(_END, one_scan=scan))

    @write
    def clear(self, root_id: str, collection: str) -> Unit[int]:
        """The same for whatever scan of a root there was."""
        yield from self._held()
        return (yield from count(_CLEAR, of_root=root_id, of_collection=collection))


_NONE: tuple[int | None, int] = (None, 0)


def _pair(upto: int | None, files: int) -> tuple[int | None, int]:
    return upto, files


def _tuple(*row: int) -> tuple[int, ...]:
    return row


def _of(scan: str, portion: Portion, holder: Holder) -> dict[str, Any]:
    return {
        "one_scan": scan,
        "portion": portion.seq,
        "holder": holder.job_id,
        "claim": holder.claim_id,
    }


class ScanPortionRepository(ScanPortionOperations, SyncRepository):
    """Portions of scans, for code that waits."""


class AsyncScanPortionRepository(ScanPortionOperations, AsyncRepository):
    """Portions of scans, for an event loop."""
