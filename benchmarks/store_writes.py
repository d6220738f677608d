"""Durable inserts by 32 tasks (synchronous=FULL), against aiosqlite with and without a lock."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figure import Outcome, compared
from benchmarks.options import Options
from benchmarks.rounds import contenders, rates, take_turns
from benchmarks.sample_videos import make_databases


def measure(options: Options) -> Iterator[Outcome]:
    ours, peer = make_databases(options.directory, options.videos)
    with contenders(mustela_store=(ours,), aiosqlite_store=(peer,)) as started:
        measured = take_turns(
            {
                "ours": (started["mustela_store"], "add"),
                "locked": (started["aiosqlite_store"], "add"),
                "unlocked": (started["aiosqlite_store"], "add_unlocked"),
            },
            options.rounds,
            options.seconds,
            options.tasks,
        )
    added = {name: rates(answers) for name, answers in measured.items()}
    yield compared(
        "add",
        added["ours"],
        added["locked"],
        "/s",
        target=6,
        peer_name="aiosqlite, a lock around unit and commit",
    )
    yield compared(
        "add",
        added["ours"],
        added["unlocked"],
        "/s",
        peer_name="aiosqlite without the lock (incorrect)",
    )
