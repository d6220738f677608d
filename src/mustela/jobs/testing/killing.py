"""A service under load is killed at random moments, and held to what it had acknowledged."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import NamedTuple

from mustela.jobs.testing.checks import Check
from mustela.jobs.testing.client import Client, Connect, LastLook, Unanswered
from mustela.jobs.testing.journal import Journal, JournalReader
from mustela.jobs.testing.process import DidNotStart, Server, Start
from mustela.jobs.testing.report import Kind, Report, Violation
from mustela.jobs.testing.told import Told

#: Seconds between two looks whether jobs are over.
_LOOK = 0.01
#: A server is killed within so many seconds after a request was answered: amid others.
_AMID = 0.02
#: Of violations of one kind at one kill, so many are told.
_LISTED = 10


def kill_repeatedly(
    start: Start,
    connect: Connect,
    *,
    kills: int,
    seed: int,
    journal: Journal | None = None,
    checks: Sequence[Check] = (),
    servers: int = 1,
    clients: int = 3,
    requests: int = 20,
    killed_at_start: float = 0.1,
    patience: float = 60.0,
    last_look: LastLook | None = None,
) -> Report:
    """Kill the service ``kills`` times; what it promised and did not keep is in the report.

    Each round: ``clients`` threads work with the service; after a random number of ``requests``
    at most, and some milliseconds, it is killed, and with it all that it has started; ``checks``
    look at the data; it is started again, and must then hold every acknowledged write, and bring
    every job to its end within ``patience`` seconds. ``journal`` is the file in which its
    handlers note what they execute. A part ``killed_at_start`` of the kills comes while it is
    starting.

    With more than one of ``servers`` on the same data, one of them is killed, and those that live
    have to hold what it promised. ``seed`` decides the moments and what clients ask; it does not
    make two runs equal, since the machine's timing decides as well.
    """
    plan = _Plan(kills, servers, clients, requests, killed_at_start, patience)
    run = _Run(start, connect, journal, checks, plan, Report(seed))
    began = time.monotonic()
    try:
        run.rounds(last_look)
    finally:
        run.report.seconds = time.monotonic() - began
        run.end()
    return run.report


class _Plan(NamedTuple):
    kills: int
    servers: int
    clients: int
    requests: int
    killed_at_start: float
    patience: float


class _Run:
    def __init__(
        self,
        start: Start,
        connect: Connect,
        journal: Journal | None,
        checks: Sequence[Check],
        plan: _Plan,
        report: Report,
    ) -> None:
        self.start = start
        self.connect = connect
        self.journal = journal
        self.reader = None if journal is None else JournalReader(journal.path)
        self.checks = checks
        self.plan = plan
        self.patience = plan.patience
        self.report = report
        self.told = Told()
        self.servers: list[Server] = []
        #: Those that were killed, or are about to be.
        self.struck: list[Server] = []
        #: How long the last start took, in seconds.
        self.start_seconds = 1.0
        #: Requests of this round that were answered, and how who waits for them is told.
        self.answered = 0
        self.told_answered = threading.Condition()

    def rounds(self, last_look: LastLook | None) -> None:
        try:
            self.servers = [self.start() for _ in range(self.plan.servers)]
            self._wait_until_ready()
            self._hold_to_it(self.servers[0])
            while self._more:
                self._round(Random(f"{self.report.seed}-{self.report.kills}"))
            if last_look is not None:
                with self._looking(self.servers[0]) as client:
                    self.report.violations += last_look(client, self.told)
        except DidNotStart as error:
            self._violated("did_not_start", [error.message])
        except Unanswered as error:
            self._violated("did_not_start", [f"it went away by itself: {error.message}"])
        finally:
            self._count()

    @property
    def _more(self) -> bool:
        return self.report.kills < self.plan.kills

    def _round(self, chance: Random) -> None:
        victim = chance.randrange(self.plan.servers)
        with self._load(chance):
            self._until_answered(chance.randint(0, self.plan.requests))
            self._strike(victim, chance.uniform(0, _AMID))
        if self.plan.servers > 1:
            self._hold_to_it(self.servers[victim - 1])
        self.servers[victim] = self.start()
        while self.plan.servers == 1 and self._more and chance.random() < self.plan.killed_at_start:
            self._strike(victim, chance.uniform(0, self.start_seconds))
            self.report.kills_at_start += 1
            self.servers[victim] = self.start()
        self._wait_until_ready()
        self._hold_to_it(self.servers[victim])

    def end(self) -> None:
        """Nothing is left running."""
        for server in self.servers:
            server.kill(self.patience)

    # Parts of a round.

    def _wait_until_ready(self) -> None:
        began = time.monotonic()
        for server in self.servers:
            server.address(self.patience)
        self.start_seconds = time.monotonic() - began

    @contextmanager
    def _load(self, chance: Random) -> Iterator[None]:
        """Clients at work while the block runs; afterwards none is."""
        enough = threading.Event()
        self.answered = 0
        threads = [
            threading.Thread(target=self._work, args=(number, chance.random(), enough))
            for number in range(self.plan.clients)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            enough.set()
            for thread in threads:
                thread.join()

    def _work(self, number: int, seed: float, enough: threading.Event) -> None:
        chance = Random(seed)
        server = self.servers[number % len(self.servers)]
        try:
            client = self.connect(server.address(self.patience), number)
            try:
                while not enough.is_set():
                    client.act(chance, self.told)
                    with self.told_answered:
                        self.answered += 1
                        self.told_answered.notify_all()
            finally:
                client.close()
        except Unanswered as error:
            if server not in self.struck:
                self._violated("answered_wrongly", [f"it went away by itself: {error.message}"])
        except Exception as error:  # noqa: BLE001  # the edge of a thread: it is told, not lost
            self._violated("answered_wrongly", [f"{type(error).__name__}: {error}"])

    def _until_answered(self, requests: int) -> None:
        """However slow the machine: the load is what was done, not how long it took."""
        with self.told_answered:
            self.told_answered.wait_for(lambda: self.answered >= requests, self.patience)

    def _strike(self, victim: int, moment: float) -> None:
        """Kill a server after so many seconds, and look at what is left."""
        time.sleep(moment)  # it is what is random here: nothing is waited for
        server = self.servers[victim]
        self.struck.append(server)
        if self.journal is not None:
            self.journal.killing(server.group)
        outlived = server.kill(self.patience)
        self.report.kills += 1
        self._violated("outlived", [f"process {pid}" for pid in outlived])
        for check in self.checks:
            self._violated("corrupt", check())
        self._read_journal()

    def _hold_to_it(self, server: Server) -> None:
        """Every acknowledged write is there, and every job comes to its end."""
        with self._looking(server) as client:
            self._violated("write_lost", self.told.astray(client.read(self.told.keys())))
            until = time.monotonic() + self.patience
            while unfinished := self._unfinished(client):
                if time.monotonic() > until:
                    self._violated("job_lost", [f"job {id} does not end" for id in unfinished])
                    for id in unfinished:
                        self.told.over(id)  # told once
                    break
                time.sleep(_LOOK)
        self._read_journal()

    def _unfinished(self, client: Client) -> list[str]:
        for id in sorted(self.told.unfinished):
            if client.over(id):
                self.told.over(id)
        return sorted(self.told.unfinished)

    @contextmanager
    def _looking(self, server: Server) -> Iterator[Client]:
        client = self.connect(server.address(self.patience), self.plan.clients)
        try:
            yield client
        finally:
            client.close()

    def _read_journal(self) -> None:
        if self.reader is not None:
            for news in self.reader.news():
                self._violated(news.kind, [news.detail])

    def _violated(self, kind: Kind, details: Iterable[str]) -> None:
        said = list(details)
        for detail in said[:_LISTED]:
            self.report.violations.append(Violation(kind, detail, self.report.kills))
        if len(said) > _LISTED:
            more = f"... and {len(said) - _LISTED} more"
            self.report.violations.append(Violation(kind, more, self.report.kills))

    def _count(self) -> None:
        report = self.report
        report.jobs, report.writes = len(self.told.jobs), len(self.told.writes)
        report.unanswered = self.told.unanswered
        if self.reader is not None:
            self._read_journal()
            report.runs, report.cut_off = self.reader.runs, self.reader.cut_off
