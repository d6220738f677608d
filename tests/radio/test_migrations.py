"""The migrations of the radio collection make the tables that it declares, on every engine."""

from __future__ import annotations

import pytest

from mustela.files.branch import FILES_BRANCH
from mustela.radio.branch import RADIO_BRANCH
from mustela.radio.schema import radio_metadata
from mustela.store.branch import STORE_BRANCH
from mustela.store.migrations.verify import verify


@pytest.mark.slow
@pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_they_go_up_down_and_up_again_with_rows_and_end_at_what_is_declared(
    engine: str, request: pytest.FixtureRequest
) -> None:
    url = "sqlite://" if engine == "sqlite" else request.getfixturevalue("postgres_url")
    proof = verify(url, [STORE_BRANCH, FILES_BRANCH, RADIO_BRANCH])
    assert {"radio_0001", "radio_0002"} <= set(proof.revisions)
    assert radio_metadata.tables.keys() <= set(proof.tables)
