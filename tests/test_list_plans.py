"""How the engines read lists: along an index, wherever one begins with what they are sorted by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw
import pytest
from sqlalchemy import Column
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from mustela.files.schema import roots
from mustela.jobs.statements import LISTING as JOBS
from mustela.radio.cal.listing import LISTING as CALIBRATION_TABLES
from mustela.radio.images.listing import LISTING as IMAGES
from mustela.radio.ms.listing import LISTING as MEASUREMENT_SETS
from mustela.radio.sources.listing import ALL as SOURCES
from mustela.store.listing import Listing, Sort
from mustela.store.page_order import has_index
from mustela.store.sqlite.dialect import DIALECT as SQLITE
from mustela.store.statement import Compiled
from mustela.video.listing import LISTING as VIDEOS

LISTINGS = {
    "videos": VIDEOS,
    "images": IMAGES,
    "sources": SOURCES.listing,
    "measurement_sets": MEASUREMENT_SETS,
    "calibration_tables": CALIBRATION_TABLES,
    "jobs": JOBS,
}


def id_of(listing: Listing) -> Column[Any]:
    return next(iter(listing.sorts.values())).table.c.id


def is_indexed(listing: Listing, field: str) -> bool:
    column = listing.sorts[field]
    return column is id_of(listing) or has_index(column, id_of(listing))


PAGES = [
    pytest.param(name, field, descending, after, id=f"{name} {'-' * descending}{field} {after}")
    for name, listing in LISTINGS.items()
    for field, column in listing.sorts.items()
    if is_indexed(listing, field)
    for descending in (False, True)
    for after in (None, "value", *(("null",) if column.nullable else ()))
]


def asked(name: str, field: str, descending: bool, after: str | None, dialect: Dialect) -> Compiled:
    listing = LISTINGS[name]
    shape = listing.page if name == "jobs" else listing.keys
    return shape((), None, Sort(field, descending), after).compiled(dialect)


def values(name: str, field: str, compiled: Compiled) -> dict[str, Any]:
    value = {int: 5, float: 5.0, str: "n"}[LISTINGS[name].sorts[field].type.python_type]
    given = {"limit": 101, "offset": 0, "after_value": value, "after_id": "n"}
    return {**compiled.literals, **given}


def made(dialect: Dialect) -> Iterator[str]:
    for table in (roots, *(id_of(listing).table for listing in LISTINGS.values())):
        yield str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            yield str(CreateIndex(index).compile(dialect=dialect))


@pytest.fixture(scope="module")
def sqlite() -> Iterator[apsw.Connection]:
    with apsw.Connection(":memory:") as connection:
        for statement in made(SQLITE):
            connection.execute(statement)
        yield connection


@pytest.fixture(scope="module")
def postgres(postgres_server: Any) -> Iterator[Any]:
    import psycopg  # noqa: PLC0415  # an optional extra, there where the fixture is

    from mustela.store.postgres.steps import DIALECT  # noqa: PLC0415  # the same

    url = postgres_server.create_database()
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in made(DIALECT):
            connection.execute(statement.encode())
        # Tables without rows: it sorts where no index has the order, and only there.
        connection.execute("SET enable_sort = off")
        connection.execute("SET enable_bitmapscan = off")
        connection.execute("SET enable_seqscan = off")
        yield connection, DIALECT
    postgres_server.drop_database(url)


def test_the_sorts_that_an_index_serves() -> None:
    assert {
        name: sorted(field for field in listing.sorts if is_indexed(listing, field))
        for name, listing in LISTINGS.items()
    } == {
        "videos": ["created_at", "duration_seconds", "file_size", "filename", "id", "recorded_at"],
        "images": ["created_at", "id", "mid_mjd", "noise_jy"],
        "sources": ["created_at", "id", "n_epochs", "name", "peak_eta", "peak_mean_jy", "peak_v"],
        "measurement_sets": ["created_at", "id", "mid_mjd"],
        "calibration_tables": ["created_at", "id", "mid_mjd"],
        "jobs": ["created_at"],
    }


@pytest.mark.parametrize(("name", "field", "descending", "after"), PAGES)
def test_sqlite_sorts_no_table_and_enters_the_index_where_a_page_starts(
    sqlite: apsw.Connection, name: str, field: str, descending: bool, after: str | None
) -> None:
    compiled = asked(name, field, descending, after, SQLITE)
    plan = [
        (parent, detail)
        for _, parent, _, detail in sqlite.execute(
            f"EXPLAIN QUERY PLAN {compiled.sql}", values(name, field, compiled)
        )
    ]
    reads = [(parent, detail) for parent, detail in plan if detail.split()[1] == name]
    assert reads
    for parent, detail in reads:
        assert "INDEX" in detail
        siblings = [other for place, other in plan if place == parent]
        assert not any("ORDER BY" in other for other in siblings)
    if after == "value":
        assert reads[0][1].startswith("SEARCH")


def nodes(plan: dict[str, Any], *above: str) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """The nodes of a plan, each with the types of those above it."""
    yield plan, above
    for below in plan.get("Plans", ()):
        yield from nodes(below, *above, plan["Node Type"])


def is_bounded(above: tuple[str, ...]) -> bool:
    """Whether a limit stands between a table and whatever sorts its rows."""
    sorts = [place for place, type in enumerate(above) if "Sort" in type]
    return not sorts or "Limit" in above[sorts[-1] :]


@pytest.mark.postgres
@pytest.mark.parametrize(("name", "field", "descending", "after"), PAGES)
def test_postgresql_sorts_no_table_and_enters_the_index_where_a_page_starts(
    postgres: Any, name: str, field: str, descending: bool, after: str | None
) -> None:
    connection, dialect = postgres
    compiled = asked(name, field, descending, after, dialect)
    ((found,),) = connection.execute(
        f"EXPLAIN (FORMAT JSON) {compiled.sql}", values(name, field, compiled)
    ).fetchall()
    reads = [
        (node, above)
        for node, above in nodes(found[0]["Plan"])
        if node.get("Relation Name") == name
    ]
    assert reads
    for node, above in reads:
        assert node["Node Type"] in {"Index Scan", "Index Only Scan"}
        assert is_bounded(above)
    if after == "value":
        column = LISTINGS[name].sorts[field].name
        assert f"({column} {'<=' if descending else '>='}" in reads[0][0]["Index Cond"] or (
            column == "id"
        )
