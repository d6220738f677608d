"""`mustela db copy`, as a person runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mustela.store import migrate
from mustela.store.sqlite import copying
from tests.cli.conftest import Run
from tests.filled_catalog import fill, shipped


@pytest.fixture
def catalog(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/catalog.db"
    migrate.upgrade(url, shipped())
    return url


def test_a_catalog_is_copied_and_what_was_done_is_said(
    mustela: Run, catalog: str, tmp_path: Path
) -> None:
    fill(catalog)
    done = mustela("db", "copy", catalog, tmp_path / "copy.db")
    assert done.status == 0, done
    assert "rows are copied and compared" in done.lines[0]
    assert done.lines[1].startswith("The copy is the catalog as it was at ")
    assert len(done.lines) == 2
    assert "videos: 12 rows copied\n" in done.err
    assert "videos: 12 rows compared\n" in done.err
    found = mustela("video", "list", "--json", "--database-url", f"sqlite:///{tmp_path}/copy.db")
    assert len(found.json) == 12


def test_as_json_it_says_how_many_rows_each_table_has(
    mustela: Run, catalog: str, tmp_path: Path
) -> None:
    said = mustela("db", "copy", catalog, f"sqlite:///{tmp_path}/copy.db", "--json").json
    assert said["tables"]["videos"] == 0
    assert said["changed_since"] is False
    assert said["left_behind"] == []
    assert said["snapshot_at"].endswith("Z")
    assert said["database_id"]


def test_what_stands_in_the_way_is_one_line_and_changes_nothing(
    mustela: Run, catalog: str, tmp_path: Path
) -> None:
    mustela("db", "copy", catalog, catalog).refused("name a file that is not there")
    mustela("db", "copy", tmp_path / "no.db", tmp_path / "b.db").refused("There is no database")
    mustela("db", "copy", "mysql://x/y", tmp_path / "b.db").refused("no engine serves mysql")
    migrate.downgrade(catalog, shipped(), "video@base")
    behind = mustela("db", "copy", catalog, tmp_path / "b.db")
    behind.refused("upgrade it first", f"mustela db upgrade --database-url '{catalog}'")
    assert mustela("db", "upgrade", "--database-url", catalog).status == 0
    assert mustela("db", "copy", catalog, tmp_path / "b.db").status == 0


def test_a_copy_that_differs_is_exit_status_1_and_says_where(
    mustela: Run, catalog: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(catalog)
    load = copying.SQLiteTarget.load

    def forgetful(self: Any, table: Any, rows: Any) -> None:
        load(self, table, (row for n, row in enumerate(rows) if table.name != "videos" or n))

    monkeypatch.setattr(copying.SQLiteTarget, "load", forgetful)
    done = mustela("db", "copy", catalog, tmp_path / "copy.db")
    assert (done.status, done.out) == (1, "")
    assert "\nvideos, seq=1: it is not in the copy\n" in done.err
    assert done.err.endswith("was thrown away\n")
    assert not (tmp_path / "copy.db").exists()
