"""`mustela db renew-identity`: what was said of lost transactions is not taken for what comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mustela.app import branches, collections
from mustela.files.root import RootRepository
from mustela.files.root_directory import RootDirectory
from mustela.http.conditional import LabelOperations
from mustela.jobs import LiveWorker
from mustela.jobs.worker_operations import WorkerRepository
from mustela.store import Store, SyncRepository, migrate
from tests.cli.conftest import Run


class Labels(LabelOperations, SyncRepository):
    """What answers are labelled by."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'catalog.db'}"
    if request.param == "postgresql":
        made = request.getfixturevalue("postgres_url")
    migrate.upgrade(made, branches(collections()))
    return made


def test_the_database_has_another_id_and_all_its_rows(mustela: Run, url: str) -> None:
    with Store.open(url) as store:
        root = RootRepository(store).add(RootDirectory("/films", "inode 1"), collections=("video",))
        before = Labels(store).database_id()
    done = mustela("db", "renew-identity", "--database-url", url)
    assert done.status == 0
    with Store.open(url) as store:
        now = Labels(store).database_id()
        assert now not in {"", before}
        assert done.err == f"the database is {now} now; it was {before}\n"
        assert RootRepository(store).get(root.id) == root


@pytest.mark.postgres
def test_it_is_refused_while_somebody_uses_the_database(mustela: Run, postgres_url: str) -> None:
    migrate.upgrade(postgres_url, branches(collections()))
    with Store.open(postgres_url) as store:
        before = Labels(store).database_id()
        workers = WorkerRepository(store)
        workers.join(LiveWorker("w", 7, "mustela worker", frozenset(), 1, "beta"), 3600)
        refused = mustela("db", "renew-identity", "--database-url", postgres_url)
        refused.refused("mustela worker on beta")
        assert Labels(store).database_id() == before
        workers.leave("w")
    assert mustela("db", "renew-identity", "--database-url", postgres_url).status == 0


@pytest.mark.postgres
def test_a_database_without_a_catalog_is_refused(mustela: Run, postgres_url: str) -> None:
    mustela("db", "renew-identity", "--database-url", postgres_url).refused("no catalog")
