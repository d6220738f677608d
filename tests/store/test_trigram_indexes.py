"""Text search on PostgreSQL: quick where ``pg_trgm`` can be had, right without."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed")

import psycopg
from sqlalchemy import Column, MetaData, Table

from mustela.files.branch import FILES_BRANCH
from mustela.jobs.branch import JOBS_BRANCH
from mustela.store import INTEGER, NAMING, TEXT, Store, TextIndex, migrate
from mustela.store.branch import STORE_BRANCH
from mustela.store.ddl import extras
from mustela.store.migrations.verify import verify
from mustela.store.testing.postgres import PostgresServer
from mustela.store.upgrade import prepare
from mustela.video.collection import VIDEO
from mustela.video.record import Video
from mustela.video.repository import VideoRepository
from tests.store.branches import ToyBranch, toy_branch, write

pytestmark = pytest.mark.postgres

BRANCHES = [STORE_BRANCH, JOBS_BRANCH, FILES_BRANCH, *VIDEO.branches]
INDEX = "ix_videos_search_text_trigram"
PATHS = ["/a/Straße.mp4", "/a/strand_1.mp4", "/b/100%.mp4", r"/b/x\\y.mp4", "/c/é.mp4"]
QUERIES = ["strasse", "tra", "st", "0%", "_1", "\\", "é", "strand .mp4", "nothing", ""]


def ask(url: str, *statements: str) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements[:-1]:
            connection.execute(statement.encode())
        cursor = connection.execute(statements[-1].encode())
        return cursor.fetchone() if cursor.description else None


def has_index(url: str) -> bool:
    return bool(ask(url, f"SELECT to_regclass('{INDEX}') IS NOT NULL")[0])


@pytest.fixture
def plain_url(postgres_url: str) -> Iterator[str]:
    """The database for a user who may make tables, and no extension."""
    name, secret = f"mustela_plain_{secrets.token_hex(4)}", secrets.token_hex(8)
    ask(
        postgres_url,
        f"CREATE ROLE {name} LOGIN PASSWORD '{secret}'",
        f"GRANT ALL ON SCHEMA public TO {name}",
    )
    parts = urlsplit(postgres_url)
    place = parts.netloc.rpartition("@")[2]
    yield urlunsplit(parts._replace(netloc=f"{name}:{secret}@{place}"))
    ask(postgres_url, f"DROP OWNED BY {name} CASCADE", f"DROP ROLE {name}")


def found_by(url: str) -> list[list[str]]:
    with Store.open(url) as store:
        videos = VideoRepository(store)
        return [sorted(one.path for one in videos.search(query)) for query in QUERIES]


def fill(url: str) -> None:
    with Store.open(url) as store:
        VideoRepository(store).add_many([Video(path=path) for path in PATHS])


EXPECTED = [
    PATHS[:1],
    sorted(PATHS[:2]),
    sorted(PATHS[:2]),
    PATHS[2:3],
    PATHS[1:2],
    PATHS[3:4],
    PATHS[4:],
    PATHS[1:2],
    [],
    sorted(PATHS),
]


def test_a_search_uses_the_index(postgres_url: str) -> None:
    migrate.upgrade(postgres_url, BRANCHES)
    fill(postgres_url)
    assert has_index(postgres_url)
    assert found_by(postgres_url) == EXPECTED
    with psycopg.connect(postgres_url, options="-c enable_seqscan=off") as connection:
        plan = connection.execute(
            "EXPLAIN (FORMAT JSON) SELECT 1 FROM videos WHERE search_text LIKE '%strand%'"
        ).fetchone()
    assert INDEX in str(plan)


def test_without_the_extension_a_search_finds_the_same(plain_url: str) -> None:
    migrate.upgrade(plain_url, BRANCHES)
    fill(plain_url)
    assert not has_index(plain_url)
    assert found_by(plain_url) == EXPECTED


def test_so_it_does_in_tables_made_without_migrations(plain_url: str) -> None:
    metadata = [branch.metadata for branch in BRANCHES[1:]]
    with Store.open(plain_url, create=metadata):
        fill(plain_url)
    assert not has_index(plain_url)
    assert found_by(plain_url) == EXPECTED


def test_the_index_is_made_at_the_next_start_once_the_extension_can_be_had(
    postgres_url: str, plain_url: str, tmp_path: Path
) -> None:
    prepare(plain_url, BRANCHES, tmp_path).lock.release()
    fill(plain_url)
    prepare(plain_url, BRANCHES, tmp_path).lock.release()
    assert not has_index(plain_url)
    ask(postgres_url, "CREATE EXTENSION pg_trgm")
    prepare(plain_url, BRANCHES, tmp_path).lock.release()
    assert has_index(plain_url)
    assert found_by(plain_url) == EXPECTED


_REFUSE = """
CREATE SCHEMA refusing;
CREATE FUNCTION refusing.refuse() RETURNS event_trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE 'no extensions here'; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION')
  EXECUTE FUNCTION refusing.refuse();
"""


@pytest.fixture(params=["allowed", "refused"])
def extensions(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[str]:
    """Whether databases that are made now can have extensions, whoever asks."""
    if request.param == "allowed":
        yield "allowed"
        return
    if postgres_server.pid is None:
        pytest.skip("the server is somebody else's, and its template stays as it is")
    template = urlunsplit(urlsplit(postgres_server.url)._replace(path="/template1"))
    ask(template, _REFUSE)
    yield "refused"
    ask(template, "DROP EVENT TRIGGER refuse", "DROP SCHEMA refusing CASCADE")


def searched_pages(directory: Path) -> ToyBranch:
    """One table with a text index."""
    metadata = MetaData(naming_convention=NAMING)
    pages = Table(
        "pages",
        metadata,
        Column("seq", INTEGER, primary_key=True),
        Column("search_text", TEXT, nullable=False),
        sqlite_strict=True,
    )
    TextIndex(pages)
    branch = toy_branch(directory, "pages", metadata)
    (index,) = extras(metadata, "postgresql")
    create = """
op.create_table(
    "pages",
    sa.Column("seq", INTEGER, nullable=False),
    sa.Column("search_text", TEXT, nullable=False),
    sa.PrimaryKeyConstraint("seq", name="pk_pages"),
)
op.get_bind().exec_driver_sql({!r})
"""
    write(branch, 1, create.format(index.create), 'op.drop_table("pages")')
    return branch


@pytest.mark.usefixtures("extensions")
def test_the_migrations_are_sound_with_the_extension_and_without(
    postgres_url: str, tmp_path: Path
) -> None:
    assert "pages" in verify(postgres_url, [STORE_BRANCH, searched_pages(tmp_path)]).tables
