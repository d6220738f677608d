"""What is written while a job runs: progress, heartbeats, log lines. Announces nothing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mustela.jobs import statements as sql
from mustela.jobs.errors import ClaimLost
from mustela.jobs.record import Level, Line, Progress, storable
from mustela.store import Unit, all, count, current, many, one, read, write

#: The newest so many lines of a job's log are kept ...
LOG_LINES = 5_000
#: ... each cut after so many characters.
LINE_LENGTH = 4_000


class Report(msgspec.Struct, frozen=True):
    """What a running job has to say: how far it is (``None``: nothing new), and log lines."""

    id: str
    claim_id: int
    progress: Progress | None = None
    lines: tuple[Line, ...] = ()


class LoggedLine(msgspec.Struct, frozen=True):
    """A line as it was kept. ``number`` rises; it is the cursor of ``read_log``."""

    number: int
    at: int
    level: Level
    text: str


class RunOperations:
    """For whoever holds the job: a report under a claim that was lost writes nothing."""

    @write
    def report(self, reports: Sequence[Report], *, at: int | None = None) -> Unit[None]:
        """Progress and log lines of any number of jobs, in one unit."""
        context = yield from current()
        now = context.now if at is None else at
        progress = [
            {
                "job": report.id,
                "claim": report.claim_id,
                "done": report.progress.done,
                "total": report.progress.total,
                "rate": report.progress.rate,
                "message": report.progress.message,
                "now": now,
            }
            for report in reports
            if report.progress is not None
        ]
        if progress:
            yield from many(sql.REPORT, progress)
        for report in reports:
            if report.lines:
                lines = [
                    {**row, "claim": report.claim_id} for row in line_rows(report.id, report.lines)
                ]
                yield from many(sql.ADD_OWN_LINE, lines)
                yield from count(sql.TRIM_LOG, job=report.id, cap=LOG_LINES)

    @write
    def heartbeat(self, id: str, claim_id: int, *, at: int | None = None) -> Unit[bool | None]:
        """Say that the job lives. Whether it is to be cancelled; ``None``: the claim is lost."""
        context = yield from current()
        now = context.now if at is None else at
        return (yield from one(sql.HEARTBEAT, _is_set, job=id, claim=claim_id, now=now))

    @write
    def hold(self, id: str, claim_id: int) -> Unit[None]:
        """Make sure, in a transaction with other writes, that the job is this claim's until then.

        Raises ``ClaimLost`` where it is not: then nothing of the transaction is kept.
        """
        if (yield from one(sql.HOLD_CLAIM, str, job=id, claim=claim_id)) is None:
            raise ClaimLost(f"the job {id} is no longer this execution's")

    @write
    def append_log(self, id: str, lines: Sequence[Line]) -> Unit[None]:
        """Add lines without holding the job: what others have to say about it."""
        if lines:
            yield from many(sql.ADD_LINE, line_rows(id, lines))
            yield from count(sql.TRIM_LOG, job=id, cap=LOG_LINES)

    @read
    def read_log(self, id: str, *, after: int = 0, limit: int = 1000) -> Unit[list[LoggedLine]]:
        """The lines after the one of this number, oldest first."""
        return (yield from all(sql.LINES_AFTER, LoggedLine, job=id, after=after, limit=limit))

    @read
    def tail_log(self, id: str, limit: int = 100) -> Unit[list[LoggedLine]]:
        """The last lines, oldest first."""
        found = yield from all(sql.LAST_LINES, LoggedLine, job=id, limit=limit)
        return found[::-1]


def _is_set(value: int | None) -> bool:
    return value is not None


def line_rows(id: str, lines: Sequence[Line]) -> list[dict[str, object]]:
    """The parameters of statements that add lines; of more than are kept, only those that are."""
    return [
        {"job": id, "at": line.at, "level": line.level, "line": storable(line.text[:LINE_LENGTH])}
        for line in lines[-LOG_LINES:]
    ]
