"""What somebody is told who waits for a connection in vain."""

from __future__ import annotations

import pytest

pytest.importorskip("psycopg_pool", reason="PostgreSQL's driver is not installed")

from psycopg_pool import PoolTimeout

from mustela.store.errors import StoreBusy
from mustela.store.postgres.errors import translate


def test_an_exhausted_pool_is_no_locked_database() -> None:
    error = translate(PoolTimeout("couldn't get a connection after 30.00 sec"))
    assert isinstance(error, StoreBusy)
    assert "connection" in error.message
    assert "locked" not in error.message
