"""What would be wrong in the database is found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.verdict import Row, judged

WHOLE = [("r", "0"), ("r", "1"), ("r", "2"), ("r", "end")]
DIED = {"code": "worker_died"}


def kinds(row: Row, cancelled: frozenset[str] = frozenset()) -> list[str]:
    return [one.kind for one in judged({row.id: row}, {"j"}, cancelled, {"r"})]


def completed(**changes: Any) -> Row:
    row = Row("j", "cluster.again", "completed", 2, {"run": "r", "attempt": 2}, None, WHOLE)
    return row._replace(**changes)


@pytest.mark.parametrize(
    "row",
    [
        completed(),
        completed(lines=[("q", "0"), ("q", "1"), *WHOLE]),
        completed(status="failed", result=None, error=DIED, lines=[("q", "0")]),
    ],
)
def test_what_is_as_it_should_be_is_let_be(row: Row) -> None:
    assert kinds(row) == []


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (completed(id="another"), "job_lost"),
        (completed(status="running", result=None), "job_lost"),
        (completed(status="cancelled", result=None), "job_lost"),
        (completed(status="failed", result=None, error={"code": "handler_error"}), "job_lost"),
        (completed(result={"run": "q", "attempt": 2}, lines=[("q", "0")]), "write_not_fenced"),
        (completed(attempt=3), "write_not_fenced"),
        (completed(lines=WHOLE[1:]), "write_lost"),
        (completed(lines=[*WHOLE, ("q", "2")]), "write_not_fenced"),
        (completed(lines=[("q", "0"), WHOLE[0], ("q", "1"), *WHOLE[1:]]), "write_not_fenced"),
        (completed(lines=[*WHOLE[:1], *WHOLE]), "write_not_fenced"),
    ],
)
def test_what_is_not_as_it_should_be_is_told(row: Row, kind: str) -> None:
    assert kind in kinds(row)


def test_a_job_whose_cancellation_was_promised_has_to_be_cancelled() -> None:
    assert kinds(completed(), frozenset({"j"})) == ["write_lost"]
    assert kinds(completed(status="cancelled", result=None), frozenset({"j"})) == []
