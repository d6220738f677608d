"""Routes of images, as ``http_routes`` measures those of videos; and a hundred who ask for a list.

The soak is measured against what was promised: 1,000 answers a second, of which 99 in a hundred
take at most 500 ms, and no error; undisturbed, and while a second process adds fifty images a
second, each in a commit of its own. ``--long`` soaks for 30 s instead of 5.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from benchmarks.figure import Figure, Outcome, Skipped
from benchmarks.http_load import Server, Soak, wrk
from benchmarks.http_routes import CACHE_BYTES, SERVER, measure_routes
from benchmarks.options import Options
from benchmarks.sample_radio import images_database

LIST = "/api/v1/images?limit=100"
CONNECTIONS = 100
WRITES = 50
RATE, P99_MS = 1000, 500


def measure(options: Options) -> Iterator[Outcome]:
    if wrk() is None:
        yield Skipped("images", "wrk is not installed (Debian and Ubuntu: apt install wrk)")
        return
    yield from measure_routes(images_database(options.directory, options.images), "images", options)


def measure_soak(options: Options) -> Iterator[Outcome]:
    if wrk() is None:
        yield Skipped("the soak", "wrk is not installed (Debian and Ubuntu: apt install wrk)")
        return
    seconds = 30.0 if options.long else 5.0
    made = images_database(options.directory, options.images)
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        # The ingest changes the database: a copy keeps it for the next run.
        database = Path(shutil.copy(made, directory))
        with closing(Server(*SERVER, database, cache_bytes=CACHE_BYTES)) as server:
            server.soak(LIST, 1, CONNECTIONS)
            yield from _figures("", server.soak(LIST, seconds, CONNECTIONS))
            with _ingest(database) as written:
                found = server.soak(LIST, seconds, CONNECTIONS)
            yield from _figures(", during an ingest", found)
            yield Figure(
                "images added meanwhile", written[0], WRITES, "/s", written[0] / WRITES, 0.9
            )


def _figures(when: str, found: Soak) -> Iterator[Outcome]:
    what = f"GET /images?limit=100, {CONNECTIONS} connections{when}"
    promise = "the promise"
    yield Figure(what, found.rate, RATE, "/s", found.rate / RATE, 1, peer_name=promise)
    yield Figure(
        f"{what}: p99",
        found.p99,
        P99_MS,
        "ms",
        found.p99 / P99_MS,
        1,
        at_least=False,
        peer_name=promise,
    )
    yield Figure(
        f"{what}: errors", found.errors, 0, "", found.errors, 0, at_least=False, peer_name=promise
    )


@contextmanager
def _ingest(database: Path) -> Iterator[list[float]]:
    """A process that adds images; afterwards the list says how many a second it added."""
    module = "benchmarks.contenders.image_writer"
    written: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-m", module, str(database), str(WRITES)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        try:
            yield written
        finally:
            process.stdin.close()
        written.append(msgspec.json.decode(process.stdout.read())["rate"])
