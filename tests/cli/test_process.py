"""Commands as processes: closed pipes, poor terminals, Ctrl-C, a server beside them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.media import settle
from tests.processes import Gate, Running, environment, run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.mark.parametrize("words", [["video", "list", "--json"], ["video", "list"], ["--help"]])
@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_error_worth_a_word(
    scanned: Path, home: Path, tmp_path: Path, words: list[str], buffered: str
) -> None:
    assert scanned.is_dir()
    reading, writing = os.pipe()
    os.close(reading)
    data = {"MUSTELA_DATA_DIR": str(tmp_path / "data"), "PYTHONUNBUFFERED": buffered}
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "mustela", *words],
            env=environment(home, **data),
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert ended.stderr == ""


def test_a_terminal_that_knows_few_letters_gets_escapes(
    mustela: Run, library: Path, home: Path, tmp_path: Path
) -> None:
    (library / "beach.mp4").rename(library / "plage d'été 🦊.mp4")
    mustela("scan", library)
    poor = {
        "MUSTELA_DATA_DIR": str(tmp_path / "data"),
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
    }
    listed = run("video", "list", home=home, variables=poor)
    assert listed.returncode == 0, listed.stderr
    assert "plage d'\\xe9t\\xe9 \\U0001f98a.mp4" in listed.stdout


def test_ctrl_c_ends_a_scan_that_the_next_one_goes_on_with(
    mustela: Run, library: Path, tmp_path: Path
) -> None:
    gate = Gate(tmp_path / "gate")
    shutil.copy(library / "beach.mp4", library / "held.mp4")
    settle(library)
    data = {"MUSTELA_DATA_DIR": str(tmp_path / "data"), **gate.variables}
    command = Running("scan", library, home=tmp_path / "home", variables=data)
    try:
        gate.waiting(command)
        assert command.end(signal.SIGINT) == 130
        assert "Traceback" not in "".join(command.err)
    finally:
        command.kill()
    gate.open()
    (job,) = mustela("jobs", "list", "--type", "video.scan", "--json").json
    assert job["status"] == "cancelled"
    done = mustela("scan", library)
    assert done.status == 0
    assert len(mustela("video", "list", "--json").json) == 4


def test_a_scan_that_somebody_else_cancels_is_exit_status_130(
    mustela: Run, library: Path, tmp_path: Path
) -> None:
    gate = Gate(tmp_path / "gate")
    shutil.copy(library / "beach.mp4", library / "held.mp4")
    settle(library)
    data = {"MUSTELA_DATA_DIR": str(tmp_path / "data"), **gate.variables}
    command = Running("scan", library, home=tmp_path / "home", variables=data)
    try:
        gate.waiting(command)
        (job,) = mustela("jobs", "list", "--type", "video.scan", "--json").json
        assert mustela("jobs", "cancel", job["id"]).status == 0
        assert command.end() == 130
        assert "cancelled" in "".join(command.err)
    finally:
        command.kill()


@pytest.mark.faults
def test_what_a_killed_command_left_is_settled_by_the_next_one(
    mustela: Run, library: Path, tmp_path: Path
) -> None:
    gate = Gate(tmp_path / "gate")
    shutil.copy(library / "beach.mp4", library / "held.mp4")
    settle(library)
    data = {"MUSTELA_DATA_DIR": str(tmp_path / "data"), **gate.variables}
    command = Running("scan", library, home=tmp_path / "home", variables=data)
    try:
        gate.waiting(command)
        command.end(signal.SIGKILL)
    finally:
        command.kill()
    gate.open()
    assert mustela("scan", library).status == 0
    assert len(mustela("video", "list", "--json").json) == 4
    statuses = [job["status"] for job in mustela("jobs", "list", "--json").json]
    assert "running" not in statuses
    assert [path.read_text() for path in (tmp_path / "data" / "workers").iterdir()] == []
