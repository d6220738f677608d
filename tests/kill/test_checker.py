"""The kill suite can fail: every broken promise that is planted is reported, and no other."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import apsw
import pytest

from mustela.jobs.testing import (
    Command,
    DidNotStart,
    Journal,
    JournalReader,
    Report,
    Told,
    Unanswered,
    Violation,
    kill_repeatedly,
    whole_sqlite,
)
from mustela.store import Store
from tests.processes import PATIENCE, eventually, is_alive
from tests.store.toys import toy_metadata

# The journal.


def judged(tmp_path: Path, *lines: str) -> list[Violation]:
    journal = Journal(tmp_path / "journal")
    for line in lines:
        journal.mark(line)
    return list(JournalReader(journal.path).news())


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        (["begin j 1 7 once", "end j 1", "begin k 2 7 once", "kill 7"], []),
        (["begin j 1 7 again", "kill 7", "begin j 2 8 again", "end j 2"], []),
        (["begin j 1 7 again", "kill 7", "begin j 2 8 again", "end j 1", "end j 2"], []),
        (["begin j 1 7 once", "kill 7", "begin j 2 8 once", "end j 2"], ["ran_twice"]),
        (["begin j 1 7 once", "end j 1", "begin j 2 7 once"], ["ran_twice"]),
        (["begin j 1 7 again", "begin j 2 8 again"], ["ran_twice_at_once"]),
        (["begin j 1 7 again", "kill 8", "begin j 2 9 again"], ["ran_twice_at_once"]),
        (["begin j 1 7 once", "begin j 2 8 once"], ["ran_twice", "ran_twice_at_once"]),
        (
            ["begin j 1 7 again", "begin j 2 7 again", "end j 1", "begin j 3 7 again"],
            ["ran_twice_at_once", "ran_twice_at_once"],
        ),
        # Stopped for longer than a lease, it may go on until it has noticed; under that name only.
        (
            ["begin j 1 7 again a", "stop 7", "begin j 2 8 again b", "end j 1", "end j 2"],
            [],
        ),
        (["begin k 1 7 again a", "stop 7", "begin j 2 8 again b", "begin j 3 7 again a"], []),
        (
            ["begin k 1 7 again a", "stop 7", "begin j 2 8 again b", "begin j 3 7 again c"],
            ["ran_twice_at_once"],
        ),
        (["begin j 1 7 once a", "stop 7", "begin j 2 8 once b"], ["ran_twice"]),
        # The kill was about to come when it began: it ended with its process.
        (["kill 7", "begin j 1 7 again", "begin j 2 8 again", "end j 2"], []),
    ],
)
def test_a_journal_tells_what_ran_twice(tmp_path: Path, lines: list[str], kinds: list[str]) -> None:
    assert [one.kind for one in judged(tmp_path, *lines)] == kinds


def test_a_journal_is_read_on_and_its_executions_counted(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    reader = JournalReader(journal.path)
    assert list(reader.news()) == []
    with journal.running("j", repeatable=True):
        assert list(reader.news()) == []
        with pytest.raises(ZeroDivisionError), journal.running("j", repeatable=True):
            raise ZeroDivisionError
        assert [one.kind for one in reader.news()] == ["ran_twice_at_once"]
    with journal.running("k"):
        journal.mark("kill", 1)
    assert list(reader.news()) == []
    assert (reader.runs, reader.cut_off) == (3, 0)
    with journal.path.open("a") as file:
        file.write("begin k")  # by somebody who has not finished the line
    assert list(reader.news()) == []
    with journal.path.open("a") as file:
        file.write(" 5 6 once\n")
    assert [one.kind for one in reader.news()] == ["ran_twice"]


def test_a_journal_that_somebody_else_wrote_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no mark: hello there"):
        judged(tmp_path, "hello there")


# What clients were told.


def write(told: Told, key: str, value: str, *, answered: bool = True) -> None:
    try:
        with told.writing(key, value):
            if not answered:
                raise Unanswered
    except Unanswered:
        assert not answered


def test_an_acknowledged_write_that_is_not_there_is_astray() -> None:
    told = Told()
    write(told, "a", "1")
    write(told, "a", "2")
    write(told, "b", "1")
    assert [line.partition(" ")[0] for line in told.astray({"a": "1"})] == ["a", "b"]
    assert told.writes == [("a", "1"), ("a", "2"), ("b", "1")]


def test_a_write_without_an_answer_may_be_there_or_not_but_has_to_stay_so() -> None:
    for found in ({"a": "1"}, {"a": "2"}, {"a": "3"}):
        told = Told()
        write(told, "a", "1")
        write(told, "a", "2", answered=False)
        write(told, "a", "3", answered=False)
        assert list(told.astray(found)) == []
        assert list(told.astray(found)) == []
        assert len(list(told.astray({"a": "2" if found != {"a": "2"} else "3"}))) == 1
    told = Told()
    write(told, "a", "1", answered=False)
    assert list(told.astray({})) == []
    assert len(list(told.astray({"a": "1"}))) == 1
    assert told.unanswered == 1


def test_a_value_that_nobody_wrote_is_astray_unless_it_was_there_before() -> None:
    told = Told()
    write(told, "a", "1", answered=False)
    assert list(told.astray({"a": "9"})) == []
    write(told, "a", "2", answered=False)
    assert list(told.astray({"a": "8"})) == ["a holds '8'; acknowledged was '9'"]


# The data.


def test_a_damaged_database_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    check = whole_sqlite(path)
    assert list(check()) == []  # it is not there yet
    Store.open(path, create=[toy_metadata]).close()
    assert list(check()) == []
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    page: Any = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'ix_audit_at_id'"
    ).get
    size = connection.pragma("page_size")
    connection.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(content)
    assert list(check())
    path.write_bytes(b"nothing of the kind" * 100)
    assert len(list(check())) == 1


# The whole loop, on services that only pretend.


class Pretended:
    """A service without processes; ``fault`` says which promise it breaks at each kill."""

    def __init__(self, journal: Journal, fault: str) -> None:
        self.journal = journal
        self.fault = fault
        self.values: dict[str, str] = {}
        self.jobs: list[str] = []
        self.lost: set[str] = set()
        self.starts = 0
        self.lock = threading.Lock()

    def __call__(self) -> PretendedServer:
        self.starts += 1
        return PretendedServer(self, self.starts)

    def execute(self, job: str, group: int) -> None:
        how = "once"
        if self.fault == "ran_twice_at_once":
            how = "again"
            self.journal.mark(f"begin {job} other {group + 1} {how}")
        self.journal.mark(f"begin {job} run {group} {how}")
        self.journal.mark(f"end {job} run")

    def check(self) -> Iterator[str]:
        if self.fault == "corrupt":
            yield "row 5 is missing from an index"


class PretendedServer:
    def __init__(self, service: Pretended, group: int) -> None:
        self.service = service
        self.group = group
        self.alive = True

    def address(self, patience: float) -> str:
        del patience
        if self.service.fault == "did_not_start" and self.group > 1:
            raise DidNotStart("it will not")
        return str(self.group)

    def kill(self, patience: float) -> Sequence[int]:
        del patience
        service = self.service
        with service.lock:
            self.alive = False
            if service.fault == "write_lost" and service.values:
                service.values.popitem()
            if service.fault == "job_lost":
                service.lost.update(service.jobs[-1:])
            if service.fault == "ran_twice" and service.jobs:
                service.execute(service.jobs[-1], self.group + 1)
        return [4711] if service.fault == "outlived" else []


class PretendedClient:
    def __init__(self, service: Pretended, servers: list[PretendedServer], number: int) -> None:
        self.service = service
        self.server = servers[-1]
        self.number = number
        self.acts = 0

    def act(self, chance: Random, told: Told) -> None:
        service = self.service
        self.acts += 1
        with service.lock:
            if not self.server.alive:
                raise Unanswered
            if service.fault == "answered_wrongly" and self.acts == 3:
                raise LookupError("what is this?")
            if service.fault == "went_away" and self.acts == 3:
                raise Unanswered("nobody there")
            key, value = f"{self.number}-{chance.randrange(3)}", str(chance.random())
            with told.writing(key, value):
                service.values[key] = value
            job = f"job{len(service.jobs)}"
            service.execute(job, self.server.group)
            service.jobs.append(job)
            told.job(job)

    def over(self, job_id: str) -> bool:
        return job_id not in self.service.lost

    def read(self, keys: Sequence[str]) -> Mapping[str, Any]:
        return {key: self.service.values[key] for key in keys if key in self.service.values}

    def close(self) -> None:
        """There is nothing to let go."""


def run_on(service: Pretended, **options: Any) -> Report:
    servers: list[PretendedServer] = []

    def start() -> PretendedServer:
        servers.append(service())
        return servers[-1]

    return kill_repeatedly(
        start,
        lambda _, number: PretendedClient(service, servers, number),
        kills=4,
        seed=1,
        journal=service.journal,
        checks=[service.check],
        requests=20,
        patience=0.05,
        **options,
    )


def test_a_service_that_keeps_its_word_breaks_no_promise(tmp_path: Path) -> None:
    report = run_on(Pretended(Journal(tmp_path / "journal"), ""), killed_at_start=0.5)
    assert report.violations == []
    assert report.kills == 4
    assert report.jobs
    assert report.writes
    assert str(report).startswith("4 kills (")
    assert "violations: none" in str(report)


@pytest.mark.parametrize(
    "fault",
    [
        "write_lost",
        "job_lost",
        "ran_twice",
        "ran_twice_at_once",
        "corrupt",
        "outlived",
        "did_not_start",
        "answered_wrongly",
    ],
)
def test_a_service_that_breaks_a_promise_is_found_out(tmp_path: Path, fault: str) -> None:
    report = run_on(Pretended(Journal(tmp_path / "journal"), fault), killed_at_start=0)
    assert {one.kind for one in report.violations} == {fault}
    assert fault in str(report)


def test_a_service_that_goes_away_by_itself_is_found_out(tmp_path: Path) -> None:
    report = run_on(Pretended(Journal(tmp_path / "journal"), "went_away"), killed_at_start=0)
    assert {one.kind for one in report.violations} == {"answered_wrongly"}
    assert "went away by itself" in report.violations[0].detail


def test_a_last_look_adds_what_it_finds(tmp_path: Path) -> None:
    found = Violation("write_lost", "the first one")
    report = run_on(Pretended(Journal(tmp_path / "journal"), ""), last_look=lambda _, told: [found])
    assert report.violations == [found]


# Processes.

PARENT = """
import os, subprocess, sys, time
if os.environ.get("SILENT"):
    sys.exit("no such thing")
child = "import os, sys, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(600)"
if os.environ.get("DIES"):
    child = "import os, sys; os.setsid(); print(os.getpid(), flush=True); sys.stdin.read()"
started = subprocess.Popen(
    [sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE
)
pid = int(started.stdout.readline())
print(f"ready at {pid}", flush=True)
time.sleep(600)
"""


def command(log: Path, **variables: str) -> Command:
    return Command(
        [sys.executable, "-c", PARENT], ready=r"ready at (\S+)", environment=variables, log=log
    )


def test_a_killed_command_takes_its_children_with_it(tmp_path: Path) -> None:
    server = command(tmp_path / "log", DIES="yes")()
    child = int(server.address(PATIENCE))
    assert server.kill(PATIENCE) == []
    assert not is_alive(child)
    assert not is_alive(server.group)


def test_a_child_that_outlives_its_parent_is_told_and_killed(tmp_path: Path) -> None:
    server = command(tmp_path / "log")()
    child = int(server.address(PATIENCE))
    assert server.kill(0.2) == [child]
    eventually(lambda: not is_alive(child))


def test_a_command_that_ends_before_it_is_ready_is_told_with_its_last_words(
    tmp_path: Path,
) -> None:
    server = command(tmp_path / "log", SILENT="yes")()
    with pytest.raises(DidNotStart, match="no such thing"):
        server.address(PATIENCE)
    assert server.kill(PATIENCE) == []
