"""A server's new database is a copy of one that the migrations made for an earlier test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mustela.store import upgrade
from mustela.store.branch import Branch
from mustela.store.context import new_id
from mustela.store.migrations.connections import driver_url
from mustela.store.sqlite.file import opened


class _Created:
    """One database for each set of branches; each copy has an id of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._made: dict[tuple[str, ...], Path] = {}
        self._migrate = upgrade.create

    def create(self, database_url: str, branches: Sequence[Branch]) -> None:
        url = driver_url(database_url)
        # Branches whose revisions a test writes itself are of another class.
        packaged = all(type(branch) is Branch for branch in branches)
        if url.get_backend_name() != "sqlite" or url.database is None or not packaged:
            self._migrate(database_url, branches)
            return
        key = tuple(sorted(branch.package for branch in branches))
        if key not in self._made:
            path = self._directory / f"{len(self._made)}.db"
            self._migrate(f"sqlite:///{path}", branches)
            assert list(self._directory.glob(f"{path.name}-*")) == []  # nothing beside the file
            self._made[key] = path
        shutil.copyfile(self._made[key], url.database)
        with opened(Path(url.database)) as connection:
            said = "UPDATE meta SET value = ? WHERE key = 'database_id'"
            connection.execute(said, (new_id(),)).fetchall()


@pytest.fixture(scope="session", autouse=True)
def created_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Migrating each test's new database took a tenth of a second."""
    created = _Created(tmp_path_factory.mktemp("created"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upgrade, "create", created.create)
        yield
