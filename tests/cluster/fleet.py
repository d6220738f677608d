"""Servers and workers as processes, each with a data directory of its own, on one PostgreSQL."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import Signals
from typing import Literal

from mustela.jobs.testing import DidNotStart, Journal, end_group
from tests.cluster.collection import JOURNAL, LEASE
from tests.cluster.database import Database
from tests.processes import environment, unmeasured

PROJECT = Path(__file__).parents[2]
#: Seconds after which something that should have happened long ago did not.
PATIENCE = 60.0
#: Seconds after an outage in which servers may still answer that there is no database.
RECONNECTING = 5.0

Role = Literal["serve", "work"]
#: What each does, and how many jobs it runs at once.
_MACHINES: Sequence[tuple[Role, int]] = (
    ("serve", 0),
    ("serve", 2),
    ("work", 1),
    ("work", 2),
    ("work", 3),
)
_READY: Mapping[Role, str] = {
    "serve": r"Mustela is ready at (http://\S+)\n",
    "work": r"Mustela (runs jobs): ",
}


def wait_until(condition: Callable[[], object]) -> None:
    """Wait on a condition of other processes."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


class Nursery:
    """Forks processes of ``mustela`` (:mod:`tests.cluster.nursery`)."""

    def __init__(self, directory: Path, url: str, journal: Journal, lease: float) -> None:
        package = directory / "site" / "cluster-0.dist-info"
        package.mkdir(parents=True)
        (package / "METADATA").write_text("Metadata-Version: 2.1\nName: cluster\nVersion: 0\n")
        (package / "entry_points.txt").write_text(
            "[mustela.collections]\ncluster = tests.cluster.collection:CLUSTER\n"
        )
        variables = {
            "PYTHONPATH": os.pathsep.join([str(package.parent), str(PROJECT)]),
            "MUSTELA_DATABASE_URL": url,
            JOURNAL: str(journal.path),
            LEASE: str(lease),
        }
        with (directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.cluster.nursery"],
                cwd=PROJECT,
                env=unmeasured(environment(directory, **variables)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def fork(self, role: Role, data: Path, concurrency: int) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{role}\t{data}\t{concurrency}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


class Machine:
    """One process, and those that take its place after it was killed."""

    def __init__(self, nursery: Nursery, role: Role, data: Path, concurrency: int) -> None:
        data.mkdir()
        self.role: Role = role
        self._nursery = nursery
        self._data = data
        self._concurrency = concurrency
        self.pid = 0

    def start(self) -> None:
        self.pid = self._nursery.fork(self.role, self._data, self._concurrency)

    def address(self) -> str:
        """Where it answers; waits until it is ready."""
        said = self._data / f"said.{self.pid}"
        until = time.monotonic() + PATIENCE
        while True:
            text = said.read_text() if said.exists() else ""
            if found := re.search(_READY[self.role], text):
                return found[1]
            if time.monotonic() > until or "Traceback" in text:
                raise DidNotStart(f"{self.role} of {self._data} was not ready:\n{text[-4000:]}")
            time.sleep(0.01)

    def end(self) -> None:
        """Kill it with all that it had started."""
        if self.pid:
            outlived = end_group(self.pid, PATIENCE)
            assert not outlived, outlived


class Trouble:
    """When which server was struck, so that a request without an answer has its reason."""

    def __init__(self) -> None:
        self._times: list[tuple[int | None, float, float]] = []

    @contextmanager
    def of(self, server: int | None, afterwards: float = 0.0) -> Iterator[None]:
        """``None``: all of them."""
        self._times.append((server, time.monotonic(), float("inf")))
        place = len(self._times) - 1
        try:
            yield
        finally:
            self._times[place] = (
                server,
                self._times[place][1],
                time.monotonic() + afterwards,
            )

    def since(self, server: int, began: float) -> bool:
        """Whether the server was in trouble at some time since then."""
        return any(which in {None, server} and ended >= began for which, _, ended in self._times)


class Fleet:
    """Two servers, one of which runs jobs too, and three workers."""

    def __init__(self, directory: Path, database: Database, lease: float) -> None:
        self.journal = Journal(directory / "journal")
        self.database = database
        self.trouble = Trouble()
        self.kills = self.stops = self.outages = 0
        self._nursery = Nursery(directory, database.url, self.journal, lease)
        self.machines = [
            Machine(self._nursery, role, directory / f"machine {number}", concurrency)
            for number, (role, concurrency) in enumerate(_MACHINES)
        ]
        self.servers = [one for one in self.machines if one.role == "serve"]
        self.workers = [one for one in self.machines if one.role == "work"]
        self.addresses: list[str] = []

    def start(self) -> None:
        """One after the other creates the database, or finds it made."""
        for one in self.machines:
            one.start()
        self.ready()

    def ready(self) -> None:
        """Wait until all are."""
        for one in self.workers:
            one.address()
        self.addresses = [one.address() for one in self.servers]

    def close(self) -> None:
        for one in self.machines:
            one.end()
        self._nursery.close()

    def _trouble_of(self, machine: Machine) -> int:
        return self.servers.index(machine) if machine.role == "serve" else -1

    @contextmanager
    def killed(self, *machines: Machine) -> Iterator[None]:
        """SIGKILL; after the block there are others in their places."""
        with self.trouble.of(self._trouble_of(machines[0])):
            for one in machines:
                self.journal.killing(one.pid)
            for one in machines:
                one.end()
                self.kills += 1
            yield
            for one in machines:
                one.start()
            self.ready()

    @contextmanager
    def stopped(self, machine: Machine) -> Iterator[None]:
        """SIGSTOP until others have declared it dead; it goes on after the block."""
        with self.trouble.of(self._trouble_of(machine)):
            self.journal.stopping(machine.pid)
            os.killpg(machine.pid, Signals.SIGSTOP)
            try:
                wait_until(lambda: not self.database.knows(machine.pid))
                self.stops += 1
                yield
            finally:
                os.killpg(machine.pid, Signals.SIGCONT)
            wait_until(lambda: self.database.knows(machine.pid))  # under another name

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """It crashes; after the block it is back."""
        with self.trouble.of(None, RECONNECTING):
            self.database.take_away()
            self.outages += 1
            try:
                yield
            finally:
                self.database.bring_back()
