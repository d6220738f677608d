"""Routes by 32 connections, against a bare FastAPI handler behind the same middlewares.

*Computed*: no answer is kept, so that each is read from the database, as after a commit; lists are
put together from encoded records that are kept while they are current. *Cold*: nothing is kept.
*Unchanged*: kept answers, given whole or as 304.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import msgspec

from benchmarks.figure import Outcome, Skipped, compared
from benchmarks.http_load import Server, wrk
from benchmarks.options import Options
from benchmarks.sample_videos import make_databases

#: The server that `mustela serve` starts.
SERVER = ("uvicorn", "auto", "auto")
CACHE_BYTES = 64 * 1024 * 1024
SECONDS = 1.0
LIST = "/api/v1/videos?limit=100"


def detail_paths(server: Server, collection: str = "videos") -> list[str]:
    """A thousand of its items."""
    body, _ = server.get(f"/api/v1/{collection}?limit=1000")
    return [f"/api/v1/{collection}/{item['id']}" for item in msgspec.json.decode(body)["items"]]


def measure(options: Options) -> Iterator[Outcome]:
    if wrk() is None:
        yield Skipped("HTTP routes", "wrk is not installed (Debian and Ubuntu: apt install wrk)")
        return
    database, _ = make_databases(options.directory, options.videos)
    yield from measure_routes(database, "videos", options)


def measure_routes(database: Path, collection: str, options: Options) -> Iterator[Outcome]:
    """One item and the first hundred of a collection."""
    route, listed = f"GET /{collection}", f"/api/v1/{collection}?limit=100"
    names = ("bare", "detail", "list")
    computed: dict[str, list[float]] = {name: [] for name in names}
    cold: dict[str, list[float]] = {name: [] for name in ("bare", "list")}
    kept: dict[str, list[float]] = {name: [] for name in (*names, "detail 304", "list 304")}
    with (
        closing(Server(*SERVER, database)) as computing,
        closing(Server(*SERVER, database, kept_bytes=0)) as forgetting,
        closing(Server(*SERVER, database, cache_bytes=CACHE_BYTES)) as keeping,
    ):
        details = detail_paths(computing, collection)
        keeping.rate(details, SECONDS)  # now they are kept
        list_tag = [f"If-None-Match: {keeping.get(listed)[1]}"]
        one = details[:1]
        one_tag = [f"If-None-Match: {keeping.get(one[0])[1]}"]
        for _ in range(4 if options.quick else 12):
            computed["bare"].append(computing.rate(["/bare"], SECONDS))
            computed["detail"].append(computing.rate(details, SECONDS))
            computed["list"].append(computing.rate([listed], SECONDS))
            cold["bare"].append(forgetting.rate(["/bare"], SECONDS))
            cold["list"].append(forgetting.rate([listed], SECONDS))
            kept["bare"].append(keeping.rate(["/bare"], SECONDS))
            kept["detail"].append(keeping.rate(details, SECONDS))
            kept["detail 304"].append(keeping.rate(one, SECONDS, one_tag))
            kept["list"].append(keeping.rate([listed], SECONDS))
            kept["list 304"].append(keeping.rate([listed], SECONDS, list_tag))
    for what, measured, name, target in (
        (f"{route}/{{id}}, computed", computed, "detail", 0.6),
        (f"{route}/{{id}}, unchanged, whole", kept, "detail", 0.8),
        (f"{route}/{{id}}, unchanged, 304", kept, "detail 304", 0.8),
        (f"{route}?limit=100, computed", computed, "list", 0.25),
        (f"{route}?limit=100, computed, cold", cold, "list", None),
        (f"{route}?limit=100, unchanged, whole", kept, "list", 0.6),
        (f"{route}?limit=100, unchanged, 304", kept, "list 304", 0.6),
    ):
        yield compared(
            what, measured[name], measured["bare"], "/s", target=target, peer_name="bare handler"
        )


def measure_servers(options: Options) -> Iterator[Outcome]:
    """granian and uvicorn, one worker each, on the same routes."""
    if wrk() is None:
        yield Skipped("HTTP servers", "wrk is not installed (Debian and Ubuntu: apt install wrk)")
        return
    database, _ = make_databases(options.directory, options.videos)
    choices = {
        "uvicorn, h11": ("uvicorn", "asyncio", "h11"),
        "granian": ("granian", "asyncio", ""),
    }
    if find_spec("httptools"):
        choices["uvicorn, httptools"] = ("uvicorn", "asyncio", "httptools")
    if find_spec("uvloop"):
        choices["uvicorn, httptools, uvloop"] = ("uvicorn", "uvloop", "httptools")
        choices["granian, uvloop"] = ("granian", "uvloop", "")
    servers = {name: Server(*choice, database) for name, choice in choices.items()}
    measured: dict[tuple[str, str], list[float]] = {}
    try:
        details = detail_paths(next(iter(servers.values())))
        routes = {"bare": ["/bare"], "GET /videos/{id}": details, "GET /videos?limit=100": [LIST]}
        for _ in range(3 if options.quick else 9):
            for route, paths in routes.items():
                for name, server in servers.items():
                    measured.setdefault((route, name), []).append(server.rate(paths, SECONDS))
    finally:
        for server in servers.values():
            server.close()
    first, *others = choices
    for route in routes:
        for name in others:
            yield compared(
                f"{route}: {name}",
                measured[route, name],
                measured[route, first],
                "/s",
                peer_name=first,
            )
