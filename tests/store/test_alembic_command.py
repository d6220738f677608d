"""Alembic's own command, as a person runs it in a shell, with the file that the how-to gives."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from mustela.store import migrate
from mustela.store.migrations import connections, snapshot
from tests.filled_catalog import connected, shipped

pytestmark = pytest.mark.slow

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "use-alembic.md"

#: What stands before the path of a file, or the rest of a server's URL.
DRIVERS = {
    "sqlite": ["sqlite+apsw", "sqlite", "sqlite+aiosqlite"],
    "postgresql": [
        "postgresql+psycopg",
        "postgresql",
        "postgresql+psycopg_async",
        "postgresql+asyncpg",
    ],
}

Alembic = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def plain_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Without a driver."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/100% mine.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


def ini_of(page: Path, url: str) -> str:
    """The file in the how-to, with another URL."""
    found = re.search(r"```ini\n(.*?)```", page.read_text(), re.DOTALL)
    assert found is not None
    escaped = url.replace("%", "%%")
    return re.sub(r"(?m)^sqlalchemy\.url = .*$", lambda _: f"sqlalchemy.url = {escaped}", found[1])


def command(tmp_path: Path, url: str) -> Alembic:
    """``alembic``, in a directory with such a file."""
    (tmp_path / "alembic.ini").write_text(ini_of(HOW_TO, url))

    def run(*arguments: str, ends: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONWARNINGS": "error"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == ends, done.stderr
        return done

    return run


def test_it_upgrades_says_where_it_is_compares_and_goes_back(
    plain_url: str, tmp_path: Path
) -> None:
    url = plain_url.replace("sqlite:", "sqlite+apsw:").replace("postgresql:", "postgresql+psycopg:")
    alembic = command(tmp_path, url)
    alembic("upgrade", "heads")
    heads = dict(migrate.heads(shipped()))
    assert migrate.current(plain_url) == sorted(heads.items())
    said = alembic("current").stdout
    # Alembic names what nothing else builds on.
    assert f"{heads['video']} (head)" in said
    history = alembic("history").stdout
    for revision in heads.values():
        assert revision in history
    assert "No new upgrade operations detected." in alembic("check").stdout
    alembic("downgrade", "video@base")
    assert "video" not in dict(migrate.current(plain_url))
    with connected(plain_url) as connection:
        assert "videos" not in snapshot.tables(connection)
    alembic("upgrade", "heads")
    alembic("downgrade", "base")
    with connected(plain_url) as connection:
        assert snapshot.tables(connection) == []


def test_check_finds_a_database_that_has_drifted(plain_url: str, tmp_path: Path) -> None:
    migrate.upgrade(plain_url, shipped())
    with connected(plain_url) as connection:
        connection.execute(text("DROP INDEX ix_videos_fingerprint"))
        connection.execute(text("ALTER TABLE roots ADD COLUMN stray TEXT"))
    refused = command(tmp_path, plain_url)("check", ends=255)
    assert "ix_videos_fingerprint" in refused.stdout + refused.stderr
    assert "stray" in refused.stdout + refused.stderr


def test_urls_of_other_drivers_are_taken_async_ones_too(plain_url: str, tmp_path: Path) -> None:
    scheme = plain_url.partition(":")[0]
    migrate.upgrade(plain_url, shipped())
    for driver in DRIVERS[scheme]:
        said = command(tmp_path, plain_url.replace(scheme, driver, 1))("current").stdout
        assert f"{dict(migrate.heads(shipped()))['video']} (head)" in said


def test_it_prints_the_statements_of_an_upgrade(plain_url: str, tmp_path: Path) -> None:
    printed = command(tmp_path, plain_url)("upgrade", "store@head", "--sql").stdout
    assert "CREATE TABLE meta" in printed
    engine = connections.driver_url(plain_url).get_backend_name()
    if engine == "sqlite":
        assert not (tmp_path / "100% mine.db").exists()
