"""Two servers and three workers on one PostgreSQL, killed and stopped under load.

What is looked at: every job that a client was told of ends, cancelled where that was asked for; no
job runs on two living machines at once, and none twice that may not; an end, a line of a log and a
record that were acknowledged are there, once, and by whom they should be; what a server answers to
an ``ETag`` of the other is true. ``MUSTELA_CLUSTER_SECONDS`` says how long the long run takes
(90 where it is not set), ``MUSTELA_CLUSTER_SEED`` which one it is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from mustela.store.testing.postgres import PostgresServer, PostgresUnavailable
from tests.cluster.chaos import CLIENTS, LEASE, Event, Figures, strike
from tests.cluster.client import ClusterClient, Seen
from tests.cluster.database import Database
from tests.cluster.fleet import Fleet
from tests.kill.mustela import make_library

pytestmark = pytest.mark.postgres
pytest.importorskip("procrastinate", reason="needs mustela[postgres]")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    try:
        server = PostgresServer(settings={"synchronous_commit": "on"}).start()
    except PostgresUnavailable as error:
        pytest.skip(str(error))
    with server:
        url = server.create_database()
        fleet = Fleet(tmp_path, Database(server, url), LEASE)
        try:
            fleet.start()
            add_library(fleet, tmp_path / "library")
            yield fleet
        finally:
            fleet.database.forget()
            fleet.close()


def add_library(fleet: Fleet, library: Path) -> None:
    """Records that clients write: scanned by whoever takes the job."""
    make_library(library)
    client = ClusterClient(fleet, Seen(), 0, CLIENTS)
    client.send(0, "POST", "/roots", json={"path": str(library)})
    job = client.send(1, "POST", "/videos/scan", json={"path": str(library)})["job_id"]
    assert client.send(0, "GET", f"/jobs/{job}/wait?timeout=60")["status"] == "completed"
    client.close()


def hold(figures: Figures) -> None:
    """What every run must come to; the figures are printed for who wants to see them."""
    print(figures)  # noqa: T201  # shown by `pytest -s`, and where a test fails
    assert figures.violations == []
    counts = figures.seen.counts
    assert min(counts["cancels"], counts["waits"], counts["lists after a write"]) > 0
    assert figures.journal.cut_off > 0


def test_of_several_machines_some_die_and_nothing_is_lost(fleet: Fleet) -> None:
    seed = 11
    events: list[Event] = ["kill a worker", "kill a server", "stop a worker", "kill two workers"]
    Random(seed).shuffle(events)
    hold(strike(fleet, iter(events), seed, requests=10))


@pytest.mark.faults
def test_for_a_long_time_machines_die_and_the_database_crashes(fleet: Fleet) -> None:
    if not fleet.database.may_crash:
        pytest.skip("it is somebody else's PostgreSQL, which is not taken away")
    seed = int(os.environ.get("MUSTELA_CLUSTER_SEED", "13"))
    until = time.monotonic() + float(os.environ.get("MUSTELA_CLUSTER_SECONDS", "90"))

    def events() -> Iterator[Event]:
        chance = Random(seed)
        usual: list[Event] = ["kill a worker", "kill two workers", "kill a server", "stop a worker"]
        while time.monotonic() < until:
            yield from chance.sample(usual, len(usual))
            yield "outage"

    hold(strike(fleet, events(), seed, requests=150))
    assert fleet.outages > 0
