"""PostgreSQL: reads by 32 tasks, against psycopg by itself and SQLAlchemy's async session.

The server is started for this run, with its defaults (durable). ``add`` is measured besides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from benchmarks.figure import Outcome, Skipped, compared
from benchmarks.options import Options
from benchmarks.rounds import contenders, rates, take_turns
from benchmarks.sample_videos import fill
from mustela.store.testing.postgres import PostgresServer, PostgresUnavailable


def measure(options: Options) -> Iterator[Outcome]:
    try:
        server = PostgresServer(durable=True, settings={"shared_buffers": "512MB"}).start()
    except PostgresUnavailable as error:
        yield Skipped("reads on PostgreSQL", str(error))
        return
    with server:
        url = server.create_database()
        asyncio.run(fill(url, options.videos))
        yield from _compare(options, url)


def _compare(options: Options, url: str) -> Iterator[Outcome]:
    with (
        contenders(postgres_store=(url,), psycopg_store=(url,), alchemy_postgres=(url,)) as started,
        contenders(postgres_store=(url, 0)) as forgetting,
    ):
        measured = {}
        for operation in ("get", "list", "add"):
            turns = {
                "ours": (started["postgres_store"], operation),
                "psycopg": (started["psycopg_store"], operation),
            }
            if operation != "add":
                turns["alchemy"] = (started["alchemy_postgres"], operation)
            if operation == "list":
                turns["cold"] = (forgetting["postgres_store"], operation)
            measured[operation] = take_turns(turns, options.rounds, options.seconds, options.tasks)
    for what, operation, ours, peer, target in (
        ("get", "get", "ours", "psycopg", 0.7),
        ("get", "get", "ours", "alchemy", 3.0),
        ("list_videos(100)", "list", "ours", "psycopg", None),
        ("list_videos(100), nothing kept", "list", "cold", "psycopg", None),
        ("list_videos(100)", "list", "ours", "alchemy", None),
        ("add", "add", "ours", "psycopg", None),
    ):
        names = {"psycopg": "psycopg, async", "alchemy": "SQLAlchemy's async session"}
        yield compared(
            f"PostgreSQL: {what}",
            rates(measured[operation][ours]),
            rates(measured[operation][peer]),
            "/s",
            target=target,
            peer_name=names[peer],
        )
