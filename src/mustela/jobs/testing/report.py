"""What came of killing a service."""

from __future__ import annotations

from collections import Counter
from typing import Literal, TypeAlias

import msgspec

Kind: TypeAlias = Literal[
    "write_lost",
    "write_not_fenced",
    "job_lost",
    "ran_twice_at_once",
    "ran_twice",
    "corrupt",
    "outlived",
    "did_not_start",
    "answered_wrongly",
]


class Violation(msgspec.Struct, frozen=True):
    """A promise that was broken; ``kill`` is the number of the kill before it was noticed.

    ``write_lost``: an acknowledged write is not there. ``write_not_fenced``: one who had lost a
    job wrote about it. ``job_lost``: a job that a client was told of does not end.
    ``ran_twice_at_once``: two executions of a job overlap. ``ran_twice``: a job that must not be
    repeated was begun again. ``corrupt``: a check of the data found something. ``outlived``: a
    process of the service outlived the kill. ``did_not_start``: the service did not come back.
    ``answered_wrongly``: a client got an answer that it cannot make sense of.
    """

    kind: Kind
    detail: str
    kill: int = 0


class Report(msgspec.Struct):
    """How many times the service was killed, what it had acknowledged, and what it lost."""

    seed: int
    kills: int = 0
    #: Of these, kills while the service was starting.
    kills_at_start: int = 0
    #: Jobs whose id a client received.
    jobs: int = 0
    #: Writes that were acknowledged ...
    writes: int = 0
    #: ... and those that got no answer: either outcome is right.
    unanswered: int = 0
    #: Executions in the journal, and those that a kill cut off.
    runs: int = 0
    cut_off: int = 0
    seconds: float = 0.0
    violations: list[Violation] = []

    def __str__(self) -> str:
        lost = Counter(one.kind for one in self.violations)
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(lost.items())) or "none"
        return (
            f"{self.kills} kills ({self.kills_at_start} while starting), {self.jobs} jobs, "
            f"{self.runs} executions ({self.cut_off} cut off), {self.writes} writes acknowledged, "
            f"{self.unanswered} unanswered; violations: {found}; "
            f"{self.seconds:.0f} s, seed {self.seed}"
        )
