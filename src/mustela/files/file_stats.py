"""What a collection of files says of itself, at a cost that does not grow with it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Table, bindparam, func, select

from mustela.files.file_sums import FileSum, FileSums
from mustela.store import Statement, Unit, all, one
from mustela.store.listing import COUNT_LIMIT

DAY = 24 * 3600 * 1_000_000
WEEK = 7 * DAY


class Newest(NamedTuple):
    """The record that was added last; times are microseconds since 1970, UTC."""

    id: str
    name: str
    added_at: int


class FileStats(NamedTuple):
    """Sums by status, and what was added lately: counted to at most ``COUNT_LIMIT + 1``,
    which means *more than the limit*.
    """

    present: FileSum
    missing: FileSum
    last_day: int
    last_week: int
    newest: Newest | None


class FileStatistics:
    """Statements for one table of files; besides the columns of the sums it has ``filename``.

    The newest ones are found along an index that begins with ``created_at, id``.
    """

    def __init__(self, table: Table, sums: FileSums) -> None:
        c = table.c
        self._sums = sums
        recent = select(c.created_at).where(c.created_at >= bindparam("since"))
        most = recent.limit(bindparam("most")).subquery()
        self.recent = Statement(select(func.count()).select_from(most))
        self.newest = Statement(
            select(c.id, c.filename, c.created_at)
            .order_by(c.created_at.desc(), c.id.desc())
            .limit(1)
        )

    def read(self, now: int) -> Unit[FileStats]:
        """The figures at ``now`` (microseconds since 1970, UTC), in one snapshot."""
        sums = {found.missing: found for found in (yield from all(self._sums.read, _sum))}
        last_day = yield from self._added_since(now - DAY)
        last_week = yield from self._added_since(now - WEEK)
        newest = yield from one(self.newest, Newest)
        return FileStats(
            sums.get(False, FileSum(False, 0, 0)),
            sums.get(True, FileSum(True, 0, 0)),
            last_day,
            last_week,
            newest,
        )

    def _added_since(self, since: int) -> Unit[int]:
        return (yield from one(self.recent, int, since=since, most=COUNT_LIMIT + 1)) or 0


def _sum(missing: int, files: int, size: int) -> FileSum:
    return FileSum(bool(missing), int(files), int(size))  # PostgreSQL sums into ``numeric``
