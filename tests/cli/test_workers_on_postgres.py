"""Server processes that only serve, and workers beside them, on one PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from signal import SIGTERM
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.processes import Running, Server, eventually

pytestmark = pytest.mark.postgres
pytest.importorskip("procrastinate", reason="needs mustela[postgres]")


class Site:
    """Two server processes that run no jobs, and a worker."""

    def __init__(self, stack: ExitStack, directory: Path, url: str, library: Path) -> None:
        self._stack, self._data = stack, directory / "data"
        self._variables = {"MUSTELA_DATABASE_URL": url}
        only_serves = {**self._variables, "MUSTELA_CONCURRENCY": "0"}
        self.server = Server(*("--workers", "2", library), data=self._data, variables=only_serves)
        stack.callback(self.server.kill)

    def worker(self) -> Running:
        started = Running(
            *("worker", "--data-dir", self._data),
            home=self._data.parent / "home",
            variables=self._variables,
        )
        self._stack.callback(started.kill)
        return started

    def get(self, path: str) -> Any:
        answer = self.server.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def queue(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/services/status/queue")
        return found


@pytest.fixture
def site(tmp_path: Path, postgres_url: str, library: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(stack, tmp_path, postgres_url, library)


def test_servers_leave_jobs_to_workers_and_say_so(site: Site, mustela: Run) -> None:
    def scans() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = site.get("/jobs?type=video.scan")["items"]
        return found

    assert [one["status"] for one in scans()] == ["pending"]
    nobody = site.queue()
    assert (nobody["state"], "mustela worker" in nobody["message"]) == ("degraded", True)
    worker = site.worker()
    eventually(lambda: scans()[0]["status"] == "completed")
    assert scans()[0]["result"]["catalogued"] == 3
    # What was found a moment ago is told again.
    eventually(lambda: site.queue()["message"] == "this process runs no jobs; 1 others do")
    (at_work,) = (one for one in site.get("/queue")["workers"] if one["takes"])
    assert (at_work["slots"], at_work["pid"]) == (4, worker.pid)
    assert worker.end(SIGTERM) == 0
    assert site.server.end(SIGTERM) == 0
