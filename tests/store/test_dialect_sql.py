"""SQL that engines spell differently."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from sqlalchemy import bindparam, select

from mustela.store import Statement, Store
from mustela.store.dialect_sql import in_json, in_json_numbers
from mustela.store.sqlite.dialect import DIALECT
from tests.store.toys import toy_metadata, toys


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apsw.Connection]:
    path: Path = tmp_path_factory.mktemp("dialect") / "a.db"
    Store.open(path, create=[toy_metadata]).close()
    with closing(apsw.Connection(str(path))) as connection:
        yield connection


@pytest.mark.parametrize(
    "condition",
    [
        in_json(toys.c.id, bindparam("values")),
        in_json(toys.c.id, bindparam("values")) & (toys.c.rating > 1),
        in_json_numbers(toys.c.seq, bindparam("values")),
    ],
    ids=["texts", "and more", "numbers"],
)
def test_values_of_a_list_are_looked_up_one_by_one(
    database: apsw.Connection, condition: Any
) -> None:
    sql, literals = Statement(select(toys.c.note).where(condition)).compiled(DIALECT)
    given = {**literals, "values": "[1, 2]"}
    plan = [str(row[-1]) for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", given)]
    assert plan[0].startswith("SEARCH toys"), plan
