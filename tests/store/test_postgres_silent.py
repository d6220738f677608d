"""A machine that takes connections, and never says a word: nobody waits for it for ever."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mustela.store import STORE_BRANCH, migrate
from mustela.store.copy import copy_database
from mustela.store.errors import StoreUnavailable
from mustela.store.postgres import patience

pytest.importorskip("psycopg", reason="needs mustela[postgres]")

from mustela.jobs.procrastinate.schema import install


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its URL. (libpq waits for two seconds at least.)"""
    monkeypatch.setitem(patience.PATIENCE, "connect_timeout", 2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql://nobody@127.0.0.1:{server.getsockname()[1]}/catalog"


def test_migrations_and_the_tables_of_tickets_give_up(silent: str) -> None:
    with pytest.raises(StoreUnavailable, match="timeout"):
        migrate.current(silent)
    with pytest.raises(StoreUnavailable, match="timeout"):
        install(silent)


def test_a_copy_gives_up(silent: str, tmp_path: Path) -> None:
    source = f"sqlite:///{tmp_path}/a.db"
    migrate.upgrade(source, [STORE_BRANCH])
    with pytest.raises(StoreUnavailable, match="timeout"):
        copy_database(source, silent, [STORE_BRANCH])


def test_what_the_url_says_is_done() -> None:
    assert "connect_timeout" not in patience.patience_beside({"connect_timeout"})
