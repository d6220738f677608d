"""Figures against limits."""

from __future__ import annotations

from mustela.radio.grading.reason import Grade, Reason

#: Flags that say how a file was looked at, not that something is wrong with it.
NO_FAULTS = frozenset({"rows_sampled"})


def above(
    word: str,
    value: float | None,
    warn: float | None,
    fail: float | None,
    note: str | None = None,
) -> list[Reason]:
    """A reason where the value is above a limit, the worse one first; none where it is unknown."""
    if value is None:
        return []
    if fail is not None and value > fail:
        return [Reason(word, "fail", value, fail, note)]
    if warn is not None and value > warn:
        return [Reason(word, "warn", value, warn, note)]
    return []


def below(word: str, value: float | None, warn: float | None, fail: float | None) -> list[Reason]:
    """A reason where the value is below a limit."""
    if value is None:
        return []
    if fail is not None and value < fail:
        return [Reason(word, "fail", value, fail)]
    if warn is not None and value < warn:
        return [Reason(word, "warn", value, warn)]
    return []


def flagged(flags: tuple[str, ...], failing: tuple[str, ...]) -> list[Reason]:
    """A reason for each flag of a file that tells of a fault."""
    return [Reason("flag", _grade_of(flag, failing), note=flag) for flag in flags if _fault(flag)]


def _fault(flag: str) -> bool:
    return flag not in NO_FAULTS


def _grade_of(flag: str, failing: tuple[str, ...]) -> Grade:
    return "fail" if flag in failing else "warn"
