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


class Rates:
    """Answers of one server by route: a second, and a second of its processor's time.

    The latter is the steadier one: other programs on the machine do not take from it.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self.by_clock: dict[str, list[float]] = {}
        self.by_processor: dict[str, list[float]] = {}

    def take(self, name: str, paths: list[str]) -> None:
        """One round."""
        before = self._server.processor_seconds()
        rate = self._server.rate(paths, SECONDS)
        after = self._server.processor_seconds()
        self.by_clock.setdefault(name, []).append(rate)
        if before is not None and after is not None:
            self.by_processor.setdefault(name, []).append(rate * SECONDS / (after - before))


def measure(options: Options) -> Iterator[Outcome]:
    if wrk() is None:
        yield Skipped("events", "wrk is not installed (Debian and Ubuntu: apt install wrk)")
        return
    database, _ = make_databases(options.directory, options.videos)
    with (
        closing(Server(*SERVER, database, cache_bytes=CACHE_BYTES)) as busy,
        closing(Server(*SERVER, database, cache_bytes=CACHE_BYTES)) as quiet,
        ExitStack() as followers,
    ):
        details = detail_paths(quiet)
        for _ in range(FOLLOWERS):
            followers.enter_context(closing(follow(busy.port)))
        routes = {"a bare handler": ["/bare"], "GET /videos/{id}": details}
        for server in (busy, quiet):
            for paths in routes.values():
                server.rate(paths, SECONDS)
        followed, alone = Rates(busy), Rates(quiet)
        for number in range(6 if options.quick else 24):
            for name, paths in routes.items():
                for rates in (followed, alone) if number % 2 else (alone, followed):
                    rates.take(name, paths)
    for measure_of, ours, peers in (
        ("", followed.by_clock, alone.by_clock),
        (", by processor time", followed.by_processor, alone.by_processor),
    ):
        for name in ours:
            yield compared(
                f"{name}{measure_of}",
                ours[name],
                peers[name],
                "/s",
                target=0.95,
                peer_name=f"without {FOLLOWERS} followers",
            )
