"""The rule of what counts, alone."""

from __future__ import annotations

from typing import Any

import pytest

from mustela.radio.epochs.rule import ImageFacts, Version, current_of, decide
from mustela.radio.rules.record import EpochRule

GOOD = ImageFacts("restored", "good", is_retired=False, is_current=True)


@pytest.mark.parametrize(
    ("facts", "in_mosaic", "reason"),
    [
        ({}, False, None),
        ({"grade": None}, False, None),
        ({"grade": "warn"}, False, None),
        ({"kind": "mosaic"}, False, None),
        ({"kind": "residual"}, False, "kind"),
        ({"kind": None}, False, "kind"),
        ({"is_retired": True}, False, "retired"),
        ({"is_current": False}, False, "superseded"),
        ({"grade": "fail"}, False, "grade"),
        ({}, True, "in_mosaic"),
        ({"kind": "psf", "is_retired": True, "grade": "fail"}, True, "kind"),
        ({"is_current": False, "grade": "fail"}, True, "superseded"),
        ({"grade": "fail"}, True, "grade"),
    ],
)
def test_an_image_counts_or_the_first_reason_says_why_not(
    facts: dict[str, Any], in_mosaic: bool, reason: str | None
) -> None:
    assert decide(GOOD._replace(**facts), EpochRule(), in_mosaic) == (reason is None, reason)


def test_the_operator_can_change_the_rule() -> None:
    rule = EpochRule(kinds=("dirty",), grades_left_out=("warn",), only_current=False, once=False)
    assert decide(GOOD, rule, False) == (False, "kind")
    dirty = GOOD._replace(kind="dirty", is_current=False, grade="fail")
    assert decide(dirty, rule, True) == (True, None)
    assert decide(dirty._replace(grade="warn"), rule, False) == (False, "grade")


def test_the_current_version_is_the_highest_that_is_not_retired() -> None:
    versions = [Version(1, 3, True), Version(2, 2, False), Version(3, None, False)]
    assert current_of(versions) == 2
    assert current_of(versions[:1]) is None
    assert current_of([Version(1, 2, False), Version(5, 2, False)]) == 5
    assert current_of([Version(1, -1, False), Version(5, None, False)]) == 1
