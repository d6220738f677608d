"""A schedule as its row says it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from mustela.store import from_microseconds


class NewSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. ``cron`` is in UTC; ``payload`` is the parameters of its jobs, as JSON."""

    name: str
    cron: str
    type: str
    payload: str = "{}"
    priority: int = 0
    catch_up: bool = True
    overlap: bool = True


class Schedule(msgspec.Struct, frozen=True):
    """One row. Fields that end in ``_us`` are microseconds since 1970 (UTC).

    ``last_at_us`` is the last tick that came while it was not paused, ``last_job_id`` the job
    that it made last.
    """

    name: str
    cron: str
    type: str
    payload: str
    priority: int
    catch_up: bool
    overlap: bool
    paused: bool
    next_at_us: int
    last_at_us: int | None
    last_job_id: str | None
    actor: str
    created_at_us: int
    updated_at_us: int

    @property
    def parameters(self) -> dict[str, Any]:
        """What its jobs are asked to do."""
        found: dict[str, Any] = msgspec.json.decode(self.payload)
        return found

    @property
    def next_at(self) -> datetime:
        """When it makes its next job, unless it is paused."""
        return from_microseconds(self.next_at_us)

    @property
    def last_at(self) -> datetime | None:
        return None if self.last_at_us is None else from_microseconds(self.last_at_us)

    def is_as(self, new: NewSchedule) -> bool:
        """Whether there is nothing to change for ``new``."""
        return all(
            getattr(self, field) == getattr(new, field) for field in NewSchedule.__struct_fields__
        )


_TRUTHS = tuple(
    Schedule.__struct_fields__.index(name) for name in ("catch_up", "overlap", "paused")
)


def schedule_of(*row: Any) -> Schedule:
    """A schedule from the columns of its row, in order."""
    values = list(row)
    for position in _TRUTHS:
        values[position] = bool(values[position])
    return Schedule(*values)
