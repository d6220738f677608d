"""A database copied to another engine is the same, row by row; or there is no copy."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import apsw
import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Computed,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    Table,
    insert,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError

from mustela.store import Store, migrate
from mustela.store.branch import STORE_BRANCH, Branch
from mustela.store.copy import (
    Copied,
    CopyDiffers,
    CopyRefused,
    Progress,
    RowRefused,
    compare_databases,
    copy_database,
)
from mustela.store.copy.comparison import differences
from mustela.store.copy.plan import CopiedTable
from mustela.store.copy.refusals import SourceBehind
from mustela.store.ddl import DialectName, trigger, virtual_table
from mustela.store.errors import StoreUnavailable
from mustela.store.maintenance_errors import DatabaseNotFound, DatabaseTooNew
from mustela.store.migrations import connections, snapshot
from mustela.store.schema import BLOB, INTEGER, NAMING, REAL, TEXT, meta
from mustela.store.testing.postgres import PostgresServer
from tests.store.branches import ToyBranch, toy_branch, write

metadata = MetaData(naming_convention=NAMING)
#: A key of text, every type that differs between the engines, references to the own table.
parts = Table(
    "parts",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("number", INTEGER, primary_key=True, autoincrement=False),
    Column("inside", INTEGER, ForeignKey("things.seq")),
    sqlite_strict=True,
)
things = Table(
    "things",
    metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("within", INTEGER, ForeignKey("things.seq")),
    Column("size", REAL),
    Column("bytes", BLOB),
    Column("yes", Boolean),
    Column("said", JSON),
    Column("at", DateTime(timezone=True)),
    Column("day", Date),
    Column("twice", INTEGER, Computed("seq * 2", persisted=True)),
    Column("text", TEXT),
    Index("ix_things_size", "size"),
    sqlite_autoincrement=True,
)
counted = Table(
    "counted",
    metadata,
    Column("kind", TEXT, primary_key=True),
    Column("shard", INTEGER, primary_key=True, autoincrement=False),
    Column("things", INTEGER, nullable=False),
    info={"sums_over": "shard"},
    sqlite_strict=True,
)
present = Table("present", metadata, Column("name", TEXT, primary_key=True), info={"copied": False})
COUNT: dict[DialectName, list[str]] = {
    "sqlite": [
        "CREATE TRIGGER count_things AFTER INSERT ON things BEGIN INSERT INTO counted VALUES"
        " ('all', 0, 1) ON CONFLICT DO UPDATE SET things = things + 1; END"
    ],
    "postgresql": [
        "CREATE FUNCTION count_things() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO"
        " counted VALUES ('all', new.seq, 1); RETURN NULL; END $$",
        "CREATE TRIGGER count_things AFTER INSERT ON things FOR EACH ROW EXECUTE FUNCTION"
        " count_things()",
    ],
}
for _dialect, _statements in COUNT.items():
    for _statement in _statements:
        trigger(metadata, "count_things", _statement, table="things", dialect=_dialect)

CREATE = """
from tests.store.test_copy import COUNT, metadata
bind = op.get_bind()
for table in metadata.sorted_tables:
    table.create(bind)
for statement in COUNT[bind.dialect.name]:
    bind.exec_driver_sql(statement)
"""

URLS = {"sqlite": "file", "postgresql": "server"}


@pytest.fixture
def branches(tmp_path: Path) -> list[Branch]:
    things_branch = toy_branch(tmp_path / "branches", "things", metadata)
    write(things_branch, 1, CREATE, "pass", depends=("store_0001",))
    return [STORE_BRANCH, things_branch]


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """The URL of a database of an engine, in which there is nothing."""
    made: list[str] = []
    numbers = count(1)
    server: PostgresServer | None = None

    def new(engine: str) -> str:
        nonlocal server
        if engine == "sqlite":
            return f"sqlite:///{tmp_path}/{next(numbers)}.db"
        server = request.getfixturevalue("postgres_server")
        assert server is not None
        made.append(server.create_database())
        return made[-1]

    yield new
    for url in made:
        assert server is not None
        server.drop_database(url)


PAIRS = [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite")]


@pytest.fixture(params=PAIRS, ids=lambda pair: f"from-{pair[0]}-to-{pair[1]}")
def pair(request: pytest.FixtureRequest, new_url: Callable[[str], str]) -> tuple[str, str]:
    """A source and a target, of each engine."""
    source, target = request.param
    return new_url(source), new_url(target)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = connections.plain_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def rows(url: str) -> snapshot.Rows:
    with connected(url) as connection:
        return snapshot.rows(connection)


THINGS: list[dict[str, Any]] = [
    {"seq": 2**61, "size": 5e-324, "text": "", "bytes": b"", "said": {"a": [1, None, "ä"]}},
    {"seq": 1, "within": 3, "size": 0.1 + 0.2, "yes": True, "text": "a\tb\nc\\N\\.", "said": []},
    {"seq": 3, "size": 1.7976931348623157e308, "yes": False, "bytes": bytes(range(256))},
    {"seq": -7, "size": 7.0, "at": datetime(2024, 2, 29, 12, tzinfo=UTC), "day": date(1, 1, 1)},
    {"seq": 4, "text": "日本 🐾 %s \u2028 ß \x01", "said": "text", "size": -math.inf},
]
PARTS = [
    {"name": name, "number": number, "inside": None}
    for name in ("a", "B", "b", "ä", "\U0001f43e", "\uffee", "")
    for number in (-(2**63), 0, 2**63 - 1)
]


def filled(url: str, branches: list[Branch]) -> None:
    migrate.upgrade(url, branches)
    Store.open(url).close()  # as a server leaves it
    with connected(url) as connection:
        blank = {c.name: None for c in things.c if c.name != "twice"}
        connection.execute(insert(things), [{**blank, **row} for row in sorted_by_reference()])
        connection.execute(insert(parts), PARTS)
        connection.execute(insert(present).values(name="this process"))
        connection.execute(insert(meta).values(key="kept", value="value"))


def sorted_by_reference() -> list[dict[str, Any]]:
    return sorted(THINGS, key=lambda row: "within" in row)


def test_every_row_is_copied_whatever_it_holds(
    pair: tuple[str, str], branches: list[Branch]
) -> None:
    source, target = pair
    filled(source, branches)
    done = copy_database(source, target, branches)
    before, after = rows(source), rows(target)
    assert after.pop("present") == []
    assert before.pop("present") == [{"name": "this process"}]
    assert sum(row["things"] for row in before.pop("counted")) == 5
    assert after.pop("counted") == [{"kind": "all", "shard": 0, "things": 5}]
    with connected(source) as one, connected(target) as other:
        for table in (things, parts, meta):
            ordered = select(*(c for c in table.c if c.name != "at")).order_by(*table.primary_key)
            if table is meta:
                ordered = ordered.where(meta.c.key != "database_id")
            assert one.execute(ordered).fetchall() == other.execute(ordered).fetchall()
        (at,) = other.execute(select(things.c.at).where(things.c.at.is_not(None))).scalars()
        assert at is not None
        assert at.replace(tzinfo=UTC) == datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert done.tables["things"] == 5
    assert done.tables["parts"] == len(PARTS)
    assert not done.changed_since
    assert compare_databases(source, target, branches) == done.tables


def test_the_copy_is_another_database_at_the_same_revisions(
    pair: tuple[str, str], branches: list[Branch]
) -> None:
    source, target = pair
    filled(source, branches)
    done = copy_database(source, target, branches)
    identities: list[str] = []
    for url in pair:
        with connected(url) as connection:
            key = select(meta.c.value).where(meta.c.key == "database_id")
            identities += connection.execute(key).scalars()
    assert len(set(identities)) == 2
    assert identities[1] == done.database_id
    assert migrate.current(target) == migrate.current(source) == migrate.heads(branches)


def test_the_copy_has_the_schema_of_a_new_database_and_its_triggers_act(
    pair: tuple[str, str], branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = pair
    filled(source, branches)
    copy_database(source, target, branches)
    fresh = new_url("sqlite" if target.startswith("sqlite") else "postgresql")
    migrate.upgrade(fresh, branches)
    with connected(target) as one, connected(fresh) as other:
        assert snapshot.schema(one) == snapshot.schema(other)
        one.execute(insert(things).values(seq=99))
        assert one.scalar(text("SELECT sum(things) FROM counted")) == 6
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
            one.execute(insert(parts).values(name="x", number=1, inside=12345))


def test_numbers_go_on_after_the_highest_that_was_given(
    pair: tuple[str, str], branches: list[Branch]
) -> None:
    source, target = pair
    migrate.upgrade(source, branches)
    with connected(source) as connection:
        for _ in range(3):
            connection.execute(insert(things).values(text="x"))
        connection.execute(text("DELETE FROM things WHERE seq > 1"))
    copy_database(source, target, branches)
    with connected(target) as connection:
        connection.execute(insert(things).values(text="next"))
        numbers = connection.execute(select(things.c.seq).order_by(things.c.seq)).scalars()
        assert list(numbers) == [1, 4]


def test_there_and_back_it_is_the_original(
    branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    first, server, last = new_url("sqlite"), new_url("postgresql"), new_url("sqlite")
    filled(first, branches)
    with connected(first) as connection:
        connection.execute(things.delete().where(things.c.size == -math.inf))
    copy_database(first, server, branches)
    copy_database(server, last, branches)
    before = rows(first)
    before["present"] = []
    assert rows(last) == before
    assert compare_databases(first, last, branches)["things"] == 4


@pytest.mark.parametrize("engine", URLS)
def test_what_is_written_after_the_snapshot_is_not_in_the_copy_and_that_is_said(
    engine: str, branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = new_url(engine), new_url("sqlite")
    filled(source, branches)

    def interfere(progress: Progress) -> None:
        if progress == Progress("copied", "things", 5, whole=True):
            with connected(source) as connection:
                connection.execute(insert(parts).values(name="late", number=1))
                connection.execute(text("INSERT INTO topics VALUES ('things', 0, 1, 1)"))
                connection.execute(text("UPDATE things SET text = 'changed'"))

    done = copy_database(source, target, branches, progress=interfere)
    assert done.changed_since
    assert done.tables["parts"] == len(PARTS)
    with connected(target) as connection:
        assert not connection.scalar(text("SELECT count(*) FROM things WHERE text = 'changed'"))


def test_tables_of_others_are_left_where_they_are_and_named(
    pair: tuple[str, str], branches: list[Branch]
) -> None:
    source, target = pair
    filled(source, branches)
    with connected(source) as connection:
        connection.execute(text("CREATE TABLE procrastinate_jobs (id INTEGER PRIMARY KEY)"))
    if target.startswith("postgresql"):
        with connected(target) as connection:
            connection.execute(text("CREATE TABLE procrastinate_jobs (id INTEGER PRIMARY KEY)"))
            connection.execute(text("INSERT INTO procrastinate_jobs VALUES (1)"))
    done = copy_database(source, target, branches)
    assert done.left_behind == ("procrastinate_jobs",)
    if target.startswith("postgresql"):
        assert rows(target)["procrastinate_jobs"] == [{"id": 1}]


def is_untouched(url: str) -> bool:
    """There is no file, and nothing beside it; or there is no table in the database."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        return not path.exists() and not list(path.parent.glob(f".{path.name}*"))
    with connected(url) as connection:
        return snapshot.tables(connection) == []


def test_a_target_with_rows_is_refused_and_kept(
    pair: tuple[str, str], branches: list[Branch]
) -> None:
    source, target = pair
    filled(source, branches)
    filled(target, branches)
    before = rows(target)
    with pytest.raises(CopyRefused, match=r"already|not empty"):
        copy_database(source, target, branches)
    assert rows(target) == before


def test_a_target_that_has_our_tables_by_chance_is_refused(
    branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = new_url("sqlite"), new_url("postgresql")
    filled(source, branches)
    with connected(target) as connection:
        connection.execute(text("CREATE TABLE things (a INTEGER)"))
    with pytest.raises(CopyRefused, match="it has the tables things"):
        copy_database(source, target, branches)


def test_a_server_s_database_that_is_upgraded_and_empty_is_filled(
    branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = new_url("sqlite"), new_url("postgresql")
    filled(source, branches)
    migrate.upgrade(target, branches)
    old = rows_of_identity(target)
    assert copy_database(source, target, branches).database_id != old
    assert rows_of_identity(target) != old


def rows_of_identity(url: str) -> str:
    with connected(url) as connection:
        found = connection.scalar(select(meta.c.value).where(meta.c.key == "database_id"))
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("engine", URLS)
def test_a_source_of_other_revisions_is_refused(
    engine: str, branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = new_url(engine), new_url("sqlite")
    migrate.upgrade(source, branches[:1])
    with pytest.raises(SourceBehind, match="upgrade it first"):
        copy_database(source, target, branches)
    migrate.upgrade(source, branches)
    with pytest.raises(CopyRefused, match="has things, whose package is not installed"):
        copy_database(source, target, branches[:1])
    assert isinstance(branches[1], ToyBranch)
    later = write(branches[1], 2, "pass", "pass")
    migrate.upgrade(source, branches)
    (branches[1].versions / f"{later}.py").unlink()
    with pytest.raises(DatabaseTooNew, match="things_0002"):
        copy_database(source, target, branches)
    assert is_untouched(target)


def test_a_source_that_is_not_there_is_named(tmp_path: Path, branches: list[Branch]) -> None:
    with pytest.raises(DatabaseNotFound, match=r"nowhere\.db"):
        copy_database(tmp_path / "nowhere.db", tmp_path / "copy.db", branches)
    empty = tmp_path / "empty.db"
    apsw.Connection(str(empty)).close()
    empty.touch()
    with pytest.raises(CopyRefused, match="holds no database of Mustela"):
        copy_database(empty, tmp_path / "copy.db", branches)
    migrate.upgrade(tmp_path / "a.db", branches)
    with pytest.raises(StoreUnavailable, match="its directory does not exist"):
        copy_database(tmp_path / "a.db", tmp_path / "nowhere" / "copy.db", branches)
    with pytest.raises(StoreUnavailable):
        copy_database(tmp_path / "a.db", "postgresql://nobody@127.0.0.1:1/none", branches)


def test_text_that_postgresql_cannot_keep_is_named(
    branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = new_url("sqlite"), new_url("postgresql")
    filled(source, branches)
    with connected(source) as connection:
        connection.execute(insert(things).values(seq=50, text="with\0in"))
    with pytest.raises(RowRefused, match=r"text of the row seq=50 of things holds the letter NUL"):
        copy_database(source, target, branches)
    assert is_untouched(target)


def test_a_number_that_sqlite_cannot_keep_is_named(
    branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = new_url("postgresql"), new_url("sqlite")
    filled(source, branches)
    with connected(source) as connection:
        connection.execute(insert(things).values(seq=50, size=math.nan))
    with pytest.raises(RowRefused, match=r"size of the row seq=50 of things is NaN"):
        copy_database(source, target, branches)
    assert is_untouched(target)


def test_what_is_no_number_stays_so_between_servers(
    branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = new_url("postgresql"), new_url("postgresql")
    filled(source, branches)
    with connected(source) as connection:
        connection.execute(insert(things).values(seq=50, size=math.nan))
    copy_database(source, target, branches)
    with connected(target) as connection:
        found = connection.scalar(select(things.c.size).where(things.c.seq == 50))
    assert found is not None
    assert math.isnan(found)


def planted(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Iterator[Any]], Iterator[Any]]
) -> None:
    """Have what is loaded into the table of parts changed on its way."""
    for name in ("sqlite.copying.SQLiteTarget", "postgres.copying.PostgresTarget"):
        module, _, kind = name.rpartition(".")
        target = getattr(__import__(f"mustela.store.{module}", fromlist=[kind]), kind)

        def load(
            self: Any, table: CopiedTable, found: Iterator[Any], whole: Any = target.load
        ) -> None:
            whole(self, table, change(found) if table.name == "parts" else found)

        monkeypatch.setattr(target, "load", load)


def changed(found: Iterator[Any]) -> Iterator[Any]:
    for name, number, inside in found:
        yield (name, number, 1 if (name, number) == ("b", 0) else inside)


def lost(found: Iterator[Any]) -> Iterator[Any]:
    return (row for row in found if row[:2] != ("ä", 0))


def grown(found: Iterator[Any]) -> Iterator[Any]:
    yield from found
    yield ("zz", 5, None)


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (changed, "parts, name='b', number=0: inside is None, and 1 in the copy"),
        (lost, "parts, name='ä', number=0: it is not in the copy"),
        (grown, "parts, name='zz', number=5: it is only in the copy"),
    ],
    ids=["changed", "lost", "grown"],
)
def test_a_difference_is_found_and_the_copy_thrown_away(
    pair: tuple[str, str],
    branches: list[Branch],
    monkeypatch: pytest.MonkeyPatch,
    plant: Any,
    said: str,
) -> None:
    source, target = pair
    filled(source, branches)
    planted(monkeypatch, plant)
    with pytest.raises(CopyDiffers) as found:
        copy_database(source, target, branches)
    assert [str(one) for one in found.value.differences] == [said]
    assert is_untouched(target)
    monkeypatch.undo()
    assert copy_database(source, target, branches).tables["parts"] == len(PARTS)


def test_databases_that_have_drifted_apart_are_compared(
    pair: tuple[str, str], branches: list[Branch]
) -> None:
    source, target = pair
    filled(source, branches)
    copy_database(source, target, branches)
    with connected(target) as connection:
        connection.execute(text("UPDATE things SET text = 'other' WHERE seq IN (1, 3)"))
        connection.execute(text("DELETE FROM parts WHERE name = 'a'"))
    with pytest.raises(CopyDiffers) as found:
        compare_databases(source, target, branches)
    assert sorted((one.table, one.key) for one in found.value.differences) == [
        *(("parts", f"name='a', number={n}") for n in (-(2**63), 0, 2**63 - 1)),
        ("things", "seq=1"),
        ("things", "seq=3"),
    ]


def test_of_very_many_differences_the_first_are_said() -> None:
    many = [(n, n) for n in range(10)]
    table = CopiedTable(Table("t", MetaData(), Column("a", INTEGER, primary_key=True),
                              Column("b", INTEGER)))  # fmt: skip
    found = differences(table, iter(many), iter([(1, 1), (2, 9), (11, 0)]))
    assert [(one.key, one.problem) for one in found][:3] == [
        ("a=0", "it is not in the copy"),
        ("a=2", "b is 2, and 9 in the copy"),
        ("a=3", "it is not in the copy"),
    ]


class Stopped(BaseException):
    """As Ctrl-C does."""


@pytest.mark.parametrize("stage", ["copied", "compared"])
def test_a_copy_that_is_interrupted_leaves_nothing(
    pair: tuple[str, str], branches: list[Branch], stage: str
) -> None:
    source, target = pair
    filled(source, branches)

    def stop(progress: Progress) -> None:
        if (progress.stage, progress.table) == (stage, "things"):
            raise Stopped

    with pytest.raises(Stopped):
        copy_database(source, target, branches, progress=stop)
    assert is_untouched(target)


KILLED = """
import os, signal, sys
from tests.store.test_copy import metadata
from tests.store.branches import ToyBranch
from pathlib import Path
from mustela.store.branch import STORE_BRANCH
from mustela.store.copy import copy_database
source, target, directory = sys.argv[1:]
def die(progress):
    if (progress.stage, progress.table) == ("copied", "things"):
        os.kill(os.getpid(), signal.SIGKILL)
branch = ToyBranch("things", "", metadata, Path(directory))
copy_database(source, target, [STORE_BRANCH, branch], progress=die)
"""


@pytest.mark.parametrize("engine", URLS)
def test_a_killed_copy_is_begun_again_as_if_nothing_had_been(
    engine: str, branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = new_url("sqlite"), new_url(engine)
    filled(source, branches)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, source, target, str(branches[1].versions)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    if engine == "sqlite":
        assert not Path(target.removeprefix("sqlite:///")).exists()
    done: Copied = copy_database(source, target, branches)
    assert done.tables["things"] == 5
    assert rows(target)["things"]


def test_a_lost_connection_ends_the_copy_in_words(
    branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = new_url("sqlite"), new_url("postgresql")
    filled(source, branches)

    def cut(progress: Progress) -> None:
        if (progress.stage, progress.table) == ("copied", "things"):
            with connected(target) as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

    with pytest.raises(StoreUnavailable):
        copy_database(source, target, branches, progress=cut)
    assert is_untouched(target)


def test_two_copies_to_one_target_do_not_meet(
    pair: tuple[str, str], branches: list[Branch]
) -> None:
    source, target = pair
    filled(source, branches)
    refused: list[CopyRefused] = []

    def again(progress: Progress) -> None:
        if progress == Progress("copied", "things", 5, whole=True):
            with pytest.raises(CopyRefused) as found:
                copy_database(source, target, branches)
            refused.append(found.value)

    copy_database(source, target, branches, progress=again)
    assert "wait for it" in refused[0].message
    assert rows(target)["things"]


def test_a_file_that_appears_meanwhile_is_kept(
    tmp_path: Path, branches: list[Branch], new_url: Callable[[str], str]
) -> None:
    source, target = new_url("sqlite"), tmp_path / "copy.db"
    filled(source, branches)
    with pytest.raises(CopyRefused, match="Something has appeared"):
        copy_database(
            source, target, branches, progress=lambda _: (target.write_text("mine"), None)[1]
        )
    assert target.read_text() == "mine"


def test_a_table_that_cannot_be_copied_is_refused_beforehand(tmp_path: Path) -> None:
    keyless = MetaData()
    Table("keyless", keyless, Column("a", TEXT))
    migrate.upgrade(tmp_path / "a.db", [STORE_BRANCH])
    with pytest.raises(CopyRefused, match="keyless has no primary key"):
        copy_database(
            tmp_path / "a.db", tmp_path / "b.db", [STORE_BRANCH, Branch("b", "", keyless)]
        )
    odd = MetaData()
    virtual_table(odd, "odd", "CREATE VIRTUAL TABLE odd USING fts5(a)")
    with pytest.raises(CopyRefused, match="how the virtual table odd is filled"):
        copy_database(tmp_path / "a.db", tmp_path / "b.db", [STORE_BRANCH, Branch("b", "", odd)])


def test_how_far_it_is_is_said_of_each_table(pair: tuple[str, str], branches: list[Branch]) -> None:
    source, target = pair
    migrate.upgrade(source, branches)
    with connected(source) as connection:
        connection.execute(
            insert(parts), [{"name": "p", "number": n, "inside": None} for n in range(20_001)]
        )
    said: list[Progress] = []
    copy_database(source, target, branches, progress=said.append)
    assert [one[2:] for one in said if one[:2] == ("copied", "parts")] == [
        (10_000, False),
        (20_000, False),
        (20_001, True),
    ]
    assert Progress("compared", "parts", 20_001, whole=True) in said
