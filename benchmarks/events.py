"""What 200 idle clients that follow the events cost everybody else.

Two servers, alike but for the clients, answer the same requests in turns.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

from benchmarks.figure import Outcome, Skipped, compared
from benchmarks.http_load import Server, wrk
from benchmarks.http_routes import CACHE_BYTES, SECONDS, SERVER, detail_paths
from benchmarks.options import Options
from benchmarks.sample_videos import make_databases

FOLLOWERS = 200
_REQUEST = b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def follow(port: int) -> socket.socket:
    """A client that follows: it has heard where the stream begins."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(_REQUEST)
    heard = b""
    while b"\nid: " not in heard:
        part = connection.recv(65536)
        if not part:
            raise RuntimeError(f"the stream ended: {heard!r}")
        heard += part
    return connection


def measure(options: Options) -> Iterator[Outcome]:
    if wrk() is None:
        yield Skipped("events", "wrk is not installed (Debian and Ubuntu: apt install wrk)")
        return
    database, _ = make_databases(options.directory, options.videos)
    followed: dict[str, list[float]] = {}
    alone: dict[str, list[float]] = {}
    with (
        closing(Server(*SERVER, database, cache_bytes=CACHE_BYTES)) as busy,
        closing(Server(*SERVER, database, cache_bytes=CACHE_BYTES)) as quiet,
        ExitStack() as followers,
    ):
        details = detail_paths(quiet)
        for _ in range(FOLLOWERS):
            followers.enter_context(closing(follow(busy.port)))
        routes = {"a bare handler": ["/bare"], "GET /videos/{id}": details}
        for number in range(7 if options.quick else 25):
            for name, paths in routes.items():
                pair = [(busy, followed), (quiet, alone)]
                for server, rates in pair if number % 2 else reversed(pair):
                    rate = server.rate(paths, SECONDS)
                    if number:  # the first round warms up
                        rates.setdefault(name, []).append(rate)
    for name in routes:
        yield compared(
            f"{name}, {FOLLOWERS} idle clients that follow events",
            followed[name],
            alone[name],
            "/s",
            target=0.95,
            peer_name="nobody follows",
        )
