"""The roles of the database: one owns the tables, the other serves from them, and no more."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import httpx
import psycopg
import pytest

from mustela.app import branches, collections, create_app
from mustela.errors import MustelaError
from mustela.jobs.opening import prepare_dispatcher
from mustela.settings import Settings
from mustela.store import migrate
from mustela.store.testing.postgres import PostgresServer
from mustela.store.upgrade import prepare
from tests.docs.pages import DOCS, PROJECT
from tests.make_video import make_video

SCRIPT = PROJECT / "deploy" / "postgres" / "roles.sql"


class Roles:
    """The script of the roles under names of its own, so that servers can be shared."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.mark = secrets.token_hex(4)
        text = SCRIPT.read_text(encoding="utf-8")
        text = re.sub(r"\bmustela_(owner|app)\b", rf"mustela_\1_{self.mark}", text)
        text = re.sub(r"(DATABASE|connect) mustela\b", rf"\1 mustela_{self.mark}", text)
        text = re.sub(r"^ *--.*$", "", text, flags=re.MULTILINE)
        before, _, after = text.partition(f"\\connect mustela_{self.mark}")
        self.at_the_server = _statements(before)
        self.in_the_database = _statements(after)

    @property
    def database(self) -> str:
        return f"mustela_{self.mark}"

    def role(self, name: str) -> str:
        return f"mustela_{name}_{self.mark}"

    def url(self, role: str, database: str | None = None) -> str:
        parts = urlsplit(self.server.url)
        host = parts.netloc.rpartition("@")[2]
        user = quote(parts.username or "postgres") if role == "superuser" else self.role(role)
        return urlunsplit(
            parts._replace(netloc=f"{user}@{host}", path=f"/{database or self.database}")
        )

    def make(self) -> None:
        self.run("superuser", self.at_the_server, "postgres")
        self.run("superuser", self.in_the_database)

    def run(self, role: str, statements: list[str], database: str | None = None) -> None:
        with psycopg.connect(self.url(role, database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def upgrade(self) -> None:
        """What ``mustela db upgrade`` does, by the owner."""
        migrate.upgrade(self.url("owner"), branches(collections()))
        prepare_dispatcher(self.url("owner"))

    def drop(self) -> None:
        self.run(
            "superuser",
            [f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)"]
            + [f"DROP ROLE IF EXISTS {self.role(name)}" for name in ("owner", "app")],
            "postgres",
        )


def _statements(text: str) -> list[str]:
    return [one.strip() for one in text.split(";") if one.strip()]


@pytest.fixture
def roles(postgres_server: PostgresServer) -> Iterator[Roles]:
    made = Roles(postgres_server)
    try:
        made.make()
        yield made
    finally:
        made.drop()


@pytest.mark.postgres
async def test_the_role_that_serves_can_do_all_that_a_server_does(
    roles: Roles, tmp_path: Path
) -> None:
    roles.upgrade()
    footage = tmp_path / "footage"
    footage.mkdir()
    make_video(footage / "Lisbon tram.mp4", frames=25)
    os.utime(footage / "Lisbon tram.mp4", (1.7e9, 1.7e9))  # as if it had been there for long
    settings = Settings.load(
        environ={}, data_dir=tmp_path / "data", database_url=roles.url("app"), watch_roots=False
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        base_url = "http://localhost/api/v1"
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
            root = await client.post("/roots", json={"path": str(footage)})
            assert root.status_code == 201, root.text
            scan = await client.post("/videos/scan", json={"path": str(footage)})
            assert scan.status_code == 202, scan.text
            wait = f"/jobs/{scan.json()['job_id']}/wait?timeout=60"
            job = (await client.get(wait)).json()
            assert (job["status"], job["error"]) == ("completed", None)
            (video,) = (await client.get("/videos/search?q=tram")).json()["items"]
            edited = await client.patch(f"/videos/{video['id']}", json={"tags": ["lisbon"]})
            assert edited.json()["tags"] == ["lisbon"]
            history = (await client.get(f"/videos/{video['id']}/history")).json()
            assert {entry["action"] for entry in history} == {"insert", "update"}
            assert (await client.get("/videos?tag=lisbon")).json()["total"] == 1
            assert (await client.delete(f"/videos/{video['id']}")).status_code in {200, 204}
            for path in ("stats", "queue", "metrics", "audit", "services/status", "images"):
                assert (await client.get(f"/{path}")).status_code == 200, path
            state = (await client.get("/services/status/store")).json()
            assert state["state"] == "ok"


@pytest.mark.postgres
def test_the_role_that_serves_cannot_change_the_tables(roles: Roles) -> None:
    roles.upgrade()
    for statement in (
        "CREATE TABLE mine (a int)",
        "ALTER TABLE videos ADD COLUMN mine int",
        "DROP TABLE videos",
        "TRUNCATE videos",
        "CREATE SCHEMA mine",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            roles.run("app", [statement])


@pytest.mark.postgres
def test_a_table_that_a_later_version_brings_can_be_served_from(roles: Roles) -> None:
    roles.run("owner", ["CREATE TABLE later (a bigint GENERATED ALWAYS AS IDENTITY, b text)"])
    roles.run("app", ["INSERT INTO later (b) VALUES ('x')", "UPDATE later SET b = 'y'"])
    roles.run("app", ["SELECT * FROM later", "DELETE FROM later"])


@pytest.mark.postgres
def test_a_server_that_may_not_upgrade_says_so_and_changes_nothing(
    roles: Roles, tmp_path: Path
) -> None:
    with pytest.raises(MustelaError) as caught:
        prepare(roles.url("app"), branches(collections()), tmp_path)
    assert "nothing was changed: permission denied" in caught.value.message


@pytest.mark.postgres
def test_nobody_else_may_connect(roles: Roles) -> None:
    other = f"mustela_other_{roles.mark}"
    roles.run("superuser", [f"CREATE ROLE {other} LOGIN"], "postgres")
    try:
        url = roles.url("app").replace(roles.role("app"), other)
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(url)
    finally:
        roles.run("superuser", [f"DROP ROLE {other}"], "postgres")


@pytest.mark.postgres
async def test_after_a_restore_the_database_gets_another_identity(
    roles: Roles, tmp_path: Path
) -> None:
    """What the page about upgrades has one run after ``pg_restore``."""
    roles.upgrade()
    page = (DOCS / "how-to" / "upgrade.md").read_text(encoding="utf-8")
    (words,) = re.findall(r"^MUSTELA_DATABASE_URL=\S+ mustela (.+)$", page, re.MULTILINE)
    owner = {"MUSTELA_DATABASE_URL": roles.url("owner"), "MUSTELA_DATA_DIR": str(tmp_path)}
    tags = []
    for _ in range(2):
        settings = Settings.load(
            environ={}, data_dir=tmp_path, database_url=roles.url("app"), watch_roots=False
        )
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost"
            ) as client:
                tags.append((await client.get("/api/v1/videos")).headers["etag"])
        subprocess.run(
            [sys.executable, "-m", "mustela", *words.split()], env=os.environ | owner, check=True
        )
    assert tags[0] != tags[1]
