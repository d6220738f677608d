"""``mustela serve --workers 2``: several processes, one server."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import Serve
from tests.processes import READY, Server, eventually, gone, group, is_alive

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="finds processes in /proc (Linux)"
)


def workers(server: Server) -> list[int]:
    """The server processes."""
    found = []
    for pid in group(server.pid):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            continue
        if pid != server.pid and b"spawn_main" in words:
            found.append(pid)
    return sorted(found)


@pytest.fixture
def server(serve: Serve, library: Path) -> Server:
    server = serve("--workers", "2", library)
    server.scanned()
    return server


def test_they_serve_one_catalog_and_end_together(server: Server) -> None:
    assert len(workers(server)) == 2
    id_ = server.get("/videos")["items"][0]["id"]
    for note in ("one", "two", "three"):
        with httpx.Client(trust_env=False) as client:  # a new connection: any of them
            changed = client.patch(f"{server.url}/api/v1/videos/{id_}", json={"note": note})
            assert changed.status_code == 200
        with httpx.Client(trust_env=False) as client:
            assert client.get(f"{server.url}/api/v1/videos/{id_}").json()["note"] == note
    everybody = group(server.pid)
    assert server.end(signal.SIGINT) == 130
    assert [line for line in server.out if READY.fullmatch(line)] == server.out
    assert len(server.out) == 1
    assert server.err == []
    # What multiprocessing keeps for itself ends a moment after its parent.
    eventually(lambda: not [pid for pid in everybody if is_alive(pid)])


@pytest.mark.faults
def test_one_that_is_killed_is_replaced(server: Server) -> None:
    before = workers(server)
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(workers(server)) == 2 and before[0] not in workers(server))
    eventually(lambda: server.client.get("/health/live").status_code == 200)
    assert len(server.paths()) == 3
    assert server.end(signal.SIGTERM) == 0
    assert len(server.out) == 1


@pytest.mark.faults
def test_none_outlives_the_parent(server: Server) -> None:
    everybody = group(server.pid)
    assert len(everybody) >= 3
    os.kill(server.pid, signal.SIGKILL)
    for pid in everybody:
        gone(pid)
    server.end()
