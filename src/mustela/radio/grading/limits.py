"""Figures against limits."""

from __future__ import annotations

from mustela.radio.grading.reason import Reason
from mustela.radio.rules.record import GradingRule


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


def flagged(flags: tuple[str, ...], rule: GradingRule) -> list[Reason]:
    """A reason for each flag of a file that tells of a fault."""
    return [
        Reason("flag", "fail" if flag in rule.flags_fail else "warn", note=flag)
        for flag in flags
        if flag not in rule.flags_ignored
    ]
