"""All migrations of a server together, on PostgreSQL; the command's own test has SQLite."""

from __future__ import annotations

import pytest

from mustela.store.migrations.verify import verify
from tests.filled_catalog import shipped, tables


@pytest.mark.unmeasured
@pytest.mark.slow
@pytest.mark.postgres
def test_they_go_up_down_and_up_again_with_rows_and_end_at_what_is_declared(
    postgres_url: str,
) -> None:
    proof = verify(postgres_url, shipped())
    assert {table.name for table in tables(shipped())} <= set(proof.tables)
