"""A rescan of unchanged files, against ``os.walk`` with ``os.stat`` of the same tree."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, Outcome, compared
from benchmarks.file_tree import make_tree
from benchmarks.options import Options
from benchmarks.peak_memory import PeakMemory
from benchmarks.rounds import contenders, rates, take_turns

FILES = 100_000
MANY_FILES = 1_000_000
MOST_MEGABYTES = 150.0
MORE_MEGABYTES = 20.0


def measure(options: Options) -> Iterator[Outcome]:
    measured, peak = _rescan(options, FILES, 3 if options.quick else 9)
    yield compared(
        f"rescan of {FILES:,} unchanged files",
        rates(measured["rescan"], "seconds"),
        rates(measured["walk"], "seconds"),
        "s",
        target=3,
        at_least=False,
        peer_name="os.walk + os.stat",
    )
    yield Figure(
        "its peak memory, with the process that walks",
        peak,
        MOST_MEGABYTES,
        "MB",
        peak / MOST_MEGABYTES,
        1.0,
        at_least=False,
        peer_name="the limit",
    )
    if options.long:
        _, more = _rescan(options, MANY_FILES, 1)
        yield Figure(
            f"peak memory at {MANY_FILES:,} files (ratio: MB more)",
            more,
            peak,
            "MB",
            more - peak,
            MORE_MEGABYTES,
            at_least=False,
            peer_name=f"at {FILES:,} files",
        )


def _rescan(
    options: Options, files: int, rounds: int
) -> tuple[dict[str, list[dict[str, Any]]], float]:
    tree = make_tree(options.directory, files)
    database = options.directory / f"rescan-{files}.db"
    if not database.exists():
        _fill(database, tree)
    with (
        contenders(rescanner=(database, tree), walker=(tree,)) as started,
        PeakMemory(started["rescanner"].pid) as peak,
    ):
        turns = {"walk": (started["walker"], ""), "rescan": (started["rescanner"], "")}
        measured = take_turns(turns, rounds, 0, 1)
    for answer in measured["rescan"]:
        if answer["unchanged"] != files:
            raise RuntimeError(f"not every file was found unchanged: {answer['result']}")
    return measured, peak.megabytes


def _fill(database: Path, tree: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.contenders.rescanner", str(database), str(tree)]
    subprocess.run(command, check=True)
