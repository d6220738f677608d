"""Times that come again and again, written as cron writes them; always UTC.

Five fields (minute, hour, day of month, month, day of week), or six where seconds stand in front.
"""

from __future__ import annotations

from datetime import timedelta

from cronsim import CronSim, CronSimError

from mustela.jobs.errors import InvalidSchedule
from mustela.store import from_microseconds, to_microseconds

_EXAMPLE = "30 4 * * 1 is each Monday at 04:30 UTC"


def tick_after(cron: str, now: int) -> int:
    """The first tick after ``now``; both are microseconds since 1970, UTC.

    Raises ``InvalidSchedule``, which says what is wrong with the expression.
    """
    found = next(_ticks(cron, now), None)
    if found is None:
        raise InvalidSchedule(f"the cron expression {cron!r} never comes true")
    return to_microseconds(found)


def tick_until(cron: str, now: int) -> int | None:
    """The last tick that is not after ``now``."""
    beyond = from_microseconds(now).replace(microsecond=0) + timedelta(seconds=1)
    found = next(_ticks(cron, to_microseconds(beyond), reverse=True), None)
    return None if found is None else to_microseconds(found)


def _ticks(cron: str, now: int, *, reverse: bool = False) -> CronSim:
    try:
        return CronSim(cron, from_microseconds(now), reverse)
    except (CronSimError, ValueError) as error:
        raise InvalidSchedule(
            f"{cron!r} is no cron expression ({str(error).lower()}); for example, {_EXAMPLE}"
        ) from error
