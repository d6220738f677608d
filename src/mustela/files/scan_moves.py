"""Which record's file is now where: records that lost their files against files without records.

A record follows its content. It may take the path of another record only where that one leaves
too: then they move in a chain or in a ring. Where it does not leave, its file was overwritten: it
stays, and its file counts as changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import bindparam, delete, or_, select, update

from mustela.files.holder import HeldOperations
from mustela.files.scan_entries import c, of_scan
from mustela.files.schema import scan_entries
from mustela.store import (
    AsyncRepository,
    Statement,
    SyncRepository,
    Unit,
    all,
    count,
    many,
    one,
    read,
    rows,
    write,
)

#: Among copies, one of the same name is looked for so much further than is needed.
_EXTRA_COPIES = 100


class Cursor(NamedTuple):
    """A place in the order of fingerprints."""

    fingerprint: str = ""
    seq: int = 0


class Match(NamedTuple):
    """The record ``match_id`` has its file at ``path``, where ``item_id`` was until now."""

    seq: int
    path: str
    size: int
    mtime_ns: int
    match_id: str
    item_id: str | None


class _Copy(NamedTuple):
    seq: int
    path: str
    fingerprint: str


class _Lost(NamedTuple):
    seq: int
    path: str
    item_id: str


_unmatched = (*of_scan, c.kind != "vanished", c.waiting == 0, c.match_id.is_(None))
_COPIES = Statement(
    select(c.seq, c.path, c.fingerprint)
    .where(
        *_unmatched,
        c.fingerprint.is_not(None),
        or_(
            c.fingerprint > bindparam("fingerprint"),
            (c.fingerprint == bindparam("fingerprint")) & (c.seq > bindparam("seq")),
        ),
    )
    .order_by(c.fingerprint, c.seq)
    .limit(bindparam("limit"))
)
_LOST = Statement(
    select(c.seq, c.path, c.item_id)
    .where(*of_scan, c.item_fingerprint == bindparam("fingerprint"), c.leaving == 0)
    .order_by(c.seq)
    .limit(bindparam("limit"))
)
_match_columns = select(c.seq, c.path, c.size, c.mtime_ns, c.match_id, c.item_id)
_matched = _match_columns.where(*of_scan, c.match_id.is_not(None))
_FREE = Statement(
    _matched.where(c.item_id.is_(None)).order_by(c.match_id).limit(bindparam("limit"))
)
_BOUND = Statement(_matched.order_by(c.match_id).limit(1))
_DESTINATION = Statement(_match_columns.where(*of_scan, c.match_id == bindparam("item")))
_OCCUPIED = Statement(select(c.seq).where(*of_scan, c.item_id == bindparam("item")))
_MATCH = Statement(
    update(scan_entries).where(c.seq == bindparam("entry")).values(match_id=bindparam("item"))
)
_LEAVE = Statement(
    update(scan_entries).where(c.seq == bindparam("entry")).values(leaving=bindparam("leaves"))
)
_STAY = Statement(
    update(scan_entries).where(*of_scan, c.item_id == bindparam("item")).values(leaving=0)
)
_REMOVE = Statement(delete(scan_entries).where(c.seq == bindparam("entry")))
_REMOVE_VANISHED = Statement(
    delete(scan_entries).where(*of_scan, c.item_id == bindparam("item"), c.kind == "vanished")
)
_LEFT = Statement(
    update(scan_entries)
    .where(*of_scan, c.item_id == bindparam("item"))
    .values(kind="new", item_id=None, item_size=None, item_fingerprint=None, leaving=0)
)


class ScanMoveOperations(HeldOperations):
    """Moves among the entries of one scan."""

    @write
    def match(
        self, root_id: str, collection: str, after: Cursor, limit: int
    ) -> Unit[Cursor | None]:
        """Match the next files by content; where to go on, ``None`` at the end."""
        yield from self._held()
        scan = {"root_id": root_id, "collection": collection}
        copies = yield from all(_COPIES, _Copy, **scan, **after._asdict(), limit=limit)
        for fingerprint, group in groupby(copies, key=lambda copy: copy.fingerprint):
            files = list(group)
            lost = yield from all(
                _LOST, _Lost, **scan, fingerprint=fingerprint, limit=len(files) + _EXTRA_COPIES
            )
            pairs = _pairs(files, lost)
            yield from many(_MATCH, [{"entry": f.seq, "item": r.item_id} for f, r in pairs])
            yield from many(_LEAVE, [{"entry": r.seq, "leaves": 1} for _, r in pairs])
        if len(copies) < limit:
            return None
        return Cursor(copies[-1].fingerprint, copies[-1].seq)

    @write
    def claim(self, root_id: str, collection: str, pairs: Sequence[tuple[int, str]]) -> Unit[int]:
        """Match entries (``seq``) with records that were missing before, if these are free.

        How many were.
        """
        yield from self._held()
        scan = {"root_id": root_id, "collection": collection}
        done = 0
        for seq, item in pairs:
            taken = yield from rows(_DESTINATION, **scan, item=item)
            present = yield from rows(_OCCUPIED, **scan, item=item)
            if not taken and not present:
                done += yield from count(_MATCH, entry=seq, item=item)
        return done

    @read
    def free(self, root_id: str, collection: str, limit: int) -> Unit[list[Match]]:
        """Moves to paths that no record has."""
        return (yield from all(_FREE, Match, root_id=root_id, collection=collection, limit=limit))

    @write
    def next_ring(self, root_id: str, collection: str) -> Unit[list[Match] | None]:
        """A ring of records that take each other's paths; ``None`` where nothing is left.

        Call when no free move is left. An empty answer: it was a chain whose end does not leave;
        its records stay where they are.
        """
        yield from self._held()
        scan = {"root_id": root_id, "collection": collection}
        first = yield from one(_BOUND, Match, **scan)
        if first is None:
            return None
        ring = [first]
        while True:
            following = yield from one(_DESTINATION, Match, **scan, item=ring[-1].item_id)
            if following is None:
                break
            if following.seq == first.seq:
                return ring
            ring.append(following)
        yield from many(_MATCH, [{"entry": match.seq, "item": None} for match in ring])
        yield from many(_STAY, [{**scan, "item": match.match_id} for match in ring])
        return []

    @write
    def moved(self, root_id: str, collection: str, matches: Sequence[Match]) -> Unit[None]:
        """These records have moved: their files are done, and the paths they left are free."""
        yield from self._held()
        left = [
            {"root_id": root_id, "collection": collection, "item": match.match_id}
            for match in matches
        ]
        yield from many(_REMOVE, [{"entry": match.seq} for match in matches])
        yield from many(_REMOVE_VANISHED, left)
        yield from many(_LEFT, left)


def _pairs(files: list[_Copy], lost: list[_Lost]) -> list[tuple[_Copy, _Lost]]:
    """Files and records of one content: those of one name first, then in order."""
    pairs: list[tuple[_Copy, _Lost]] = []
    by_name: dict[str, list[_Lost]] = {}
    for record in reversed(lost):
        by_name.setdefault(_name(record.path), []).append(record)
    renamed = []
    for file in files:
        namesakes = by_name.get(_name(file.path))
        if namesakes:
            pairs.append((file, namesakes.pop()))
        else:
            renamed.append(file)
    taken = {record.seq for _, record in pairs}
    others = [record for record in lost if record.seq not in taken]
    return [*pairs, *zip(renamed, others, strict=False)]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


class ScanMoveRepository(ScanMoveOperations, SyncRepository):
    """Moves among the entries of scans, for code that waits."""


class AsyncScanMoveRepository(ScanMoveOperations, AsyncRepository):
    """Moves among the entries of scans, for an event loop."""
