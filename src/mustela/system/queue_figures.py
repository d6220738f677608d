"""Figures of the job queue, at a cost that does not grow with it.

Hundreds of thousands of jobs may wait or be over. Each number is counted along an index, to a
limit and no further; the answer says where there are more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import (
    Select,
    bindparam,
    func,
    literal_column,
    select,
    text,
    union_all,
)

from mustela.jobs.look_operations import TOPIC
from mustela.jobs.record import ENDED
from mustela.jobs.schema import jobs
from mustela.store import AsyncRepository, Statement, Unit, heavy_read, one, rows, total
from mustela.store.listing import COUNT_LIMIT

STATUSES = ("pending", "running", *sorted(ENDED))
#: So many jobs of each status are looked at for their type: of those that wait the oldest, of the
#: others the newest.
SAMPLE = 2_000

c = jobs.c
# Written as literals, so that the planner sees that a partial index holds these rows.
_READY, _LATER = text("jobs.ready = 1"), text("jobs.ready = 2")
_RUNNING, _FINISHED = text("jobs.status = 'running'"), text("jobs.finished_at IS NOT NULL")


class OldestWaiting(NamedTuple):
    """The job that could run and has waited longest; microseconds since 1970, UTC."""

    id: str
    type: str
    created_at: int


class QueueFigures(NamedTuple):
    """Numbers of jobs. Each is at most ``COUNT_LIMIT + 1``, which means *more than the limit*.

    ``types`` are of the sample.
    """

    total: int
    statuses: dict[str, int]
    types: dict[str, dict[str, int]]
    ready: int
    later: int
    submitted_lately: int
    ended_lately: int
    oldest: OldestWaiting | None
    running_of: dict[str, int]


def _counted(name: str, found: Select[Any]) -> Any:
    some = found.limit(bindparam("most")).subquery(f"some_{name}")
    return select(literal_column(f"'{name}'").label("name"), func.count()).select_from(some)


#: One row ``(name, number)`` for each status, then for what is ready and what is delayed.
NUMBERS = Statement(
    union_all(
        *(_counted(name, select(c.status).where(c.status == name)) for name in STATUSES),
        _counted("ready", select(c.ready).where(_READY)),
        _counted("later", select(c.ready).where(_LATER)),
        _counted("submitted", select(c.created_at).where(c.created_at >= bindparam("since"))),
        _counted("ended", select(c.seq).where(_FINISHED, c.finished_at >= bindparam("since"))),
    )
)


def _sampled(status: str) -> Any:
    order = (c.created_at, c.id) if status == "pending" else (c.created_at.desc(), c.id.desc())
    some = (
        select(c.status, c.type)
        .where(c.status == status)
        .order_by(*order)
        .limit(bindparam("sample"))
        .subquery(f"some_{status}")
    )
    return select(some.c.status, some.c.type, func.count()).group_by(some.c.status, some.c.type)


#: Rows ``(status, type, number)``.
TYPES = Statement(union_all(*map(_sampled, STATUSES)))

_waiting = (
    select(c.id, c.type, c.created_at, c.ready)
    .where(c.status == "pending")
    .order_by(c.created_at, c.id)
    .limit(bindparam("sample"))
    .subquery("waiting")
)
OLDEST = Statement(
    select(_waiting.c.id, _waiting.c.type, _waiting.c.created_at)
    .where(_waiting.c.ready == 1)
    .order_by(_waiting.c.created_at, _waiting.c.id)
    .limit(1)
)
RUNNING_OF = Statement(
    select(c.owner, func.count()).where(_RUNNING, c.owner.is_not(None)).group_by(c.owner)
)


class QueueFigureOperations:
    """What is asked of the rows of jobs."""

    @heavy_read
    def figures(self, since: int) -> Unit[QueueFigures]:
        """All figures in one snapshot; *lately* is since then (microseconds since 1970, UTC)."""
        numbers = yield from rows(NUMBERS, most=COUNT_LIMIT + 1, since=since)
        counted = {name: int(number) for name, number in numbers}
        types: dict[str, dict[str, int]] = {}
        for status, type, number in (yield from rows(TYPES, sample=SAMPLE)):
            types.setdefault(status, {})[type] = int(number)
        return QueueFigures(
            total=(yield from total(TOPIC)),
            statuses={status: counted[status] for status in STATUSES},
            types=types,
            ready=counted["ready"],
            later=counted["later"],
            submitted_lately=counted["submitted"],
            ended_lately=counted["ended"],
            oldest=(yield from one(OLDEST, OldestWaiting, sample=SAMPLE)),
            running_of=dict((yield from rows(RUNNING_OF))),
        )


class AsyncQueueFigures(QueueFigureOperations, AsyncRepository):
    """The figures, for an event loop."""
