"""Migrations: branches of several packages, whole or not at all, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config, main
from sqlalchemy import Connection, inspect

from mustela.store import migrate
from mustela.store.branch import STORE_BRANCH
from mustela.store.errors import NotADatabase, StoreUnavailable
from mustela.store.maintenance_errors import (
    BranchNotInstalled,
    DatabaseNotFound,
    DatabaseTooNew,
    ForeignDatabase,
    MigrationFailed,
)
from mustela.store.migrations import connections, snapshot
from tests.store.branches import (
    ToyBranch,
    notes_branch,
    toy_branch,
    write,
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = connections.plain_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def tables(url: str) -> set[str]:
    with connected(url) as connection:
        return set(snapshot.tables(connection))


def scalar(url: str, sql: str) -> Any:
    with connected(url) as connection:
        return connection.exec_driver_sql(sql).scalar()


@pytest.fixture
def notes(tmp_path: Path) -> ToyBranch:
    return notes_branch(tmp_path)


def test_branches_are_applied_in_the_order_of_their_dependencies(
    url: str, notes: ToyBranch
) -> None:
    migrate.upgrade(url, [notes, STORE_BRANCH])
    assert migrate.current(url) == [("notes", "notes_0001"), ("store", "store_0002")]
    assert migrate.current(url) == migrate.heads([STORE_BRANCH, notes])
    assert {"notes", "meta", "topics", "events", "audit"} == tables(url)


def test_applying_them_again_changes_nothing(url: str, notes: ToyBranch) -> None:
    migrate.upgrade(url, [STORE_BRANCH, notes])
    database_id = scalar(url, "SELECT value FROM meta WHERE key = 'database_id'")
    assert not migrate.needs_upgrade(url, [STORE_BRANCH, notes])
    migrate.upgrade(url, [STORE_BRANCH, notes])
    assert scalar(url, "SELECT value FROM meta WHERE key = 'database_id'") == database_id


def test_a_service_may_have_the_store_alone(url: str) -> None:
    migrate.upgrade(url, [STORE_BRANCH])
    assert migrate.current(url) == [("store", "store_0002")]


def test_a_branch_is_added_later(url: str, notes: ToyBranch) -> None:
    migrate.upgrade(url, [STORE_BRANCH])
    assert migrate.needs_upgrade(url, [STORE_BRANCH, notes])
    migrate.upgrade(url, [STORE_BRANCH, notes])
    assert "notes" in tables(url)


def test_a_failing_migration_takes_the_ones_before_it_back(url: str, notes: ToyBranch) -> None:
    write(notes, 2, 'op.create_table("half", sa.Column("a", INTEGER))', 'op.drop_table("half")')
    write(notes, 3, 'op.execute("INSERT INTO nowhere VALUES (1)")', "pass")
    migrate.upgrade(url, [STORE_BRANCH])
    with pytest.raises(MigrationFailed, match="nothing was changed"):
        migrate.upgrade(url, [STORE_BRANCH, notes])
    assert migrate.current(url) == [("store", "store_0002")]
    assert {"notes", "half"}.isdisjoint(tables(url))


def test_a_branch_whose_package_is_not_installed_is_left_alone(
    url: str, notes: ToyBranch, tmp_path: Path
) -> None:
    more = toy_branch(tmp_path, "more")
    write(more, 1, 'op.create_table("more", sa.Column("a", INTEGER))', 'op.drop_table("more")')
    migrate.upgrade(url, [STORE_BRANCH, notes, more])
    write(more, 2, 'op.create_table("most", sa.Column("a", INTEGER))', 'op.drop_table("most")')
    migrate.upgrade(url, [STORE_BRANCH, more])
    assert migrate.current(url) == [
        ("more", "more_0002"),
        ("notes", "notes_0001"),
        ("store", "store_0002"),
    ]
    assert {"notes", "most"} <= tables(url)
    migrate.downgrade(url, [STORE_BRANCH, more], "more@base")
    migrate.downgrade(url, [STORE_BRANCH, notes], "notes@base")
    assert migrate.current(url) == [("store", "store_0002")]


def test_what_an_uninstalled_branch_builds_on_cannot_be_taken_away(
    url: str, notes: ToyBranch
) -> None:
    migrate.upgrade(url, [STORE_BRANCH, notes])
    with pytest.raises(BranchNotInstalled, match="branch notes is not installed"):
        migrate.downgrade(url, [STORE_BRANCH], "base")
    assert {"notes", "meta"} <= tables(url)


def test_an_uninstalled_branch_with_several_revisions_keeps_its_place(
    url: str, notes: ToyBranch
) -> None:
    write(notes, 2, 'op.create_table("two", sa.Column("a", INTEGER))', 'op.drop_table("two")')
    migrate.upgrade(url, [STORE_BRANCH, notes])
    migrate.upgrade(url, [STORE_BRANCH])
    migrate.upgrade(url, [STORE_BRANCH, notes])
    assert migrate.current(url)[0] == ("notes", "notes_0002")


def test_a_database_goes_down_to_any_revision(url: str, notes: ToyBranch) -> None:
    write(notes, 2, 'op.create_table("two", sa.Column("a", INTEGER))', 'op.drop_table("two")')
    migrate.upgrade(url, [STORE_BRANCH, notes])
    migrate.downgrade(url, [STORE_BRANCH, notes], "notes_0001")
    assert migrate.current(url)[0] == ("notes", "notes_0001")
    migrate.downgrade(url, [STORE_BRANCH, notes], "base")
    assert migrate.current(url) == []
    assert tables(url) == set()


def test_a_newer_database_is_refused_and_its_version_named(url: str, notes: ToyBranch) -> None:
    path = notes.versions / f"{write(notes, 2, 'pass', 'pass')}.py"
    migrate.upgrade(url, [STORE_BRANCH, notes])
    with connected(url) as connection:
        connection.exec_driver_sql("UPDATE schema_revisions SET product_version = '9.9'")
    path.unlink()
    assert migrate.is_newer(url, [STORE_BRANCH, notes])
    assert not migrate.is_newer(url, [STORE_BRANCH])
    with pytest.raises(DatabaseTooNew, match=r"Mustela 9\.9 .*notes_0002"):
        migrate.upgrade(url, [STORE_BRANCH, notes])
    with pytest.raises(DatabaseTooNew, match=r"Mustela 9\.9 .*notes_0002"):
        migrate.downgrade(url, [STORE_BRANCH, notes], "base")


def test_a_database_that_another_program_migrates_is_refused(url: str) -> None:
    migrate.upgrade(url, [STORE_BRANCH])
    with connected(url) as connection:
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('deadbeef')")
    with pytest.raises(ForeignDatabase, match="deadbeef"):
        migrate.upgrade(url, [STORE_BRANCH])


def test_a_dependency_that_is_not_among_the_branches_is_named(url: str, notes: ToyBranch) -> None:
    with pytest.raises(BranchNotInstalled, match="store_0001"):
        migrate.upgrade(url, [notes])


def test_an_unknown_target_fails_in_words(url: str) -> None:
    with pytest.raises(MigrationFailed, match="store_0999"):
        migrate.upgrade(url, [STORE_BRANCH], "store_0999")


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(tmp_path: Path) -> None:
    branch = toy_branch(tmp_path, "family")
    write(branch, 1, TWO_TABLES, 'op.drop_table("child")\nop.drop_table("parent")')
    path = tmp_path / "a.db"
    migrate.upgrade(path, [STORE_BRANCH, branch])
    with connected(str(path)) as connection:
        connection.exec_driver_sql("INSERT INTO parent (id) VALUES (1), (2)")
        connection.exec_driver_sql("INSERT INTO child (parent) VALUES (1), (2)")
    write(branch, 2, REBUILD, REBUILD)
    migrate.upgrade(path, [STORE_BRANCH, branch])
    assert scalar(str(path), "SELECT count(*) FROM child") == 2
    with connected(str(path)) as connection:
        options: Any = inspect(connection).get_table_options("parent")
        assert options == {"sqlite_strict": True}
        connection.exec_driver_sql("INSERT INTO parent (id, name) VALUES (3, 'x')")
    assert scalar(str(path), "SELECT count(*) FROM child") == 3  # by the trigger on parent


def test_a_migration_that_leaves_references_dangling_changes_nothing(tmp_path: Path) -> None:
    branch = toy_branch(tmp_path, "family")
    write(branch, 1, TWO_TABLES, 'op.drop_table("child")\nop.drop_table("parent")')
    write(branch, 2, 'op.execute("INSERT INTO child (parent) VALUES (77)")', "pass")
    with pytest.raises(MigrationFailed, match="child"):
        migrate.upgrade(tmp_path / "a.db", [STORE_BRANCH, branch])
    assert migrate.current(tmp_path / "a.db") == []


TWO_TABLES = """
op.create_table("parent", sa.Column("id", INTEGER, primary_key=True), sqlite_strict=True)
op.create_table(
    "child",
    sa.Column("seq", INTEGER, primary_key=True),
    sa.Column("parent", INTEGER, sa.ForeignKey("parent.id", ondelete="CASCADE")),
    sqlite_strict=True,
)
op.execute(
    "CREATE TRIGGER first_child AFTER INSERT ON parent WHEN new.id > 2"
    " BEGIN INSERT INTO child (parent) VALUES (new.id); END"
)
"""
REBUILD = """
with triggers_set_aside(op), op.batch_alter_table("parent", recreate="always") as batch:
    batch.add_column(sa.Column("name", TEXT))
"""


@pytest.mark.parametrize(
    "ask", [migrate.current, lambda path: migrate.upgrade(path, [STORE_BRANCH])]
)
def test_a_file_that_is_not_a_database_is_named(tmp_path: Path, ask: Any) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(b"\0\0\0\x14ftypqt  " * 200)
    with pytest.raises(NotADatabase, match=r"film\.mov"):
        ask(path)


def test_asking_where_a_missing_database_is_creates_none(tmp_path: Path) -> None:
    with pytest.raises(DatabaseNotFound):
        migrate.current(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
def test_a_server_that_does_not_answer_is_unavailable() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreUnavailable):
        migrate.current("postgresql://nobody@127.0.0.1:1/none")


def ini(tmp_path: Path, url: str, *branches: Path) -> Path:
    path = tmp_path / "alembic.ini"
    locations = "\n    ".join(map(str, branches))
    path.write_text(
        "[alembic]\nscript_location = mustela.store:migrations\npath_separator = newline\n"
        f"version_locations =\n    {locations}\nsqlalchemy.url = {url.replace('%', '%%')}\n"
    )
    return path


def test_the_ordinary_alembic_command_works_too(url: str, notes: ToyBranch, tmp_path: Path) -> None:
    ini_file = ini(tmp_path, url, STORE_BRANCH.versions, notes.versions)
    main(["-c", str(ini_file), "upgrade", "heads"])
    assert migrate.current(url) == [("notes", "notes_0001"), ("store", "store_0002")]
    command.current(Config(str(ini_file), stdout=(said := StringIO())))
    assert "notes_0001 (head)" in said.getvalue()
    main(["-c", str(ini_file), "downgrade", "base"])
    assert tables(url) == set()
    main(["-c", str(ini_file), "stamp", "heads"])
    assert migrate.current(url) == [("notes", "notes_0001"), ("store", "store_0002")]


def test_alembic_prints_the_statements_where_it_is_asked_to(url: str, tmp_path: Path) -> None:
    ini_file = ini(tmp_path, url, STORE_BRANCH.versions)
    config = Config(str(ini_file), output_buffer=(printed := StringIO()))
    command.upgrade(config, "heads", sql=True)
    assert "CREATE TABLE meta" in printed.getvalue()


def test_alembic_writes_a_new_revision_from_the_template(tmp_path: Path) -> None:
    notes = notes_branch(tmp_path)
    config = Config(str(ini(tmp_path, "sqlite://", STORE_BRANCH.versions, notes.versions)))
    made = command.revision(
        config,
        "Add stars",
        head="notes@head",
        rev_id="notes_0002",
        version_path=str(notes.versions),
    )
    assert made is not None
    assert not isinstance(made, list)
    compile(Path(made.path).read_text(), made.path, "exec")
    assert migrate.heads([STORE_BRANCH, notes])[0] == ("notes", "notes_0002")


def test_each_shipped_revision_s_file_begins_with_its_id() -> None:
    scripts = migrate.script_directory([STORE_BRANCH])
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(script.revision)


def test_a_path_with_spaces_percent_signs_and_quotes_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a 100% 'q' #1.db"
    migrate.upgrade(path, [STORE_BRANCH])
    assert path.exists()
    assert migrate.current(path) == [("store", "store_0002")]
