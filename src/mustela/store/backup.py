"""Backups of a SQLite database and the way back. (PostgreSQL has tools of its own for that.)"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import apsw

import mustela
from mustela.store.context import new_id
from mustela.store.errors import DiskFull, StoreError
from mustela.store.lock import DataDirectoryLock
from mustela.store.maintenance_errors import (
    BackupFailed,
    MaintenanceError,
    NoRoomForBackup,
    RestoreFailed,
)
from mustela.store.sqlite.file import DatabaseCheck, check, history, opened, revisions

__all__ = ["DatabaseCheck", "backup", "backups", "check", "newest_backup", "restore"]

#: Room that is left free beside the copy, in bytes.
MARGIN = 4 * 1024 * 1024

_NAME = re.compile(
    r"(?P<stem>.+)-(?P<time>\d{8}T\d{12}Z)-v(?P<version>[^-]+)-(?P<revisions>.*)\.db"
)


def backup(path: str | Path, directory: str | Path, keep: int = 3) -> Path:
    """Write a checked copy of the database, and keep the newest ``keep`` copies of it.

    Other processes may go on writing: the copy is one snapshot. Its name carries the time, the
    product's version and the revisions. Raises ``NoRoomForBackup``, ``BackupFailed``.
    """
    path, directory = Path(path), Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    with opened(path) as source:
        _require_room(source, directory)
        target = directory / _name(path, source)
        _copy(source, target)
    for old in backups(directory, path.stem)[keep:]:
        old.unlink()
    return target


def backups(directory: str | Path, stem: str | None = None) -> list[Path]:
    """The backups in a directory, newest first; of one database where its stem is given."""
    found = [(m, p) for p in Path(directory).glob("*.db") if (m := _NAME.fullmatch(p.name))]
    chosen = [(m["time"], p) for m, p in found if stem is None or m["stem"] == stem]
    return [p for _, p in sorted(chosen, reverse=True)]


def newest_backup(
    directory: str | Path, branches: Collection[str], readable: Collection[str]
) -> Path | None:
    """The newest backup whose revisions of these ``branches`` are all ``readable``."""
    for path in backups(directory):
        with suppress(StoreError, MaintenanceError), opened(path, read_only=True) as connection:
            rows = history(connection)
            if rows and all(r["revision"] in readable for r in rows if r["branch"] in branches):
                return path
    return None


def restore(backup_file: str | Path, database: str | Path, lock: DataDirectoryLock) -> Path | None:
    """Put a backup in the place of the database, and give it a new database id.

    ``lock`` is held exclusively. The backup is checked first, and is left where it is. Returns
    where the replaced database was put aside (None: there was none). At every moment one whole
    database stands at ``database``. Raises ``RestoreFailed``.
    """
    backup_file, database = Path(backup_file), Path(database)
    if lock.mode != "exclusive":
        raise RestoreFailed("A restore needs the data directory for itself.")
    if database.exists() and backup_file.samefile(database):
        raise RestoreFailed(f"{backup_file} is the database itself, not a backup of it.")
    found = check(backup_file)
    if found.problems:
        raise RestoreFailed(f"The backup {backup_file} is damaged: {found.problems[0]}")
    fresh = database.with_name(f".{database.name}.restoring")
    fresh.unlink(missing_ok=True)
    with opened(backup_file) as source:
        _require_room(source, database.parent)
        _vacuum_into(source, fresh)
    try:
        _identify(fresh)
        _sync(fresh)
        aside = _put_aside(database)
        fresh.replace(database)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _sync(database.parent)
    return aside


def _name(path: Path, source: apsw.Connection) -> str:
    at = "+".join(revision for _, revision in revisions(source))[:120] or "empty"
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    version = mustela.__version__.replace("-", "_")
    return f"{path.stem}-{time}-v{version}-{at}.db"


def _require_room(source: apsw.Connection, directory: Path) -> None:
    pages = source.pragma("page_count") - source.pragma("freelist_count")
    needed = pages * source.pragma("page_size") + MARGIN
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise NoRoomForBackup(
            f"{directory} has {free / 1e6:,.0f} MB free, and a copy of the database needs"
            f" {needed / 1e6:,.0f} MB; nothing was changed. Free some space and try again."
        )


def _copy(source: apsw.Connection, target: Path) -> None:
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    _vacuum_into(source, partial)
    try:
        _sync(partial)
        problems = [p for p in check(partial).problems if "application id" not in p]
        if problems:
            raise BackupFailed(f"The backup of {target.name} did not pass its check: {problems[0]}")
        partial.rename(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync(target.parent)


def _vacuum_into(source: apsw.Connection, target: Path) -> None:
    try:
        source.execute("VACUUM INTO ?", (str(target),))
    except apsw.FullError as error:
        target.unlink(missing_ok=True)
        raise NoRoomForBackup(f"The disk ran full while {target.parent} got a copy.") from error
    except apsw.Error as error:
        target.unlink(missing_ok=True)
        raise BackupFailed(f"The database could not be copied: {error}") from error


def _identify(path: Path) -> None:
    """A restored database is another one: nothing cached for the old one is true of it."""
    with opened(path) as connection:
        if not connection.table_exists(None, "meta"):
            raise RestoreFailed("The backup holds no database of Mustela: it has no table meta.")
        connection.execute(
            "INSERT INTO meta (key, value) VALUES ('database_id', ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (new_id(),),
        )


def _put_aside(database: Path) -> Path | None:
    """Keep the old database under a name of its own, its write-ahead log with it.

    A log left behind would be played into the restored database, so none may stay; and the old
    file keeps its place, under two names, until it is replaced.
    """
    if not database.exists():
        _remove_companions(database, None)
        return None
    with suppress(StoreError):
        with opened(database, read_only=True):
            pass  # only where it can be read: a writer would throw the log of a broken one away
        with opened(database) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    aside = database.with_name(f"{database.name}.before-restore-{time}")
    try:
        os.link(database, aside)
    except OSError:  # a file system without hard links
        database.rename(aside)
    _remove_companions(database, aside)
    return aside


def _remove_companions(database: Path, aside: Path | None) -> None:
    for suffix in ("-wal", "-journal", "-shm"):
        companion = Path(f"{database}{suffix}")
        if aside is not None and suffix != "-shm" and companion.exists():
            companion.rename(f"{aside}{suffix}")  # the old database was too damaged to take it in
        companion.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise DiskFull(f"{path} could not be written to the disk: {error.strerror}") from error
