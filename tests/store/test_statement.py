"""Statements become SQL text and named parameters."""

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
from sqlalchemy import (
    Column,
    MetaData,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.sql import ClauseElement

from mustela.store import INTEGER, TEXT, Statement
from mustela.store.postgres.steps import DIALECT as POSTGRES
from mustela.store.postgres.steps import request
from mustela.store.sqlite.dialect import DIALECT as SQLITE
from mustela.store.sqlite.dialect import MARKED

toys = Table("toys", MetaData(), Column("id", TEXT, primary_key=True), Column("size", INTEGER))


def compiled(clause: ClauseElement) -> tuple[str, dict[str, Any]]:
    """On SQLite, on one line."""
    sql, literals = Statement(clause).compiled(SQLITE)
    return " ".join(sql.split()), literals


def test_what_varies_is_a_named_parameter_and_not_a_literal() -> None:
    assert compiled(select(toys.c.size).where(toys.c.id == bindparam("id"))) == (
        "SELECT toys.size FROM toys WHERE toys.id = :id",
        {},
    )


def test_constants_stand_in_the_text_on_sqlite_where_the_planner_sees_them() -> None:
    sql, literals = compiled(select(toys.c.id).where(toys.c.id == "it's", toys.c.size > 3))
    assert sql == "SELECT toys.id FROM toys WHERE toys.id = 'it''s' AND toys.size > 3"
    assert literals == {}


def test_constants_are_bound_on_postgresql() -> None:
    clause = select(toys.c.id).where(toys.c.id == "it's", toys.c.size > 3)
    sql, literals = Statement(clause).compiled(POSTGRES)
    assert "it's" not in sql
    assert sorted(literals.values(), key=str) == [3, "it's"]
    assert all(f"%({name})s" in sql for name in literals)


def test_none_is_bound_like_any_other_literal() -> None:
    sql, literals = compiled(insert(toys).values(id=bindparam("id"), size=None))
    assert sql == "INSERT INTO toys (id, size) VALUES (:id, :size)"
    assert literals == {"size": None}


def test_a_comparison_with_none_is_is_null_and_binds_nothing() -> None:
    assert compiled(select(toys.c.id).where(toys.c.size.is_(None))) == (
        "SELECT toys.id FROM toys WHERE toys.size IS NULL",
        {},
    )


def test_a_parameter_with_a_value_of_its_own_may_be_left_out_or_given() -> None:
    clause = select(toys.c.id).where(toys.c.size == bindparam("size", 7))
    _, literals = compiled(clause)
    assert literals == {"size": 7}
    assert request(Statement(clause), {"size": 8}).values == [8]


def test_constant_limits_and_offsets_are_written() -> None:
    assert compiled(select(toys.c.id).limit(10).offset(20)) == (
        "SELECT toys.id FROM toys LIMIT 10 OFFSET 20",
        {},
    )


def test_literals_and_parameters_meet_in_one_statement() -> None:
    clause = update(toys).values(size=5).where(toys.c.id == bindparam("key"))
    asked = request(Statement(clause), {"key": "a"})
    assert asked.sql == b"UPDATE toys SET size=$1 WHERE toys.id = $2"
    assert asked.values == [5, "a"]


def test_a_statement_is_compiled_once_for_each_dialect(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_clause = ClauseElement.compile
    dialects: list[str] = []

    def counting(self: ClauseElement, *args: Any, **kwargs: Any) -> Any:
        dialects.append(kwargs["dialect"].name)
        return compile_clause(self, *args, **kwargs)

    monkeypatch.setattr(ClauseElement, "compile", counting)
    statement = Statement(select(toys.c.id))
    assert dialects == []
    first = statement.compiled(SQLITE)
    assert statement.compiled(SQLITE) is first
    assert statement.compiled(POSTGRES) is statement.compiled(POSTGRES)
    assert dialects == ["sqlite", "postgresql"]


def test_parameters_are_written_as_each_driver_wants_them() -> None:
    statement = Statement(select(toys.c.size).where(toys.c.id == bindparam("id")))
    assert ":id" in statement.compiled(SQLITE).sql
    assert "%(id)s" in statement.compiled(POSTGRES).sql


def test_a_statement_shows_its_sql() -> None:
    assert " ".join(repr(Statement(select(toys.c.id))).split()) == (
        "Statement(SELECT toys.id FROM toys)"
    )


def test_percent_signs_are_themselves_on_sqlite() -> None:
    sql, _ = compiled(select((toys.c.size % bindparam("by")).label("rest"), text("'100%'")))
    assert "%%" not in sql


PERCENT: list[tuple[ClauseElement, Mapping[str, Any], Any]] = [
    (select(text("'100%'")), {}, "100%"),
    (select(text("'%s %(id)s %%'")), {}, "%s %(id)s %%"),
    (select(bindparam("a", type_=INTEGER) % bindparam("b", type_=INTEGER)), {"a": 7, "b": 4}, 3),
    (select(bindparam("a", type_=TEXT).like("50%")), {"a": "50 %"}, True),
    (select(func.replace("100%", "0%", bindparam("a", type_=TEXT))), {"a": "%s"}, "10%s"),
]


@pytest.mark.postgres
def test_percent_signs_are_themselves_on_postgresql(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, cursor_factory=psycopg.RawCursor) as connection:
        for clause, parameters, answer in PERCENT:
            asked = request(Statement(clause), parameters)
            assert connection.execute(asked.sql, asked.values).fetchone() == (answer,)


@pytest.mark.postgres
def test_a_list_of_values_becomes_a_parameter_for_each(postgres_url: str) -> None:
    clause = select(toys.c.id).where(toys.c.id.in_(["a", "b"]), toys.c.size.in_([]))
    sql, literals = compiled(clause)
    assert "IN (:id_1_1, :id_1_2)" in sql
    assert literals == {"id_1_1": "a", "id_1_2": "b"}
    with psycopg.connect(postgres_url, cursor_factory=psycopg.RawCursor) as connection:
        connection.execute("CREATE TABLE toys (id TEXT, size BIGINT)")
        connection.execute("INSERT INTO toys VALUES ('a', 1), ('c', 1)")
        found = select(toys.c.id).where(toys.c.id.in_(["a", "b"]), toys.c.size == bindparam("size"))
        asked = request(Statement(found), {"size": 1})
        assert connection.execute(asked.sql, asked.values).fetchall() == [("a",)]
        asked = request(Statement(clause), {})
        assert connection.execute(asked.sql, asked.values).fetchall() == []


def test_a_list_of_varying_length_is_refused_with_the_way_out() -> None:
    clause = select(toys.c.id).where(toys.c.id.in_(bindparam("ids", expanding=True)))
    with pytest.raises(TypeError, match="in_json"):
        Statement(clause).compiled(SQLITE)


def test_a_statement_with_question_marks_takes_the_values_of_its_names_in_order() -> None:
    both = Statement(
        update(toys)
        .where(toys.c.id == bindparam("record"))
        .values(id=bindparam("name"), size=bindparam("name"))
    )
    marked = both.positional(SQLITE, MARKED)
    assert marked is not None
    assert marked.sql.count("?") == 3
    assert marked.values({"record": "car", "name": "a car", "more": 1}) == ("a car", "a car", "car")


def test_one_value_or_none_is_a_row_of_one_or_none() -> None:
    by_id = Statement(delete(toys).where(toys.c.id == bindparam("id"))).positional(SQLITE, MARKED)
    all_rows = Statement(delete(toys)).positional(SQLITE, MARKED)
    assert by_id is not None
    assert all_rows is not None
    assert by_id.values({"id": "car"}) == ("car",)
    assert all_rows.values({}) == ()


def test_values_written_into_an_expression_have_no_place_among_question_marks() -> None:
    among = Statement(delete(toys).where(toys.c.id.in_(["a", "b"])))
    assert among.positional(SQLITE, MARKED) is None
