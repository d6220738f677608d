"""What the database holds in the end, compared with what processes noted as they executed jobs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import groupby
from typing import Any, NamedTuple

from mustela.jobs.testing import Violation
from tests.cluster.collection import END, STEPS
from tests.cluster.database import Database


class Row(NamedTuple):
    """A job in the database, and the lines of its log: who says it, and what."""

    id: str
    type: str
    status: str
    attempt: int
    result: Any
    error: Any
    lines: Sequence[tuple[str, str]]


def rows(database: Database) -> dict[str, Row]:
    """The jobs of the suite."""
    lines: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for job, line in database.rows("SELECT job_id, line FROM job_logs ORDER BY seq"):
        run, _, what = line.partition(" ")
        if what == END or what.isdecimal():  # others are the queue's
            lines[job].append((run, what))
    found = database.rows(
        "SELECT id, type, status, attempt, result, error FROM jobs WHERE type LIKE 'cluster.%'"
    )
    return {
        id: Row(id, type, status, attempt, _json(result), _json(error), lines[id])
        for id, type, status, attempt, result, error in found
    }


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def judged(
    found: Mapping[str, Row], told: Set[str], cancelled: Set[str], ended: Set[str]
) -> Iterator[Violation]:
    """Of the jobs that clients were ``told`` of, those ``cancelled``; ``ended`` are executions."""
    for id in told - found.keys():
        yield Violation("job_lost", f"there is no job {id}")
    for row in found.values():
        yield from _log(row)
        if row.status == "completed":
            yield from _completed(row, ended)
        elif row.status in {"pending", "running"}:
            yield Violation("job_lost", f"{row}")
        elif row.status == "cancelled" and row.id not in cancelled:
            yield Violation("job_lost", f"nobody has cancelled {row}")
        elif row.status == "failed" and (row.error or {}).get("code") != "worker_died":
            yield Violation("job_lost", f"it failed by itself: {row}")
    for id in cancelled & found.keys():
        if found[id].status != "cancelled":
            yield Violation("write_lost", f"it should be cancelled: {found[id]}")


def _completed(row: Row, ended: Set[str]) -> Iterator[Violation]:
    """The execution that the result names came to its end, and the log has all that it said."""
    run = row.result["run"]
    if run not in ended:
        yield Violation("write_not_fenced", f"nobody has come to this end: {row}")
    if row.attempt != row.result["attempt"]:
        yield Violation("write_not_fenced", f"it is another attempt's result: {row}")
    said = [what for which, what in row.lines if which == run]
    if said != [*map(str, range(STEPS)), END]:
        yield Violation("write_lost", f"the log has not all of {run}, once: {row}")
    if row.lines and row.lines[-1][0] != run:
        yield Violation("write_not_fenced", f"another has the last word: {row}")


def _log(row: Row) -> Iterator[Violation]:
    """Whoever lost a job says nothing more once another one has begun; nothing is said twice."""
    in_turn = [run for run, _ in groupby(row.lines, lambda line: line[0])]
    if len(in_turn) != len(set(in_turn)):
        yield Violation("write_not_fenced", f"executions speak among each other: {row}")
    if len(row.lines) != len(set(row.lines)):
        yield Violation("write_not_fenced", f"a line stands there twice: {row}")
