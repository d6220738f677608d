"""`mustela db verify`: sound migrations pass, each kind of unsound one is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Time,
    UniqueConstraint,
    create_mock_engine,
)

from mustela.store.branch import STORE_BRANCH
from mustela.store.ddl import ddl_statements, extra_ddl, extras, trigger
from mustela.store.maintenance_errors import VerificationFailed
from mustela.store.migrations.verify import Verification, verify
from mustela.store.schema import INTEGER, TEXT
from tests.store.branches import (
    ToyBranch,
    notes_branch,
    searched_notes,
    toy_branch,
    write,
)

SQLITE = "sqlite://"  # what is found the same way on every engine is tried on this one


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> str:
    """The URL of an engine: verification makes databases of its own."""
    if request.param == "sqlite":
        return "sqlite://"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def notes(tmp_path: Path) -> ToyBranch:
    return notes_branch(tmp_path)


def problems(engine: str, *branches: ToyBranch) -> str:
    with pytest.raises(VerificationFailed) as failed:
        verify(engine, [STORE_BRANCH, *branches])
    return "\n".join(failed.value.problems)


def test_the_store_s_own_migrations_are_sound(engine: str) -> None:
    proof = verify(engine, [STORE_BRANCH])
    assert proof.revisions == (
        "store_0001",
        "store_0002",
    )
    assert proof.tables == ("audit", "events", "meta", "topics")


def test_search_indexes_triggers_and_partial_indexes_are_verified_too(
    engine: str, tmp_path: Path
) -> None:
    proof: Verification = verify(engine, [STORE_BRANCH, searched_notes(tmp_path)])
    assert proof.revisions == ("store_0001", "notes_0001", "notes_0002", "notes_0003", "store_0002")
    assert {"notes", "links"} <= set(proof.tables)


def test_a_migration_without_a_way_back_is_found(engine: str, notes: ToyBranch) -> None:
    write(notes, 2, 'op.create_table("x", sa.Column("a", INTEGER))', "raise NotImplementedError")
    assert "notes_0002, downgrade failed" in problems(engine, notes)


def test_a_way_back_that_leaves_something_behind_is_found(notes: ToyBranch) -> None:
    write(notes, 2, 'op.create_index("ix_body", "notes", ["body"])', "pass")
    assert "notes_0002, up and down: only in after: index ix_body" in problems(SQLITE, notes)


def test_lost_values_are_found(engine: str, notes: ToyBranch) -> None:
    write(notes, 2, 'op.execute("UPDATE notes SET body = NULL")', "pass")
    assert "notes_0002, up and down: lost from notes" in problems(engine, notes)


def test_lost_rows_are_found(notes: ToyBranch) -> None:
    write(notes, 2, 'op.execute("DELETE FROM notes WHERE body IS NULL")', "pass")
    assert "notes_0002, up and down: lost from notes" in problems(SQLITE, notes)


def test_a_dropped_column_is_a_loss(engine: str, notes: ToyBranch) -> None:
    back = 'op.add_column("notes", sa.Column("body", TEXT))'
    write(notes, 2, 'op.execute("ALTER TABLE notes DROP COLUMN body")', back)
    assert "notes_0002, up and down: lost from notes" in problems(engine, notes)


def test_a_loss_may_be_declared_with_its_reason(engine: str, notes: ToyBranch) -> None:
    back = 'op.add_column("notes", sa.Column("body", TEXT))'
    extra = 'lossy = True\nlossy_reason = "nobody reads bodies"'
    write(notes, 2, 'op.execute("ALTER TABLE notes DROP COLUMN body")', back, extra=extra)
    table = notes.metadata.tables["notes"]
    table._columns.remove(table.c.body)
    proof = verify(engine, [STORE_BRANCH, notes])
    assert proof.lossy == {"notes_0002": "nobody reads bodies"}


def test_a_loss_without_a_reason_is_refused(notes: ToyBranch) -> None:
    write(notes, 2, "pass", "pass", extra="lossy = True")
    assert problems(SQLITE, notes) == "notes_0002: lossy without a lossy_reason"


def test_rows_written_after_the_upgrade_must_survive_the_way_back(notes: ToyBranch) -> None:
    copy = 'op.execute("CREATE TABLE old AS SELECT * FROM notes")'
    stranger = "NOT EXISTS (SELECT 1 FROM old WHERE old.seq = notes.seq)"
    back = f'op.execute("DELETE FROM notes WHERE {stranger}")'
    write(notes, 2, copy, f'{back}\nop.drop_table("old")')
    assert "down and up with new rows: lost from notes" in problems(SQLITE, notes)


def test_a_narrower_constraint_on_the_way_back_is_found(tmp_path: Path) -> None:
    branch = toy_branch(tmp_path, "b")
    write(branch, 1, 'op.create_table("t", sa.Column("a", TEXT))', 'op.drop_table("t")')
    narrow = 'batch.alter_column("a", existing_type=TEXT, nullable={})'
    batch = 'with op.batch_alter_table("t") as batch:\n    '
    down = batch + narrow.format(True)
    write(branch, 2, batch + narrow.format(False), down)
    write(branch, 3, batch + narrow.format(True), batch + narrow.format(False))
    assert "b_0002, upgrade failed" in problems(SQLITE, branch)


def test_a_schema_that_drifts_from_the_metadata_is_found(engine: str, notes: ToyBranch) -> None:
    write(notes, 2, 'op.add_column("notes", sa.Column("stars", INTEGER))',
          'op.execute("ALTER TABLE notes DROP COLUMN stars")')  # fmt: skip
    found = problems(engine, notes)
    assert "only in the migrations" in found
    assert "stars" in found


def test_a_table_that_no_migration_creates_is_found(notes: ToyBranch) -> None:
    Table("forgotten", notes.metadata, Column("a", Integer))
    assert "only in the metadata" in problems(SQLITE, notes)


def test_rows_that_only_migrations_bring_are_found(engine: str, notes: ToyBranch) -> None:
    seed = "op.execute(\"INSERT INTO notes VALUES (99, 'first', 'plain', NULL)\")"
    write(notes, 2, seed, "op.execute(\"DELETE FROM notes WHERE id = 'first'\")")
    assert "the migrations leave rows that the metadata does not" in problems(engine, notes)


def test_a_branch_with_two_heads_is_refused(notes: ToyBranch) -> None:
    write(notes, 2, "pass", "pass")
    fork = (notes.versions / "notes_0002.py").read_text().replace("'notes_0002'", "'notes_0002b'")
    (notes.versions / "notes_0002b.py").write_text(fork)
    assert "the branch notes has 2 heads" in problems(SQLITE, notes)


def test_a_branch_without_its_label_is_refused(notes: ToyBranch) -> None:
    path = notes.versions / "notes_0001.py"
    path.write_text(path.read_text().replace("('notes',)", "('other',)"))
    assert "not of the branch notes" in problems(SQLITE, notes)


def test_a_table_that_takes_no_row_is_named(tmp_path: Path) -> None:
    branch = toy_branch(tmp_path, "b")
    table = 'op.create_table("never", sa.Column("a", TEXT), sa.CheckConstraint("1 = 0"))'
    write(branch, 1, table, 'op.drop_table("never")')
    assert "no row could be made for never" in problems(SQLITE, branch)


def constrained(directory: Path) -> ToyBranch:
    """A table with constraints that values must be found for."""
    metadata = MetaData()
    Table(
        "picky",
        metadata,
        Column("a", TEXT, nullable=False),
        Column("b", INTEGER, nullable=False),
        Column("c", INTEGER),
        CheckConstraint("a IN ('low', 'high')", name="a"),
        CheckConstraint("b BETWEEN 3 AND 5", name="b"),
        CheckConstraint("c IS NULL OR (c = 40 AND a = 'high')", name="c"),
        UniqueConstraint("a", "b", name="u"),
        sqlite_strict=True,
    )
    branch = toy_branch(directory, "picky", metadata)
    create = """
op.create_table(
    "picky",
    sa.Column("a", TEXT, nullable=False),
    sa.Column("b", INTEGER, nullable=False),
    sa.Column("c", INTEGER),
    sa.CheckConstraint("a IN ('low', 'high')", name="a"),
    sa.CheckConstraint("b BETWEEN 3 AND 5", name="b"),
    sa.CheckConstraint("c IS NULL OR (c = 40 AND a = 'high')", name="c"),
    sa.UniqueConstraint("a", "b", name="u"),
    sqlite_strict=True,
)
"""
    write(branch, 1, create, 'op.drop_table("picky")')
    return branch


def test_values_are_found_that_constraints_accept(engine: str, tmp_path: Path) -> None:
    assert "picky" in verify(engine, [STORE_BRANCH, constrained(tmp_path)]).tables


def test_every_type_of_column_and_references_to_the_own_table_are_filled(
    engine: str, tmp_path: Path
) -> None:
    columns: list[Column[Any]] = [
        Column("seq", BigInteger, primary_key=True, autoincrement=False),
        Column("parent", BigInteger),
        Column("flag", Boolean, nullable=False),
        Column("part", Float, nullable=False),
        Column("price", Numeric(12, 2), nullable=False),
        Column("code", String(10), nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("day", Date, nullable=False),
        Column("hour", Time, nullable=False),
        Column("extra", JSON, nullable=False),
        Column("bytes", LargeBinary, nullable=False),
        Column("twice", BigInteger, Computed("seq * 2", persisted=True)),
    ]
    metadata = MetaData()
    Table("many", metadata, *columns, ForeignKeyConstraint(["parent"], ["many.seq"], name="own"))
    branch = toy_branch(tmp_path, "many", metadata)
    create = """
op.create_table(
    "many",
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("parent", sa.BigInteger),
    sa.Column("flag", sa.Boolean, nullable=False),
    sa.Column("part", sa.Float, nullable=False),
    sa.Column("price", sa.Numeric(12, 2), nullable=False),
    sa.Column("code", sa.String(10), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("hour", sa.Time, nullable=False),
    sa.Column("extra", sa.JSON, nullable=False),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
    sa.Column("twice", sa.BigInteger, sa.Computed("seq * 2", persisted=True)),
    sa.ForeignKeyConstraint(["parent"], ["many.seq"], name="own"),
)
"""
    write(branch, 1, create, 'op.drop_table("many")')
    assert "many" in verify(engine, [STORE_BRANCH, branch]).tables


def test_values_are_found_that_triggers_can_read(tmp_path: Path) -> None:
    metadata = MetaData()
    Table("tagged", metadata, Column("tags", TEXT, nullable=False), sqlite_strict=True)
    read = (
        "CREATE TRIGGER read_tags AFTER INSERT ON tagged BEGIN"
        " SELECT count(*) FROM json_each(new.tags); END"
    )
    trigger(metadata, "read_tags", read)
    branch = toy_branch(tmp_path, "tagged", metadata)
    column = 'sa.Column("tags", TEXT, nullable=False)'
    create = f'op.create_table("tagged", {column}, sqlite_strict=True)\nop.execute({read!r})'
    write(branch, 1, create, 'op.drop_table("tagged")')
    assert "tagged" in verify(SQLITE, [STORE_BRANCH, branch]).tables


def test_samples_serve_where_no_value_is_found(tmp_path: Path) -> None:
    metadata = MetaData()
    word = CheckConstraint("a = 'ab' || 'cd'", name="word")
    Table("riddle", metadata, Column("a", TEXT, nullable=False), word, sqlite_strict=True)
    branch = toy_branch(tmp_path, "r", metadata)
    create = """
op.create_table(
    "riddle", sa.Column("a", TEXT, nullable=False),
    sa.CheckConstraint("a = 'ab' || 'cd'", name="word"), sqlite_strict=True,
)
"""
    write(branch, 1, create, 'op.drop_table("riddle")')
    assert "riddle" in problems(SQLITE, branch)
    verify(SQLITE, [STORE_BRANCH, branch], {"riddle": [{"a": "abcd", "unknown": 1}]})


def test_the_target_itself_is_not_touched(tmp_path: Path) -> None:
    verify(tmp_path / "a.db", [STORE_BRANCH])
    assert list(tmp_path.iterdir()) == []


def test_extra_objects_can_be_listed_by_engine() -> None:
    metadata = MetaData()
    Table("t", metadata, Column("a", TEXT))
    percent = "CREATE VIEW v AS SELECT '100%' AS x FROM t"
    both = [
        extra_ddl(metadata, "view", "v", percent, "DROP VIEW v", dialect)
        for dialect in ("sqlite", "postgresql")
    ]
    assert extras(metadata) == tuple(both)
    assert extras(metadata, "sqlite") == (both[0],)
    assert ddl_statements((metadata,), "postgresql")[-1] == percent
    assert ddl_statements((metadata,), "sqlite") is ddl_statements((metadata,), "sqlite")


def test_extra_objects_are_dropped_before_the_tables() -> None:
    metadata = MetaData()
    Table("t", metadata, Column("a", TEXT))
    extra_ddl(metadata, "view", "v", "CREATE VIEW v AS SELECT 1", "DROP VIEW v", "sqlite")
    statements: list[str] = []

    engine = create_mock_engine("sqlite://", lambda sql, *_, **__: statements.append(str(sql)))
    metadata.drop_all(engine, checkfirst=False)
    assert statements[0] == "DROP VIEW v"
