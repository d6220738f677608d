"""The one required check: what it says to every way in which the other jobs can end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import product
from typing import Any

import pytest

from tests.ci.scripts import GITHUB, script, steps, workflow

RESULTS = ("success", "failure", "cancelled", "skipped")
SCRIPT = GITHUB / "ci_status.py"
status = script("ci_status")


def needs(changes: str, code: str | None, test: str, docs: str) -> dict[str, Any]:
    return {
        "changes": {"result": changes, "outputs": {} if code is None else {"code": code}},
        "test": {"result": test, "outputs": {}},
        "docs": {"result": docs, "outputs": {}},
    }


def test_it_passes_exactly_where_all_that_had_to_run_has_succeeded() -> None:
    passed = {
        one
        for one in product(RESULTS, ("true", "false", "", None), RESULTS, RESULTS)
        if not status.problems(needs(*one))
    }
    assert passed == {
        ("success", "true", "success", "skipped"),
        ("success", "false", "skipped", "success"),
        # What need not have run, and did, has to have succeeded, too.
        ("success", "true", "success", "success"),
        ("success", "false", "success", "success"),
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (needs("failure", None, "skipped", "skipped"), "changes: failure"),
        (needs("cancelled", None, "skipped", "skipped"), "changes: cancelled"),
        (needs("success", "true", "failure", "skipped"), "test: failure"),
        (needs("success", "true", "cancelled", "skipped"), "test: cancelled"),
        (needs("success", "true", "skipped", "skipped"), "test: skipped"),
        (needs("success", "false", "skipped", "skipped"), "docs: skipped"),
        (needs("success", "", "skipped", "skipped"), "code = ''"),
        ({"changes": {"result": "success", "outputs": {"code": "true"}}}, "knows others"),
    ],
)
def test_it_says_what_is_wrong(given: dict[str, Any], said: str) -> None:
    (found,) = status.problems(given)
    assert said in found


def test_the_step_ends_with_what_the_check_says() -> None:
    for code, test, expected in (("true", "success", 0), ("true", "failure", 1)):
        done = subprocess.run(
            [sys.executable, str(SCRIPT)],
            env={**os.environ, "NEEDS": json.dumps(needs("success", code, test, "skipped"))},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (expected, "")
        assert ("::error::test: failure" in done.stdout) is bool(expected)


def test_without_an_answer_of_the_workflow_the_step_fails() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NEEDS"}
    for broken in ({}, {"NEEDS": ""}, {"NEEDS": "null"}):
        done = subprocess.run(
            [sys.executable, str(SCRIPT)],
            env={**environment, **broken},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 1


def test_the_check_always_runs_and_waits_for_every_other_job() -> None:
    jobs = workflow("ci.yml")["jobs"]
    check = jobs["ci-status"]
    assert check["if"] == "always()"
    assert check["name"] == "ci-status"
    assert set(check["needs"]) == set(jobs) - {"ci-status"}
    assert {status.DECIDES, *status.RUNS_IF} == set(check["needs"])
    called = [step for step in steps(check) if "run" in step]
    assert [step["run"] for step in called] == ["python3 .github/ci_status.py"]
    assert called[0]["env"] == {"NEEDS": "${{ toJSON(needs) }}"}
    assert not any("if" in step or "continue-on-error" in step for step in steps(check))


@pytest.mark.parametrize("job", status.RUNS_IF)
def test_each_job_runs_for_the_answer_that_the_check_expects(job: str) -> None:
    found = workflow("ci.yml")["jobs"][job]
    assert found["needs"] == "changes"
    assert found["if"] == f"needs.changes.outputs.code == '{status.RUNS_IF[job]}'"
    assert "continue-on-error" not in found
