"""The workflows themselves: what they may, what they trust, and what they leave out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mustela.store.testing.postgres import URL_VARIABLE
from tests.ci.scripts import GITHUB, PROJECT, WORKFLOWS, steps, workflow

PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
_USES = re.compile(r"^ *-? *uses: (\S+)(?: # (v\d+\.\d+\.\d+))?$", re.MULTILINE)
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{path.name}: {name}", job)
        for path in WORKFLOWS
        for name, job in workflow(path.name)["jobs"].items()
    ]


every_job = pytest.mark.parametrize("job", [job for _, job in jobs()], ids=[n for n, _ in jobs()])


def test_there_are_two_workflows() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "release.yml"]


@every_workflow
def test_a_workflow_is_as_the_schema_of_workflows_says(path: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="needs check-jsonschema")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.github-workflows",
            str(path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@every_workflow
def test_actionlint_has_nothing_to_say(path: Path) -> None:
    actionlint = shutil.which("actionlint", path=f"{Path(sys.executable).parent}:{os.defpath}")
    actionlint = actionlint or shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("needs actionlint")
    done = subprocess.run(
        [actionlint, "-no-color", str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


# ------------------------------------------------------------------------- what they may and trust


@every_workflow
def test_an_action_is_named_by_its_commit_and_says_its_version(path: Path) -> None:
    """A tag can be moved to other code; a commit cannot."""
    text = path.read_text(encoding="utf-8")
    used = _USES.findall(text)
    assert len(used) == text.count("uses:")
    for name, version in used:
        if not name.startswith("./"):
            assert _PINNED.fullmatch(name), name
            assert version, name


def test_one_action_has_one_version() -> None:
    versions: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for name, _ in _USES.findall(path.read_text(encoding="utf-8")):
            versions.setdefault(name.partition("@")[0], set()).add(name)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@every_workflow
def test_nothing_is_secret_and_nothing_from_outside_becomes_a_command(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "secrets:" not in text
    assert "pull_request_target" not in text
    for job in workflow(path.name)["jobs"].values():
        for step in steps(job):
            assert "${{" not in step.get("run", "")


@every_workflow
def test_a_workflow_may_do_nothing_by_itself_and_has_a_group(path: Path) -> None:
    found = workflow(path.name)
    assert found["permissions"] == {}
    assert "${{" in found["concurrency"]["group"]


def test_only_the_release_writes_and_each_right_where_it_is_used() -> None:
    writes = {
        (name, right)
        for name, job in jobs()
        for right, level in job["permissions"].items()
        if level != "read"
    }
    assert writes == {
        ("release.yml: notes", "contents"),
        ("release.yml: publish", "id-token"),
    }


@every_job
def test_a_job_that_hangs_is_ended(job: dict[str, Any]) -> None:
    if "uses" not in job:  # the called workflow's jobs have their own
        assert job["timeout-minutes"] <= 60
        assert job["runs-on"] == "${{ matrix.system }}" or re.search(r"-\d", job["runs-on"])


@every_job
def test_credentials_are_left_to_the_job_that_fetches(job: dict[str, Any]) -> None:
    fetches = any(step.get("uses", "").startswith("dorny/paths-filter@") for step in steps(job))
    for step in steps(job):
        if step.get("uses", "").startswith("actions/checkout@"):
            kept = step.get("with", {}).get("persist-credentials", True)
            assert kept is fetches


# ----------------------------------------------------------------------------------- what they run


def test_the_matrix_has_every_python_that_the_package_is_for_on_both_databases() -> None:
    classifiers = PYPROJECT["project"]["classifiers"]
    pythons = re.findall(r"Python :: (3\.\d+)$", "\n".join(classifiers), re.MULTILINE)
    matrix = workflow("ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix == {"python": pythons, "database": ["SQLite", "PostgreSQL"]}
    assert PYPROJECT["project"]["requires-python"] == f">={pythons[0]}"


def test_each_half_of_the_matrix_checks_tests_and_proves_the_migrations() -> None:
    job = workflow("ci.yml")["jobs"]["test"]
    runs = {step["run"]: step for step in steps(job) if "run" in step}
    for database in ("SQLite", "PostgreSQL"):
        here = [
            command
            for command, step in runs.items()
            if step.get("if", f"matrix.database == '{database}'")
            == f"matrix.database == '{database}'"
        ]
        assert sum(command.startswith("make test ") for command in here) == 1
        assert any("mustela db verify" in command for command in here)
        assert "google-chrome --version" in here  # without it the page's tests would be skipped
    assert "make check PYTHON=python" in runs
    (told,) = (step for step in steps(job) if URL_VARIABLE in step.get("env", {}))
    assert told["if"] == "matrix.database == 'PostgreSQL'"
    assert "postgres" in job["services"]


def test_the_job_for_documents_runs_every_test_that_reads_one() -> None:
    """A dead link must not wait for the next change of code to be found."""
    reads = {
        path.relative_to(PROJECT)
        for path in (PROJECT / "tests").rglob("test_*.py")
        if re.search(
            r"from tests\.docs|docs/(?:reference|how-to)/|CHANGELOG", path.read_text("utf-8")
        )
    }
    assert len(reads) > 5
    (command,) = (
        step["run"] for step in steps(workflow("ci.yml")["jobs"]["docs"]) if "run" in step
    )
    named = [Path(word.strip("'")) for word in command.split() if word.startswith("tests/")]
    assert all((PROJECT / path).exists() for path in named)
    missed = [one for one in reads if not any(one.is_relative_to(path) for path in named)]
    assert missed == []


def test_the_scripts_that_a_workflow_calls_are_there() -> None:
    called = set()
    for path in WORKFLOWS:
        called |= set(re.findall(r"\.github/\w+\.(?:py|sh)", path.read_text(encoding="utf-8")))
    assert {".github/ci_status.py", ".github/try_wheel.sh"} <= called
    for name in called:
        assert (PROJECT / name).is_file()
        assert name.endswith(".py") or os.access(PROJECT / name, os.X_OK)


# -------------------------------------------------------------------------------------- the release


def test_a_release_is_published_last_and_only_after_everything_else() -> None:
    found = workflow("release.yml")
    assert found["on"] == {"push": {"tags": ["v*"]}}
    waits = {name: job.get("needs", []) for name, job in found["jobs"].items()}
    assert list(waits)[-1] == "publish"
    reached: set[str] = set()
    waiting = ["publish"]
    while waiting:
        one = waiting.pop()
        before = waits[one]
        waiting += [before] if isinstance(before, str) else before
        reached.add(one)
    assert reached == set(waits)
    assert not any("if" in job for job in found["jobs"].values())


def test_a_release_tests_its_tag_like_any_change() -> None:
    ci = workflow("release.yml")["jobs"]["ci"]
    assert ci["uses"] == f"./{(GITHUB / 'workflows/ci.yml').relative_to(PROJECT)}"
    called = workflow("ci.yml")
    assert "workflow_call" in called["on"]
    for job in called["jobs"].values():
        assert job["permissions"].items() <= ci["permissions"].items()


def test_what_is_published_is_what_was_tried() -> None:
    """One artifact, made once; nothing is built again between the trial and the publishing."""
    found = workflow("release.yml")["jobs"]
    for name in ("try", "publish"):
        (taken,) = (s for s in steps(found[name]) if "download-artifact@" in s.get("uses", ""))
        assert taken["with"] == {"name": "dist", "path": "dist/"}
    assert found["publish"]["environment"] == "pypi"
    assert len(steps(found["publish"])) == 2
