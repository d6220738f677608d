"""Why a product has its grade: a stable word, the figure and the limit that it is beyond.

Kept as text, as people read it, and read back from there: ``noise_ratio: 6.2 > 5 (fail,
theoretical)``, ``flag (warn, beam_missing)``, ``unmeasured (noise)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias, get_args

import msgspec

Grade: TypeAlias = Literal["good", "warn", "fail"]
GRADES: tuple[Grade, ...] = get_args(Grade)


class Reason(msgspec.Struct, frozen=True):
    """One thing that was found. ``grade`` is what it makes of the product; ``None`` of nothing.

    ``value`` lies beyond ``limit``, on the wrong side, whichever that is. ``note`` says what the
    figure was held against, or which flag it is.
    """

    word: str
    grade: Grade | None = None
    value: float | None = None
    limit: float | None = None
    note: str | None = None

    def __str__(self) -> str:
        text = self.word
        if self.value is not None and self.limit is not None:
            text += f": {_figure(self.value, self.limit)} {'>' if self.value > self.limit else '<'}"
            text += f" {_number(self.limit)}"
        said = [part for part in (self.grade, self.note) if part is not None]
        return f"{text} ({', '.join(said)})" if said else text


class Graded(msgspec.Struct, frozen=True):
    """A grade with its reasons; ``None`` where too little is known to say anything."""

    grade: Grade | None
    reasons: tuple[Reason, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The reasons as they are kept."""
        return tuple(map(str, self.reasons))


_TEXT = re.compile(
    r"(?P<word>\w+)(?:: (?P<value>\S+) [<>] (?P<limit>\S+))?"
    r"(?: \((?:(?P<grade>good|warn|fail)(?:, (?P<note>.*))?|(?P<bare>.*))\))?",
    re.DOTALL,
)


def parse_reason(text: str) -> Reason:
    """The reason that was kept as this text, its figures as exact as they are written there."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return Reason("other", note=text)
    value, limit = found["value"], found["limit"]
    grade: Grade | None = next((one for one in GRADES if one == found["grade"]), None)
    return Reason(
        found["word"],
        grade,
        None if value is None else float(value),
        None if limit is None else float(limit),
        found["note"] if grade is not None else found["bare"],
    )


def worst(grades: Iterable[Grade | None]) -> Grade | None:
    """The worst of several grades; ``None`` where there is none among them."""
    places = [GRADES.index(grade) for grade in grades if grade is not None]
    return GRADES[max(places)] if places else None


def graded(reasons: Sequence[Reason], unmeasured: Sequence[str]) -> Graded:
    """The grade that reasons make: the worst of them, good where nothing is wrong.

    ``unmeasured`` names what would have to be known for that.
    """
    grade = worst(reason.grade for reason in reasons)
    if grade is not None:
        return Graded(grade, tuple(reasons))
    if unmeasured:
        return Graded(None, (Reason("unmeasured", note=", ".join(unmeasured)),))
    return Graded("good", tuple(reasons))


def _number(value: float) -> str:
    return f"{value:.12g}" if float(f"{value:.12g}") == value else repr(value)


def _figure(value: float, limit: float) -> str:
    """Four digits where they still lie on the same side of the limit, else all of them."""
    short = f"{value:.4g}"
    beyond = float(short) > limit if value > limit else float(short) < limit
    return short if beyond else repr(value)
