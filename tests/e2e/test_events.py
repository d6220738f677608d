"""Events of real server processes: of all of them, and of commands beside them."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import msgspec
from websockets.sync.client import connect

from tests.e2e.conftest import Serve
from tests.processes import PATIENCE, Server, eventually, run


class Follower:
    """Follows the events on a connection of its own, which any server process may have taken."""

    def __init__(self, server: Server, topics: str) -> None:
        self._url = f"{server.url}/api/v1/events?topics={topics}"
        self.heard: list[dict[str, Any]] = []
        self.started = threading.Event()
        self.ended_well = False
        self.thread = threading.Thread(target=self._follow)
        self.thread.start()
        assert self.started.wait(PATIENCE)

    def _follow(self) -> None:
        with (
            httpx.Client(trust_env=False, timeout=PATIENCE) as client,
            client.stream("GET", self._url) as response,
        ):
            for line in response.iter_lines():
                if line.startswith("id: "):
                    self.started.set()
                if line.startswith("data: "):
                    self.heard.append(msgspec.json.decode(line.removeprefix("data: ")))
            self.ended_well = True

    def keys(self, topic: str) -> set[str]:
        return {told["key"] for told in self.heard if told["topic"] == topic}


def test_every_process_tells_of_its_own_commits_of_the_others_and_of_commands(
    serve: Serve, library: Path, data: Path, tmp_path: Path
) -> None:
    server = serve("--workers", "2")
    followers = [Follower(server, "jobs,video") for _ in range(4)]
    done = run("scan", library, "--data-dir", data, home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    videos = {video["id"] for video in server.get("/videos")["items"]}
    assert len(videos) == 3
    with httpx.Client(trust_env=False) as client:  # a new connection: any process
        for id in videos:
            changed = client.patch(f"{server.url}/api/v1/videos/{id}", json={"rating": 5})
            assert changed.status_code == 200
    audited = {entry["change_id"] for entry in server.get("/audit", actor="user:local")["items"]}
    assert len(audited) == 3
    job = server.scanned()["id"]
    for follower in followers:
        eventually(lambda: follower.keys("video") >= videos)  # noqa: B023  # at once
        eventually(lambda: audited <= {told["change_id"] for told in follower.heard})  # noqa: B023
        assert job in follower.keys("jobs")
        ids = [told["id"] for told in follower.heard]
        assert ids == sorted(set(ids))
    assert server.end(signal.SIGINT) == 130
    ended_well(server, followers)


def test_open_streams_do_not_hold_a_server_up(serve: Serve) -> None:
    server = serve()
    followers = [Follower(server, "jobs"), Follower(server, "")]
    address = server.url.replace("http://", "ws://") + "/api/v1/ws"
    with connect(address) as socket:
        assert msgspec.json.decode(socket.recv())["type"] == "start"
        assert server.end(signal.SIGTERM) == 0
    ended_well(server, followers)


def ended_well(server: Server, followers: list[Follower]) -> None:
    """The answers were ended, and not cut off at the end of the grace."""
    for follower in followers:
        follower.thread.join(PATIENCE)
        assert follower.ended_well
    assert server.err == []
