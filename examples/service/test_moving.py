"""The library moves to another engine, with what was done in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from lending.repository import Library
from lending.schema import BRANCHES
from mustela.store import Store, acting_as, migrate
from mustela.store.copy import copy_database


def test_the_library_moves_to_postgresql_and_what_was_done_can_be_undone_there(
    tmp_path: Path, postgres_url: str
) -> None:
    here = f"sqlite:///{tmp_path}/lending.db"
    migrate.upgrade(here, BRANCHES)
    with Store.open(here) as store, acting_as("anna"):
        library = Library(store)
        cello = library.add("No. 7", "cello")
        lent = library.lend(cello.id, "Ida", datetime(2030, 1, 31, tzinfo=UTC))
    done = copy_database(here, postgres_url, BRANCHES)
    assert done.tables["instruments"] == 1
    with Store.open(postgres_url) as store, acting_as("ben"):
        library = Library(store)
        assert library.get(cello.id) == lent
        loan = library.history(cello.id)[0]
        assert loan.actor == "anna"
        library.revert(loan.change_id)
        assert library.get(cello.id) == cello
