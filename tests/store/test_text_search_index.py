"""A search asks its index in a way that the engine can use."""

from __future__ import annotations

import apsw
from sqlalchemy import bindparam, literal, select

from mustela.store.sqlite.dialect import DIALECT
from mustela.store.text_search import trigram_match
from mustela.video.schema import videos


def test_what_the_index_found_is_looked_up_and_nothing_else_is_read() -> None:
    found = trigram_match(videos.c.seq, literal("videos_fts"), bindparam("words"))
    sql = str(select(videos.c.id).where(found, videos.c.rating > 0).compile(dialect=DIALECT))
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE videos (seq INTEGER PRIMARY KEY, id TEXT, rating INTEGER)")
    connection.execute("CREATE VIRTUAL TABLE videos_fts USING fts5(text, content='')")
    connection.execute("PRAGMA query_only = ON")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", (None,))]
    assert plan[0].startswith("SEARCH videos USING INTEGER PRIMARY KEY")
