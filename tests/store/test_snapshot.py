"""What migrations are compared by."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table, create_engine, insert

from mustela.store import INTEGER, TEXT
from mustela.store.migrations import snapshot

metadata = MetaData()
sums = Table(
    "sums",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("shard", INTEGER, primary_key=True),
    Column("total", INTEGER),
    info={"sums_over": "shard"},
)


def test_sums_over_shards_are_compared_and_not_how_they_are_spread() -> None:
    engine = create_engine("sqlite+apsw://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        spread = [("a", 1, 2), ("a", 7, 3), ("b", 1, 5), ("b", 2, -5)]
        connection.execute(
            insert(sums), [{"name": n, "shard": s, "total": t} for n, s, t in spread]
        )
        assert snapshot.rows(connection, {"sums": sums}) == {"sums": [{"name": "a", "total": 5}]}
        assert len(snapshot.rows(connection)["sums"]) == len(spread)
