"""Clients at work while machines are killed and stopped, and the database crashes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Literal, NamedTuple

from mustela.jobs.testing import JournalReader, Unanswered, Violation
from tests.cluster.client import ClusterClient, Seen
from tests.cluster.fleet import PATIENCE, Fleet, Machine, wait_until
from tests.cluster.verdict import Row, judged, rows

Event = Literal["kill a worker", "kill two workers", "kill a server", "stop a worker", "outage"]
#: A blow falls within so many seconds after a request was answered: amid others.
_AMID = 0.05
#: Seconds of a lease: soon over, and long for a process that only has to wait for its turn.
LEASE = 2.5
#: Seconds that a client waits after a request that got no answer.
_BREATH = 0.1
#: Clients; each writes videos of its own.
CLIENTS = 4


class Figures(NamedTuple):
    """What came of it."""

    seed: int
    seconds: float
    fleet: Fleet
    seen: Seen
    journal: JournalReader
    found: dict[str, Row]
    violations: list[Violation]

    def __str__(self) -> str:
        fleet, told, counts = self.fleet, self.seen.told, self.seen.counts
        statuses = [row.status for row in self.found.values()]
        ends = ", ".join(f"{statuses.count(one)} {one}" for one in sorted(set(statuses)))
        asked = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        return (
            f"{fleet.kills} kills, {fleet.stops} stops, {fleet.outages} outages; "
            f"{len(told.jobs)} jobs ({ends}), {self.journal.runs} executions "
            f"({self.journal.cut_off} cut off, {self.journal.overtaken} overtaken), "
            f"{len(told.writes)} writes acknowledged, {told.unanswered} not; {asked}; "
            f"{len(self.violations)} violations; {self.seconds:.0f} s, "
            f"{len(told.jobs) / self.seconds:.0f} jobs/s, seed {self.seed}"
        )


def strike(fleet: Fleet, events: Iterator[Event], seed: int, *, requests: int) -> Figures:
    """Each of the events comes amid the requests of clients, ``requests`` answers after the last.

    So many come, too, while somebody is missing.
    """
    chance, seen = Random(seed), Seen()
    reader = JournalReader(fleet.journal.path)
    began = time.monotonic()
    with _load(fleet, seen, chance) as answered:
        for event in events:
            answered(chance.randint(1, requests))
            time.sleep(chance.uniform(0, _AMID))  # it is what is random here
            with _event(fleet, event, chance):
                answered(0 if event == "outage" else chance.randint(1, requests))
                if event == "outage":
                    time.sleep(chance.uniform(0, 3 * LEASE))  # shorter, and longer
        answered(requests)
    _all_over(fleet, seen)
    seconds = time.monotonic() - began
    violations = [*reader.news(), *seen.violations]
    found = rows(fleet.database)
    violations += judged(found, seen.told.jobs, seen.cancelled, reader.ended)
    violations += [Violation("write_lost", what) for what in _notes_astray(fleet, seen)]
    return Figures(seed, seconds, fleet, seen, reader, found, violations)


@contextmanager
def _event(fleet: Fleet, event: Event, chance: Random) -> Iterator[None]:
    def some(of: Sequence[Machine], count: int = 1) -> list[Machine]:
        return chance.sample(of, count)

    with ExitStack() as stack:
        match event:
            case "kill a worker":
                stack.enter_context(fleet.killed(*some(fleet.workers)))
            case "kill two workers":
                stack.enter_context(fleet.killed(*some(fleet.workers, 2)))
            case "kill a server":
                stack.enter_context(fleet.killed(*some(fleet.servers)))
            case "stop a worker":
                stack.enter_context(fleet.stopped(*some(fleet.workers)))
            case "outage":
                stack.enter_context(fleet.without_database())
        yield


@contextmanager
def _load(fleet: Fleet, seen: Seen, chance: Random) -> Iterator[Callable[[int], None]]:
    """Clients at work; what is given waits until they have done so much more."""
    enough, done = threading.Event(), threading.Condition()
    total = 0

    def work(number: int, own: Random) -> None:
        nonlocal total
        client = ClusterClient(fleet, seen, number, CLIENTS)
        try:
            while not enough.is_set():
                try:
                    client.act(own)
                except Unanswered:
                    enough.wait(_BREATH)
                    continue
                with done:
                    total += 1
                    done.notify_all()
        except Exception as error:  # noqa: BLE001  # the edge of a thread: it is told, not lost
            seen.violated("answered_wrongly", f"{type(error).__name__}: {error}")
        finally:
            client.close()

    def answered(requests: int) -> None:
        with done:
            until = total + requests
            assert done.wait_for(lambda: total >= until, PATIENCE), "clients stand still"

    threads = [
        threading.Thread(target=work, args=(number, Random(chance.random())))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def _all_over(fleet: Fleet, seen: Seen) -> None:
    """Every job that anybody was told of comes to its end, and both servers say so."""
    client = ClusterClient(fleet, seen, 0, CLIENTS)
    try:
        client.cancel_rest()
        unfinished = "SELECT count(*) FROM jobs WHERE status IN ('pending', 'running')"
        wait_until(lambda: fleet.database.rows(unfinished) == [(0,)])
        for server in (0, 1):
            for id in sorted(seen.told.jobs):
                if not client.over(server, id):
                    seen.violated("job_lost", f"server {server} does not know that {id} is over")
        client.nothing_changed()
    finally:
        client.close()


def _notes_astray(fleet: Fleet, seen: Seen) -> Iterator[str]:
    """The database, and both servers, hold what was acknowledged last."""
    notes = {id: note for id, note in fleet.database.notes().items() if note is not None}
    yield from seen.told.astray(notes)
    client = ClusterClient(fleet, seen, 0, CLIENTS)
    try:
        for server in (0, 1):
            if client.read(server, list(notes)) != notes:
                yield f"server {server} answers others than the database holds"
    finally:
        client.close()
