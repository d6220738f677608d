"""Libraries and servers for tests of whole processes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.media import copy_media, make_media, settle
from tests.processes import Gate, Server

Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(tmp_path_factory.mktemp("media"))


@pytest.fixture
def library(media: Path, tmp_path: Path) -> Path:
    """A directory with three videos."""
    return copy_media(media, tmp_path / "library")


@pytest.fixture
def held_library(library: Path) -> Path:
    """Besides, a video that a gate holds, in the middle of the walk."""
    shutil.copy(library / "beach.mp4", library / "held.mp4")
    settle(library)
    return library


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def serve(data: Path) -> Iterator[Serve]:
    """``serve(DIR, ...)`` starts a server on the data directory; none outlives the test."""
    servers: list[Server] = []

    def start(*arguments: str | Path, **options: Any) -> Server:
        server = Server(*arguments, data=data, **options)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.kill()
