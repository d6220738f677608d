"""How well a job went: from how it ended and what it made."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mustela.jobs.record import Status
from mustela.radio.grading.reason import Grade, Reason, graded


class GradeCounts(msgspec.Struct, frozen=True):
    """How many there are of each grade; ``ungraded`` have none."""

    good: int = 0
    warn: int = 0
    fail: int = 0
    ungraded: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.good + self.warn + self.fail + self.ungraded


class JobGrade(msgspec.Struct, frozen=True):
    """The grade of a job, why, and how many it made of each grade, by collection of records."""

    grade: Grade | None
    reasons: tuple[str, ...]
    status: Status | None
    made: dict[str, GradeCounts]


def grade_job(status: Status | None, made: Mapping[str, GradeCounts]) -> JobGrade:
    """The worst of what the job made; a job that failed or ran out of time fails.

    A cancelled job is warned of. ``None`` while nothing that it made has a grade; ``status`` is
    ``None`` for a job that is not known any more.
    """
    reasons: list[Reason] = []
    if status in ("failed", "timeout"):
        reasons.append(Reason("status", "fail", note=status))
    elif status == "cancelled":
        reasons.append(Reason("status", "warn", note=status))
    for name, counts in made.items():
        if counts.fail:
            reasons.append(Reason("made", "fail", note=f"{counts.fail} of {counts.total} {name}"))
        if counts.warn:
            reasons.append(Reason("made", "warn", note=f"{counts.warn} of {counts.total} {name}"))
    any_good = any(counts.good for counts in made.values())
    found = graded(reasons, [] if any_good else ["nothing graded was made"])
    return JobGrade(found.grade, found.texts, status, dict(made))
