"""What happens to the database when a server or a command starts."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mustela.store import migrate
from mustela.store.backup import backup
from mustela.store.branch import Branch
from mustela.store.file_system import refuse_network
from mustela.store.lock import DataDirectoryLock
from mustela.store.maintenance_errors import DataDirectoryLocked, ForeignDatabase, NotSupported
from mustela.store.migrations.connections import driver_url
from mustela.store.sqlite.file import APPLICATION_ID, opened

#: Seconds to wait for another process that has the data directory for itself: several may be
#: started at once, and one of them creates or upgrades the database.
PATIENCE = 5.0


@dataclass(frozen=True)
class Prepared:
    """What was done, and the shared ``lock``, which the caller keeps until it ends."""

    lock: DataDirectoryLock
    created: bool = False
    upgraded: bool = False
    backup: Path | None = None


def prepare(
    database_url: str,
    branches: Sequence[Branch],
    data_dir: str | Path,
    *,
    command: str | None = None,
    keep: int = 3,
    patience: float | None = None,
) -> Prepared:
    """Bring the database to the newest revision this installation has; called once, by the parent.

    A new one is created; an older one is upgraded after a checked backup into
    ``<data_dir>/backups`` (SQLite); a newer one is refused. Creating and upgrading need the data
    directory for themselves; who comes second waits for ``patience`` seconds. Raises
    ``DatabaseTooNew``, ``DataDirectoryLocked``, ``DataDirectoryUnusable``, ``ForeignDatabase``,
    ``NetworkFileSystem``, ``NoRoomForBackup``, ``MigrationFailed``, ``NotSupported`` (a database
    in memory).
    """
    url = driver_url(database_url)
    if url.database == ":memory:":
        raise NotSupported("A database in memory ends with its process; name a file instead.")
    file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
    if file is not None:
        refuse_network(file)
    until = time.monotonic() + (PATIENCE if patience is None else patience)
    while True:
        try:
            return _prepare(database_url, branches, file, data_dir, command, keep)
        except DataDirectoryLocked:
            if time.monotonic() >= until:
                raise
            # At random, so that two that want it for themselves do not meet for ever.
            time.sleep(random.uniform(0.05, 0.2))


def _prepare(
    database_url: str,
    branches: Sequence[Branch],
    file: Path | None,
    data_dir: str | Path,
    command: str | None,
    keep: int,
) -> Prepared:
    lock = DataDirectoryLock(data_dir, command).acquire("shared")
    try:
        new = _is_new(file, database_url)
        if new and file is not None and file.exists():
            _refuse_foreign(file)
        if not new:
            migrate.refuse_newer(database_url, branches, Path(data_dir) / "backups")
        if not new and not migrate.needs_upgrade(database_url, branches):
            migrate.add_indexes(database_url, branches)
            return Prepared(lock)
        lock.acquire("exclusive")
        saved = _upgrade(database_url, branches, file, Path(data_dir) / "backups", keep)
        lock.acquire("shared")
        return Prepared(lock, created=new, upgraded=not new, backup=saved)
    except BaseException:
        lock.release()
        raise


def _upgrade(
    database_url: str, branches: Sequence[Branch], file: Path | None, directory: Path, keep: int
) -> Path | None:
    """Between the two locks another process may have done it: then there is nothing to do."""
    new = _is_new(file, database_url)
    if not new and not migrate.needs_upgrade(database_url, branches):
        return None
    saved = backup(file, directory, keep) if file is not None and not new else None
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    if new:
        create(database_url, branches)
    else:
        migrate.upgrade(database_url, branches)
    return saved


def create(database_url: str, branches: Sequence[Branch]) -> None:
    """Make a database that is not there yet: by its migrations, like every other."""
    migrate.upgrade(database_url, branches)


def _is_new(file: Path | None, database_url: str) -> bool:
    if file is not None and not file.exists():
        return True
    return not migrate.current(database_url)


def _refuse_foreign(file: Path) -> None:
    """A file without our history must be empty: it may be what another program lives on."""
    with opened(file, read_only=True) as connection:
        ours = connection.pragma("application_id") in {0, APPLICATION_ID}
        if not ours or connection.execute("SELECT count(*) FROM sqlite_schema").get:
            raise ForeignDatabase(
                f"{file} is the database of another program; nothing was changed."
                " Name another file."
            )
