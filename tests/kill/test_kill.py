"""The whole server, killed at random moments under load: nothing acknowledged is lost.

``MUSTELA_KILLS`` says how many kills the long runs have together (500 where it is not set).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mustela.jobs.testing import (
    Client,
    Journal,
    Report,
    Start,
    Told,
    Violation,
    kill_repeatedly,
    whole_sqlite,
)
from tests.kill.mustela import MustelaClient, Nursery, make_library, mustela_serve
from tests.kill.mutants import MUTANTS


class Site:
    """A library, the data of a server, and the journal of its jobs."""

    def __init__(self, directory: Path, mutant: str = "") -> None:
        self.library = directory / "library"
        self.data = directory / "data"
        self.journal = Journal(directory / "journal")
        self.nursery = Nursery(self.data, self.journal.path, mutant)
        make_library(self.library)

    def add_root(self) -> None:
        """The catalog has its videos before anybody is killed."""
        server = self.nursery()
        client = MustelaClient(server.address(60), 0, library=self.library)
        client.add_root()
        client.close()
        server.kill(60)

    def kill(self, kills: int, seed: int, *, start: Start | None = None, **options: Any) -> Report:
        return kill_repeatedly(
            start or self.nursery,
            partial(MustelaClient, library=self.library),
            kills=kills,
            seed=seed,
            journal=self.journal,
            checks=[whole_sqlite(self.data / "mustela.db")],
            last_look=kept,
            **options,
        )


def kept(client: Client, told: Told) -> Iterator[Violation]:
    assert isinstance(client, MustelaClient)
    return client.everything_is_kept(told)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.add_root()
    yield site
    site.nursery.close()


def hold(report: Report, kills: int) -> None:
    """What every run must come to; the figures are printed for who wants to see them."""
    print(report)  # noqa: T201  # shown by `pytest -s`, and where a test fails
    assert report.violations == []
    assert report.kills == kills
    assert report.jobs
    assert report.writes


def test_a_killed_server_comes_back_with_all_that_it_acknowledged(site: Site) -> None:
    report = site.kill(20, seed=3, requests=20)
    hold(report, 20)
    assert report.cut_off


def test_of_two_servers_on_the_same_data_the_living_one_takes_over(site: Site) -> None:
    hold(site.kill(5, seed=5, servers=2, requests=20), 5)


def test_the_command_itself_is_killed_with_its_children(site: Site) -> None:
    command = mustela_serve(site.data, site.journal.path)
    hold(site.kill(2, seed=7, start=command, requests=20, killed_at_start=0), 2)


LONG = int(os.environ.get("MUSTELA_KILLS", "500"))


@pytest.mark.faults
def test_hundreds_of_kills_lose_nothing(site: Site) -> None:
    kills = LONG * 4 // 5
    hold(site.kill(kills, seed=LONG, requests=60), kills)


@pytest.mark.faults
def test_a_hundred_kills_of_one_of_two_servers_lose_nothing(site: Site) -> None:
    kills = LONG - LONG * 4 // 5
    hold(site.kill(kills, seed=LONG + 1, servers=2, requests=60), kills)


@pytest.mark.faults
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_server_that_breaks_a_promise_for_real_is_found_out(mutant: str, tmp_path: Path) -> None:
    _, kind, servers = MUTANTS[mutant]
    site = Site(tmp_path, mutant)
    try:
        site.add_root()
        found: list[Violation] = []
        for seed in range(10):  # how soon is a matter of luck
            found = site.kill(5, seed=seed, servers=servers, patience=8.0).violations
            if found:
                break
        assert kind in {one.kind for one in found}, found
    finally:
        site.nursery.close()
