"""What the size of a catalog costs, on SQLite and on PostgreSQL. The peer is the same, smaller.

``python -m benchmarks.scaling --records 100000 1000000 --data DIRECTORY`` makes a catalog of videos
of each size, asks it what people ask, and prints a table. Catalogs on SQLite stay in the directory,
and grow there from one size to the next, also where a run was interrupted; on PostgreSQL in the
database that ``--postgres URL`` names, else in one on a server that is thrown away.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from typing import Any

import apsw
import msgspec
import psycopg

from benchmarks.sample_videos import METADATA, sample_video
from mustela.store import Store
from mustela.store.errors import StatementTimeout
from mustela.store.listing import Cursor
from mustela.store.testing.postgres import PostgresServer
from mustela.video.record import Video
from mustela.video.records import TOPIC
from mustela.video.repository import VideoRepository
from mustela.video.schema import videos

#: So many come through the repository, with all that belongs to them; the others are their copies.
BLOCK = 10_000
#: Copies of the block that are made in one transaction.
COPIES = 10
#: Microseconds between the first times of two copies: later ones are newer.
STEP = 3_600_000_000
#: How often each question is asked, after twice that does not count; the middle one is told.
TIMES = 21
_UNIT = 500

_OPEN = """
import sys, time
from mustela.store import Store
from mustela.video.repository import VideoRepository
began = time.perf_counter()
with Store.open(sys.argv[1]) as store:
    VideoRepository(store).page(100)
print(time.perf_counter() - began)
"""


class Measured(msgspec.Struct):
    """Times in milliseconds, sizes in bytes."""

    engine: str
    records: int
    bytes: int
    milliseconds: dict[str, float]


# ------------------------------------------------------------------------------------- the catalog


class Catalog:
    """A database of videos that grows. ``run`` runs statements in one transaction."""

    def __init__(
        self,
        engine: str,
        url: str,
        run: Callable[[list[tuple[str, dict[str, Any]]]], None],
        value: Callable[[str], Any],
    ) -> None:
        self.engine = engine
        self.url = url
        self.run = run
        self.value = value

    def grow(self, records: int) -> None:
        """Make it so large. A multiple of the block, and never smaller."""
        made = self.value("SELECT count(*) FROM videos WHERE created_at > 0")
        if made < BLOCK:
            self._first_block(made)
            made = BLOCK
        until = self.value(
            f"SELECT max(created_at) FROM (SELECT created_at FROM videos ORDER BY created_at, id"
            f" LIMIT {BLOCK}) AS block"
        )
        copies, wanted = made // BLOCK, records // BLOCK
        for first in range(copies, wanted, COPIES):
            last = min(first + COPIES, wanted) - 1
            self.run(list(self._copies(first, last, until)))
            print(f"\r{self.engine}: {(last + 1) * BLOCK:,}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)

    def _first_block(self, made: int) -> None:
        if made:
            raise SystemExit(f"{self.url} holds a part of a block; begin anew")
        with Store.open(self.url, create=METADATA) as store:
            repository = VideoRepository(store)
            for start in range(0, BLOCK, _UNIT):
                repository.add_many([sample_video(n) for n in range(start, start + _UNIT)])

    def _copies(self, first: int, last: int, until: int) -> Iterator[tuple[str, dict[str, Any]]]:
        values = {"first": first, "last": last, "until": until}
        numbers = (
            "WITH RECURSIVE n(k) AS (SELECT CAST(:first AS INTEGER)"
            " UNION ALL SELECT k + 1 FROM n WHERE k < :last) "
        )
        own = {
            "id": "v.id || '~' || CAST(k AS TEXT)",
            "path": "'/' || CAST(k AS TEXT) || v.path",
            "search_text": "CAST(k AS TEXT) || v.search_text",
            "fingerprint": "v.fingerprint || '~' || CAST(k AS TEXT)",
            "created_at": f"v.created_at + k * CAST({STEP} AS BIGINT)",
            "updated_at": f"v.updated_at + k * CAST({STEP} AS BIGINT)",
        }
        names = [column.name for column in videos.columns if column.name != "seq"]
        shown = ", ".join(own.get(name, f"v.{name}") for name in names)
        yield (
            f"{numbers} INSERT INTO videos ({', '.join(names)}) SELECT {shown} FROM n, videos AS v"
            " WHERE v.created_at <= :until ORDER BY n.k, v.created_at, v.id",
            values,
        )
        yield (
            f"{numbers} INSERT INTO audit (at, actor, request_id, change_id, topic, record_id,"
            ' action, "before", "after")'
            f" SELECT at + k * CAST({STEP} AS BIGINT), actor, request_id,"
            " change_id || '~' || CAST(k AS TEXT), topic, record_id || '~' || CAST(k AS TEXT),"
            ' action, "before", "after" FROM n, audit WHERE at <= :until ORDER BY n.k, id',
            values,
        )
        total = (last - first + 1) * BLOCK
        yield (
            "UPDATE topics SET total = total + :total, revision = revision + 1 WHERE name = :topic"
            " AND shard = (SELECT min(shard) FROM topics WHERE name = :topic)",
            {"total": total, "topic": TOPIC},
        )


def on_sqlite(stack: ExitStack, directory: Path) -> Catalog:
    """In the directory."""
    path = directory / "scaling.db"
    if not path.exists():
        Store.open(path, create=METADATA).close()
    connection = stack.enter_context(closing(apsw.Connection(str(path))))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -262144")

    def run(statements: list[tuple[str, dict[str, Any]]]) -> None:
        with connection:
            for sql, values in statements:
                connection.execute(sql, values)

    return Catalog("SQLite", f"sqlite:///{path}", run, lambda sql: connection.execute(sql).get)


def on_postgresql(stack: ExitStack, directory: Path, url: str | None) -> Catalog:
    """In the database of the URL, else on a server of our own, with the defaults but for memory."""
    if url is None:
        settings = {"shared_buffers": "1GB", "max_wal_size": "4GB", "work_mem": "16MB"}
        server = PostgresServer(durable=True, directory=directory, settings=settings)
        url = stack.enter_context(server).create_database()
    Store.open(url, create=METADATA).close()
    connection = stack.enter_context(psycopg.connect(url, autocommit=True))

    def run(statements: list[tuple[str, dict[str, Any]]]) -> None:
        with connection.transaction():
            for sql, values in statements:
                given = sql.replace("%", "%%")
                for name in values:
                    given = given.replace(f":{name}", f"%({name})s")
                connection.execute(given.encode(), values)

    def value(sql: str) -> Any:
        row = connection.execute(sql.encode()).fetchone()
        return row[0] if row else None

    return Catalog("PostgreSQL", url, run, value)


# --------------------------------------------------------------------------------- what is measured


def questions(catalog: Catalog, store: Store) -> dict[str, Callable[[int], object]]:
    """What people ask; each is given the number of the round."""
    repository = VideoRepository(store)
    deep = catalog.value(f"SELECT id FROM videos ORDER BY created_at, id LIMIT 1 OFFSET {BLOCK}")
    found = repository.get(deep)
    assert found is not None
    assert found.created_at is not None
    middle = int(found.created_at.timestamp() * 1_000_000)
    ids = [
        catalog.value(f"SELECT id FROM videos ORDER BY created_at, id LIMIT 1 OFFSET {at}")
        for at in range(0, BLOCK, BLOCK // 100)
    ]

    def new_video(number: int) -> Video:
        model = sample_video(number)
        path = f"/new/{time.time_ns()}-{number}.mp4"
        return Video.from_row("", path, *list(model)[2:])

    return {
        "one by its id": lambda n: repository.get(ids[n % 100]),
        "the first 100": lambda _: repository.list_videos(100),
        "100 far down, by cursor": lambda _: repository.page(100, after=Cursor(middle, deep)),
        "offset 10,000": lambda _: repository.list_videos(100, 10_000),
        "100 by duration": lambda _: repository.page(100, sort="-duration_seconds"),
        "a number in one of ten thousand names": lambda n: repository.page(
            100, query=f"{4_000 + n:07d}"
        ),
        "a word in every tenth name": lambda _: repository.page(100, query="harbour"),
        "a word in no name": lambda _: repository.page(100, query="stoat"),
        "a filter that a third satisfies": lambda _: repository.page(100, codec="hevc"),
        "a filter that none satisfies": lambda _: repository.page(100, codec="none"),
        "add one": lambda n: repository.add(new_video(n)),
    }


def measure(catalog: Catalog, records: int) -> Measured:
    """Ask it everything."""
    catalog.grow(records)
    if catalog.engine == "PostgreSQL":
        catalog.run([("ANALYZE", {})])
    else:
        catalog.value("PRAGMA wal_checkpoint(TRUNCATE)")
    opened = [
        float(subprocess.check_output([sys.executable, "-c", _OPEN, catalog.url], text=True))
        for _ in range(5)
    ]
    times = {"open, and the first 100": median(opened) * 1000}
    with Store.open(catalog.url, kept_bytes=0) as store:
        for what, ask in questions(catalog, store).items():
            times[what] = _asked(ask) * 1000
    return Measured(catalog.engine, records, _size(catalog), times)


def _asked(ask: Callable[[int], object]) -> float:
    """What a question takes (seconds); infinite where the time limit of statements ended it."""
    took = []
    for number in range(TIMES + 2):
        began = time.perf_counter()
        try:
            ask(number)
        except StatementTimeout:
            return math.inf
        took.append(time.perf_counter() - began)
        if sum(took) > 60:  # one minute for one question
            break
    return median(took[2:] or took)


def _size(catalog: Catalog) -> int:
    if catalog.engine == "SQLite":
        path = Path(catalog.url.removeprefix("sqlite:///"))
        return sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*"))
    return int(catalog.value("SELECT pg_database_size(current_database())"))


def table(measured: list[Measured]) -> Iterator[str]:
    """As Markdown: a column for each engine and size."""
    yield "| | " + " | ".join(f"{one.engine}, {one.records:,}" for one in measured) + " |"
    yield "|---|" + "---|" * len(measured)
    yield "| size | " + " | ".join(f"{one.bytes / 1e9:.2f} GB" for one in measured) + " |"
    for what in measured[0].milliseconds:
        shown = [_milliseconds(one.milliseconds[what]) for one in measured]
        yield f"| {what} | " + " | ".join(shown) + " |"


def _milliseconds(value: float) -> str:
    if math.isinf(value):
        return "ended by the time limit"
    return f"{value:.2f} ms" if value < 10 else f"{value:,.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[100_000], help="sizes, rising")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), help="only this one")
    parser.add_argument("--data", type=Path, default=Path(), help="where databases are kept")
    parser.add_argument("--postgres", metavar="URL", help="a database to use and to keep")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    said = parser.parse_args()
    measured: list[Measured] = []
    said.data.mkdir(parents=True, exist_ok=True)
    for engine in ("sqlite", "postgresql"):
        if said.engine not in {None, engine}:
            continue
        with ExitStack() as stack:
            if engine == "sqlite":
                catalog = on_sqlite(stack, said.data.absolute())
            else:
                catalog = on_postgresql(stack, said.data.absolute(), said.postgres)
            for records in sorted(said.records):
                measured.append(measure(catalog, records))
                print("\n".join(table(measured)), flush=True)
                if said.json:
                    said.json.write_bytes(msgspec.json.format(msgspec.json.encode(measured)))


if __name__ == "__main__":
    main()
