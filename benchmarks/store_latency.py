"""The slowest point reads while searches and a scan run, against when nothing else does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from benchmarks.figure import Outcome, compared
from benchmarks.file_tree import make_tree
from benchmarks.options import Options
from benchmarks.rounds import contenders, rates
from benchmarks.sample_videos import make_databases

FILES = 20_000
SECONDS = 1.0


def measure(options: Options) -> Iterator[Outcome]:
    database, _ = make_databases(options.directory, options.videos)
    copy = options.directory / "busy.db"
    for stale in options.directory.glob("busy.db*"):
        stale.unlink()
    shutil.copy(database, copy)  # nobody has it open
    tree = make_tree(options.directory, FILES)
    idle, busy = [], []
    with contenders(busy_store=(copy, tree)) as started:
        process = started["busy_store"]
        process.turn("get", SECONDS, options.tasks)
        for _ in range(3 if options.quick else 9):
            idle.append(process.turn("get", SECONDS, options.tasks))
            process.turn("begin", 0, 1)
            busy.append(process.turn("get", SECONDS, options.tasks))
            process.turn("stop", 0, 1)
    for key, target in (("p99", 10.0), ("p50", None)):
        yield compared(
            f"get, {key} while searches and a scan run",
            rates(busy, key),
            rates(idle, key),
            "ms",
            target=target,
            at_least=False,
            peer_name="idle",
        )
