"""The tables that migrations make are those that the schema declares."""

from __future__ import annotations

from pathlib import Path

import apsw

from mustela.files.branch import FILES_BRANCH
from mustela.files.schema import files_metadata
from mustela.store import Store
from mustela.store.branch import STORE_BRANCH
from mustela.store.migrate import downgrade, upgrade


def shape(database: Path) -> dict[str, object]:
    """Columns of each table and of each index."""
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found: dict[str, object] = {}
        for name, kind, sql in connection.execute(
            "SELECT name, type, sql FROM sqlite_master WHERE tbl_name IN "
            "('roots', 'tombstones', 'file_failures', 'scan_entries', 'scan_portions', "
            "'scan_turns')"
        ):
            pragma = "table_xinfo" if kind == "table" else "index_xinfo"
            columns = list(connection.execute(f'PRAGMA {pragma}("{name}")'))
            where = (sql or "").partition(" WHERE ")[2]
            checks = sorted(part.strip(" ,\n\t)") for part in (sql or "").split("CONSTRAINT")[1:])
            found[name] = (kind, columns, where, checks)
        return found
    finally:
        connection.close()


def test_a_migrated_database_is_like_a_fresh_one(tmp_path: Path) -> None:
    migrated, fresh = tmp_path / "migrated.db", tmp_path / "fresh.db"
    upgrade(migrated, [STORE_BRANCH, FILES_BRANCH])
    Store.open(fresh, create=[files_metadata]).close()
    assert shape(migrated) == shape(fresh)
    downgrade(migrated, [STORE_BRANCH, FILES_BRANCH], "files@base")
    assert shape(migrated) == {}
