"""The two type checkers see in repositories what the samples beside this file say.

A line of ``typing_samples`` that must be an error ends in a comment that names the rule of each
checker: ``# error: mypy[arg-type] pyright[reportArgumentType]``. Every other line must pass, the
``assert_type`` calls among them. The checkers run with the project's own settings.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = Path(__file__).parent / "typing_samples"

#: File, line and rule of each error; a rule is counted once a line.
Errors: TypeAlias = set[tuple[str, int, str]]

_MARK = re.compile(r"#\s*error:\s*(?P<rules>.*)$")
_RULE = re.compile(r"(?P<checker>mypy|pyright)\[(?P<rule>[\w-]+)\]")


def expected(checker: str) -> Errors:
    """What the comments promise."""
    return {
        (sample.name, number, rule["rule"])
        for sample in SAMPLES.glob("*.py")
        for number, line in enumerate(sample.read_text().splitlines(), start=1)
        if (mark := _MARK.search(line))
        for rule in _RULE.finditer(mark["rules"])
        if rule["checker"] == checker
    }


def run(module: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a checker at the project's root; its own speed is not what coverage measures."""
    environment = {key: value for key, value in os.environ.items() if "COVERAGE" not in key}
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=environment | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def described(found: Iterable[tuple[str, int, str, str]], wanted: Errors) -> str:
    """The difference, a line each, for whoever reads the failure."""
    messages = {(file, line, rule): message for file, line, rule, message in found}
    return "\n".join(
        [f"  not an error: {file}:{line} [{rule}]" for file, line, rule in wanted - set(messages)]
        + [
            f"  not expected: {key[0]}:{key[1]} [{key[2]}] {messages[key]}"
            for key in sorted(set(messages) - wanted)
        ]
    )


def test_mypy_finds_the_marked_errors_and_no_others(tmp_path: Path) -> None:
    done = run(
        "mypy", "--strict", "--output=json", "--cache-dir", tmp_path, *sorted(SAMPLES.glob("*.py"))
    )
    assert done.returncode == 1, done.stdout + done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    found = [
        (Path(report["file"]).name, report["line"], report["code"], report["message"])
        for report in reports
        if report["severity"] == "error"
    ]
    assert found, done.stdout + done.stderr
    assert not (difference := described(found, expected("mypy"))), f"\n{difference}"


def pyright_settings(directory: Path) -> Path:
    """The project's settings, for the samples that the project's own run leaves out."""
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
        "pyright"
    ]
    above = os.path.relpath(ROOT, directory)
    settings["include"] = [os.path.relpath(SAMPLES, directory)]
    settings["exclude"] = []
    settings["extraPaths"] = [above, *(f"{above}/{path}" for path in settings["extraPaths"])]
    file = directory / "pyrightconfig.json"
    file.write_text(json.dumps(settings))
    return file


def test_pyright_finds_the_marked_errors_and_no_others(tmp_path: Path) -> None:
    arguments = ("--outputjson", "--pythonpath", sys.executable)
    done = run("pyright", "--project", pyright_settings(tmp_path), *arguments)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        lines = (done.stderr or done.stdout).strip().splitlines()
        pytest.skip(f"pyright cannot run here: {lines[-1] if lines else done.returncode}")
    found = [
        (
            Path(error["file"]).name,
            error["range"]["start"]["line"] + 1,
            error.get("rule", ""),
            error["message"],
        )
        for error in report["generalDiagnostics"]
        if error["severity"] == "error"
    ]
    assert report["summary"]["filesAnalyzed"] == len(list(SAMPLES.glob("*.py")))
    assert not (difference := described(found, expected("pyright"))), f"\n{difference}"


def test_each_checker_has_marked_errors_in_the_samples() -> None:
    """Lest a misspelt mark make the comparison an empty one."""
    mypy, pyright = expected("mypy"), expected("pyright")
    assert {(file, line) for file, line, _ in mypy} == {(file, line) for file, line, _ in pyright}
    assert len(mypy) > 50
