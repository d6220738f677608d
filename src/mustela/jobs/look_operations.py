"""Looking at jobs: one, a page of them, how many there are, and what a dispatcher must know."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec

from mustela.jobs import statements as sql
from mustela.jobs.record import Job, Status, job_of
from mustela.store import Unit, all, batch, heavy_read, one, read, rows, token, total
from mustela.store.listing import COUNT_LIMIT, Cursor, Sort, bound

#: The name of jobs in tokens, totals and events.
TOPIC = "jobs"
#: The same of schedules.
SCHEDULES = "schedules"
NEWEST_FIRST = Sort("created_at", descending=True)

_json = msgspec.json.Encoder(order="deterministic")


class Outlook(NamedTuple):
    """What another process may have asked for meanwhile. *Ready*: a claim may find something."""

    ready: bool
    cancelled: list[str]
    next_run_at: int | None


class JobPage(NamedTuple):
    """Jobs, newest first, and where the next page starts."""

    items: list[Job]
    next: Cursor | None


class LookOperations:
    """Operations that change nothing."""

    @read
    def get(self, id: str) -> Unit[Job | None]:
        """A job by its id."""
        return (yield from one(sql.GET, job_of, job=id))

    @read
    def list_jobs(
        self,
        *,
        type: str | Sequence[str] | None = None,
        status: Status | Sequence[Status] | None = None,
        since: int | None = None,
        parent: str | None = None,
        limit: int = 100,
        offset: int = 0,
        after: Cursor | None = None,
    ) -> Unit[JobPage]:
        """A page, newest first. ``since`` (microseconds since 1970, UTC) is when they were made.

        ``after`` is the ``next`` of the page before; ``offset`` counts from the start, without it.
        """
        filters = _filters(type, status, since, parent)
        statement = sql.LISTING.page(
            tuple(filters), None, NEWEST_FIRST, None if after is None else "value"
        )
        parameters: dict[str, Any] = {**bound(filters), "limit": limit}
        if after is None:
            parameters["offset"] = offset
        else:
            parameters |= {"after_value": after.value, "after_id": after.id}
        found = yield from all(statement, job_of, **parameters)
        more = bool(found) and len(found) == limit
        return JobPage(found, Cursor(found[-1].created_at_us, found[-1].id) if more else None)

    @read
    def children_of(self, id: str) -> Unit[list[Job]]:
        """The jobs whose parent this is, oldest first."""
        return (yield from all(sql.CHILDREN, job_of, one_parent=id))

    @heavy_read
    def count_jobs(
        self,
        *,
        type: str | Sequence[str] | None = None,
        status: Status | Sequence[Status] | None = None,
        since: int | None = None,
        parent: str | None = None,
        most: int = COUNT_LIMIT,
    ) -> Unit[int]:
        """How many match, counted to at most ``most``."""
        filters = _filters(type, status, since, parent)
        found = yield from one(
            sql.LISTING.count(tuple(filters), None), int, most=most, **bound(filters)
        )
        return found or 0

    @read
    def total_jobs(self) -> Unit[int]:
        """How many jobs there are, in constant time."""
        return (yield from total(TOPIC))

    @heavy_read
    def counts(self) -> Unit[dict[str, dict[str, int]]]:
        """How many jobs there are of each status and, below it, type."""
        found: dict[str, dict[str, int]] = {}
        for status, type, number in (yield from rows(sql.COUNTS)):
            found.setdefault(status, {})[type] = number
        return found

    @read
    def running_owners(self) -> Unit[list[str]]:
        """Who runs jobs, as the rows say: to be asked whether they live."""
        return (yield from all(sql.OWNERS, str))

    @read
    def running_of(self, owner: str) -> Unit[list[Job]]:
        """The jobs that an owner runs, as the rows say."""
        return (yield from all(sql.RUNNING_OF, job_of, one_owner=owner))

    @read
    def revision(self) -> Unit[str]:
        """A label of all jobs, pauses and schedules: equal ones mean that nothing has changed.

        Progress and log lines change nothing in this sense. Costs next to nothing.
        """
        return (yield from token(TOPIC, SCHEDULES))

    @read
    def look(self, owner: str, types: Sequence[str], now: int) -> Unit[Outlook]:
        """Whether there may be jobs of these types to claim, and which of its own to cancel."""
        held = yield from all(sql.HELD, str)
        ready, cancelled, upcoming = yield from batch(
            rows(sql.ANY_READY, types=_json.encode(free_of(held, types)).decode()),
            rows(sql.CANCELLED_OF, one_owner=owner),
            rows(sql.NEXT_RUN_AT),
        )
        next_run_at = upcoming[0][0]
        due = next_run_at is not None and next_run_at <= now
        return Outlook(bool(ready) or due, [id for (id,) in cancelled], next_run_at)


def free_of(held: Collection[str], types: Collection[str]) -> list[str]:
    """The types of which jobs may be begun, where these are held back."""
    return [] if sql.EVERY_TYPE in held else [type for type in types if type not in held]


def _filters(
    type: str | Sequence[str] | None,
    status: str | Sequence[str] | None,
    since: int | None,
    parent: str | None,
) -> dict[str, Any]:
    filters: dict[str, Any] = {}
    for name, value in (("type", type), ("status", status)):
        if isinstance(value, str):
            filters[name] = value
        elif value is not None:
            filters["types" if name == "type" else "statuses"] = _json.encode(value).decode()
    if since is not None:
        filters["since"] = since
    if parent is not None:
        filters["parent"] = parent
    return filters
