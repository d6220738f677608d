"""When a Measurement Set or a calibration table is good."""

from __future__ import annotations

import msgspec

from mustela.radio.grading.limits import above, flagged
from mustela.radio.grading.reason import Graded, Reason, graded
from mustela.radio.rules.record import GradingRule


class MeasurementSetFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a grade of a Measurement Set follows from. Times are MJD, UTC."""

    flags: tuple[str, ...] = ()
    n_rows: int | None = None
    n_antennas: int | None = None
    start_mjd: float | None = None
    flagged_fraction: float | None = None


class CalibrationTableFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a grade of a calibration table follows from."""

    flags: tuple[str, ...] = ()
    n_solutions: int | None = None
    start_mjd: float | None = None
    flagged_fraction: float | None = None


def grade_ms(facts: MeasurementSetFacts, rule: GradingRule) -> Graded:
    """The grade of a Measurement Set: fails without rows, or flagged (nearly) whole.

    Good: rows, times and the flagged fraction are known, and nothing is wrong.
    """
    reasons = flagged(facts.flags, rule)
    if facts.n_rows == 0:
        reasons.append(Reason("no_rows", "fail"))
    if facts.n_antennas is not None and facts.n_antennas < 2:
        reasons.append(Reason("n_antennas", "fail", float(facts.n_antennas), 2.0))
    reasons += _flagged_fraction(facts.flagged_fraction, rule)
    known = {
        "rows": facts.n_rows,
        "times": facts.start_mjd,
        "flagged_fraction": facts.flagged_fraction,
    }
    return graded(reasons, [name for name, value in known.items() if value is None])


def grade_calibration_table(facts: CalibrationTableFacts, rule: GradingRule) -> Graded:
    """The grade of a calibration table: fails without solutions, or flagged (nearly) whole."""
    reasons = flagged(facts.flags, rule)
    if facts.n_solutions == 0:
        reasons.append(Reason("no_solutions", "fail"))
    reasons += _flagged_fraction(facts.flagged_fraction, rule)
    known = {
        "solutions": facts.n_solutions,
        "times": facts.start_mjd,
        "flagged_fraction": facts.flagged_fraction,
    }
    return graded(reasons, [name for name, value in known.items() if value is None])


def _flagged_fraction(value: float | None, rule: GradingRule) -> list[Reason]:
    return above("flagged_fraction", value, rule.flagged_fraction_warn, rule.flagged_fraction_fail)
