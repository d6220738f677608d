"""Reads by 32 tasks from 100,000 videos, against aiosqlite and advanced-alchemy.

Records of the beginning of a list are kept while they are current; with *nothing kept* all of them
are read each time, as those are that have changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figure import Outcome, compared
from benchmarks.options import Options
from benchmarks.rounds import contenders, rates, take_turns
from benchmarks.sample_videos import make_databases


def measure(options: Options) -> Iterator[Outcome]:
    ours, peer = make_databases(options.directory, options.videos)
    with (
        contenders(
            mustela_store=(ours,), aiosqlite_store=(peer,), alchemy_store=(peer,)
        ) as started,
        contenders(mustela_store=(ours, 0)) as forgetting,
    ):
        get = take_turns(
            {
                "ours": (started["mustela_store"], "get"),
                "aiosqlite": (started["aiosqlite_store"], "get"),
                "alchemy": (started["alchemy_store"], "get"),
                "tuned": (started["alchemy_store"], "get_tuned"),
            },
            options.rounds,
            options.seconds,
            options.tasks,
        )
        lists = take_turns(
            {
                "ours": (started["mustela_store"], "list"),
                "aiosqlite": (started["aiosqlite_store"], "list"),
                "cold": (forgetting["mustela_store"], "list"),
            },
            options.rounds,
            options.seconds,
            options.tasks,
        )
    gets = {name: rates(measured) for name, measured in get.items()}
    for peer_name, target, name in (
        ("aiosqlite", 4.5, "aiosqlite"),
        ("advanced-alchemy", 45.0, "alchemy"),
        ("advanced-alchemy, a connection for each task", None, "tuned"),
    ):
        yield compared("get", gets["ours"], gets[name], "/s", target=target, peer_name=peer_name)
    for what, name, list_target in (
        ("list_videos(100)", "ours", 2.5),
        ("list_videos(100), nothing kept", "cold", None),
    ):
        yield compared(
            what,
            rates(lists[name]),
            rates(lists["aiosqlite"]),
            "/s",
            target=list_target,
            peer_name="aiosqlite",
        )
