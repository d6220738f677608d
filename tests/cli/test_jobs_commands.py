"""``mustela jobs``: following, watching, doing again."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mustela.jobs import Failure, Job, JobRepository, Line, Progress, new_job, new_run
from mustela.store import Store
from tests.cli.conftest import Run
from tests.processes import Running, environment, eventually

pytestmark = pytest.mark.usefixtures("unmeasured_processes")


@pytest.fixture
def data(mustela: Run, tmp_path: Path) -> Path:
    """A data directory with an empty database."""
    assert mustela("db", "upgrade").status == 0
    return tmp_path / "data"


@pytest.fixture
def jobs(data: Path) -> Iterator[JobRepository]:
    with Store.open(data / "mustela.db") as store:
        yield JobRepository(store)


@pytest.fixture
def run(jobs: JobRepository) -> Job:
    """A run elsewhere, under way."""
    found = jobs.open_run(new_run("imaging", id="run"))
    jobs.report_run("run", found.claim_id, progress=Progress(1, 4, 0.5, "cleaning"))
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


def started(home: Path, data: Path, *words: str) -> Running:
    return Running(*words, home=home, variables={"MUSTELA_DATA_DIR": str(data)})


def test_a_log_is_followed_until_the_job_is_over(
    jobs: JobRepository, run: Job, home: Path, data: Path
) -> None:
    jobs.append_log("run", [Line(0, "info", "one"), Line(1, "warning", "two \x1b[2J")])
    plain = started(home, data, "jobs", "logs", "run", "--follow", "--tail", "1")
    whole = started(home, data, "jobs", "logs", "run", "-f", "--json")
    try:
        eventually(lambda: len(plain.out) == 1 and len(whole.out) == 2)
        jobs.append_log("run", [Line(2, "info", "three")])
        eventually(lambda: len(plain.out) == 2)
        jobs.append_log("run", [Line(3, "error", "last")])
        jobs.finish_run("run", run.claim_id, "failed")
        assert (plain.end(), whole.end()) == (0, 0)
    finally:
        plain.kill()
        whole.kill()
    assert [line.partition(" ")[2].partition(" ")[2] for line in plain.out] == [
        "warning: two \\x1b[2J\n",
        "info: three\n",
        "error: last\n",
    ]
    records = [json.loads(line) for line in whole.out]
    assert [record["text"] for record in records] == ["one", "two \x1b[2J", "three", "last"]
    assert records[0]["at"] == "1970-01-01T00:00:00Z"
    assert all(line.rstrip("\n").isprintable() for line in whole.out)


def test_a_log_that_is_over_is_not_waited_for(mustela: Run, jobs: JobRepository, run: Job) -> None:
    jobs.append_log("run", [Line(0, "info", "one")])
    jobs.finish_run("run", run.claim_id, "completed")
    assert mustela("jobs", "logs", "run", "-f").out.endswith("info: one\n")
    assert json.loads(mustela("jobs", "logs", "run", "--json").out)["text"] == "one"
    mustela("jobs", "logs", "nobody", "-f").refused("nobody")


def test_who_waits_for_a_paused_job_is_told_why(
    jobs: JobRepository, home: Path, data: Path, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    jobs.pause()
    jobs.pause(type="video.scan")
    command = started(home, data, "scan", str(library))
    try:
        eventually(lambda: "waiting: all jobs are paused" in "".join(command.err))
        jobs.resume()
        eventually(lambda: "mustela jobs resume --type video.scan lets" in "".join(command.err))
        (job,) = jobs.list_jobs(type="video.scan").items
        jobs.pause(id=job.id)
        jobs.resume(type="video.scan")
        eventually(lambda: f"mustela jobs resume {job.id} lets" in "".join(command.err))
        jobs.resume(id=job.id)
        assert command.end() == 0
    finally:
        command.kill()
    assert "".join(command.err).count("waiting: ") == 3


@pytest.mark.parametrize("words", [["logs", "run", "-f"], ["watch"]])
def test_ctrl_c_ends_following_and_leaves_the_job_alone(
    jobs: JobRepository, run: Job, home: Path, data: Path, words: list[str]
) -> None:
    jobs.append_log("run", [Line(0, "info", "one")])
    command = started(home, data, "jobs", *words)
    try:
        eventually(lambda: command.out)
        assert command.end(signal.SIGINT) == 130
    finally:
        command.kill()
    assert "Traceback" not in "".join(command.err)
    job = jobs.get("run")
    assert job is not None
    assert (job.status, job.cancel_requested_at_us) == ("running", None)


def test_each_change_is_a_line_where_nobody_watches(
    jobs: JobRepository, run: Job, home: Path, data: Path
) -> None:
    jobs.submit(new_job("imaging", id="waiting", paused=True))
    jobs.submit(new_job("flagging", id="other", paused=True))
    command = started(home, data, "jobs", "watch", "--type", "imaging", "--until-idle")
    try:
        eventually(lambda: len(command.out) == 2)
        jobs.report_run("run", run.claim_id, progress=Progress(2))
        eventually(lambda: len(command.out) == 3)
        jobs.request_cancel("run")
        eventually(lambda: len(command.out) == 4)
        error = Failure("no_flux", "No flux.")
        jobs.finish_run("run", run.claim_id, "failed", error=error)
        jobs.request_cancel("waiting")
        assert command.end() == 0
    finally:
        command.kill()
    assert command.out[:4] == [
        "run imaging running 1/4 cleaning\n",
        "waiting imaging pending\n",
        "run imaging running 2/4 cleaning\n",
        "run imaging running 2/4 cancelling\n",
    ]
    assert set(command.out[4:]) == {
        "run imaging failed 2/4 No flux.\n",
        "waiting imaging cancelled\n",
    }


def test_a_terminal_shows_a_table_that_follows_the_jobs(
    jobs: JobRepository, run: Job, home: Path, data: Path
) -> None:
    master, terminal = pty.openpty()
    seen = b""

    def shows(word: bytes) -> bool:
        nonlocal seen
        seen += os.read(master, 65536)
        return word in seen

    command = subprocess.Popen(
        [sys.executable, "-m", "mustela", "jobs", "watch"],
        env=environment(home, MUSTELA_DATA_DIR=str(data), TERM="xterm", COLUMNS="100"),
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=subprocess.PIPE,
    )
    try:
        eventually(lambda: shows(b"1/4"))
        assert b"0:00:06" in seen
        jobs.finish_run("run", run.claim_id, "completed")
        eventually(lambda: shows(b"completed"))
        eventually(lambda: shows(b"nothing waits or runs"))
        command.send_signal(signal.SIGINT)
        os.close(terminal)
        _, error = command.communicate(timeout=60)
    finally:
        command.kill()
        os.close(master)
    assert (command.returncode, b"Traceback" in error) == (130, False)


def test_a_job_is_done_again_here_where_no_server_runs(mustela: Run, scanned: Path) -> None:
    (first,) = mustela("jobs", "list", "--type", "video.scan", "--json").json
    done = mustela("jobs", "rerun", first["id"])
    assert (done.status, done.out) == (0, "")
    assert done.err.startswith("video.scan ")
    assert done.err.endswith(": completed\n")
    again = mustela("jobs", "rerun", first["id"], "--json").json
    assert (again["status"], again["parent"]) == ("completed", first["id"])
    assert again["result"]["unchanged"] == 3
    later = mustela("jobs", "rerun", first["id"], "--no-wait")
    assert later.err.startswith("the new job is ")
    (waiting,) = mustela(
        "jobs", "list", "--type", "video.scan", "--status", "pending", "--json"
    ).json
    assert waiting["parent"] == first["id"]


def test_what_cannot_be_done_again_is_exit_status_2_with_the_reason(
    mustela: Run, jobs: JobRepository, run: Job
) -> None:
    mustela("jobs", "rerun", "run").refused("running")
    jobs.finish_run("run", run.claim_id, "completed")
    mustela("jobs", "rerun", "run").refused("executed elsewhere")
    mustela("jobs", "rerun", "nobody").refused("nobody")


def test_a_rerun_that_fails_is_exit_status_1(mustela: Run, scanned: Path) -> None:
    (root,) = mustela("roots", "list", "--json").json
    (first,) = mustela("jobs", "list", "--type", "video.scan", "--json").json
    assert mustela("roots", "remove", root["id"]).status == 0
    done = mustela("jobs", "rerun", first["id"])
    assert done.status == 1
    assert "the job failed: " in done.err
