"""Roots that are watched by a real server."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Serve
from tests.e2e.test_server_process import names
from tests.processes import Server, eventually

WATCHING = {"MUSTELA_WATCH_ROOTS": "true"}


def test_what_changes_in_a_folder_is_in_the_catalog_without_being_asked_for(
    serve: Serve, library: Path
) -> None:
    server = serve("--workers", "2", library, variables=WATCHING)
    server.scanned()
    eventually(lambda: root_of(server)["watched"])
    before = root_of(server)
    id = by_name(server, "mountain.mp4")["id"]
    (library / "trip" / "mountain.mp4").rename(library / "trip" / "hill.mp4")
    eventually(lambda: any(path.endswith("hill.mp4") for path in server.paths()))
    moved = by_name(server, "hill.mp4")
    assert (moved["id"], moved["missing_since"]) == (id, None)
    shutil.copy(library / "trip" / "hill.mp4", library / "trip" / "copy.mp4")
    with (library / "trip" / "copy.mp4").open("ab") as file:
        file.write(b"not the same any more")
    eventually(lambda: any(path.endswith("copy.mp4") for path in server.paths()))
    (library / "trip" / "copy.mp4").unlink()
    eventually(lambda: by_name(server, "copy.mp4")["missing_since"])
    assert root_of(server)["last_scan_at"] == before["last_scan_at"]
    narrow = [job for job in server.jobs() if "below" in job["parameters"]]
    assert {job["actor"] for job in narrow} == {"watch"}
    assert len(server.paths()) == len(names(library)) + 1
    assert server.end(signal.SIGINT) == 130
    assert server.err == []


def root_of(server: Server) -> Any:
    (root,) = server.get("/roots")["items"]
    return root


def by_name(server: Server, name: str) -> Any:
    (video,) = server.get("/videos", filename=name)["items"]
    return video
