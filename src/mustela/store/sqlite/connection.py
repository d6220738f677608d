"""Opening SQLite: pragmas, patience with other processes, and the write lock of this process."""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit
from weakref import WeakValueDictionary

import apsw

from mustela.store.errors import NotADatabase, ReadOnly, StoreUnavailable
from mustela.store.sqlite.errors import translate

#: How long a statement waits for another process, in seconds.
BUSY_LIMIT = 60.0

MEMORY = ":memory:"

Synchronous = Literal["OFF", "NORMAL", "FULL", "EXTRA"]


class WriteLock:
    """One writer at a time within the process, so that threads queue instead of polling."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def acquire(self) -> None:
        self._lock.acquire()

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


_MAPPED_BYTES = 256 * 1024 * 1024
#: The log is carried over into the database when it is so many pages (16 MB) long. Many of them are
#: versions of one page, of which the last is carried: with SQLite's own 1,000 every third group of
#: inserts waited for that.
_CHECKPOINT_PAGES = 4_000

_write_locks: WeakValueDictionary[str, WriteLock] = WeakValueDictionary()
_registry = threading.Lock()


def write_lock(path: str) -> WriteLock:
    """The lock that every store of this process on the same file shares."""
    if path == MEMORY:
        return WriteLock()
    key = os.path.realpath(path)
    with _registry:
        lock = _write_locks.get(key)
        if lock is None:
            lock = _write_locks[key] = WriteLock()
        return lock


def path_of(url: str) -> str:
    """The file of a ``sqlite:///PATH`` URL (four slashes for an absolute path)."""
    rest = url.partition(":///")[2] if ":///" in url else urlsplit(url).path
    return unquote(rest) if "%" in rest else rest


class Patience:
    """A busy handler: short, random sleeps until the limit, so that no process starves."""

    def __init__(self, limit: float = BUSY_LIMIT) -> None:
        self.limit = limit
        self._since = 0.0

    def __call__(self, tries: int) -> bool:
        now = time.monotonic()
        if tries == 0:
            self._since = now
        if now - self._since > self.limit:
            return False
        time.sleep(random.uniform(0.0002, 0.002 if tries < 50 else 0.01))
        return True


def _refuse_early(path: Path) -> None:
    if not path.parent.is_dir():
        raise StoreUnavailable(f"{path}: its directory does not exist; create it first")
    if path.is_dir():
        raise StoreUnavailable(f"{path} is a directory; name a file in it")


def _read_only(path: str) -> ReadOnly:
    return ReadOnly(
        f"{path} cannot be written; check the permissions of the file and its directory"
    )


def _use_log(connection: apsw.Connection) -> None:
    """Switch to the write-ahead log; others may be switching, and SQLite does not always wait."""
    patience = Patience()
    for tries in itertools.count():
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except apsw.BusyError:
            if not patience(tries):
                raise
        else:
            return


def connect(
    path: str,
    *,
    read_only: bool = False,
    synchronous: Synchronous = "FULL",
    vfs: str | None = None,
    one_thread: bool = False,
    mapped: bool = True,
) -> apsw.Connection:
    """A connection with our pragmas; errors name the file and what to do.

    With ``one_thread`` never two threads use it at once. SQLite then takes no mutex of its own,
    which otherwise costs a quarter of a list: it is taken for each value of each row. A ``mapped``
    file is read without system calls, and what is read counts as the process's memory.
    """
    if path != MEMORY:
        _refuse_early(Path(path))
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    if one_thread:
        flags |= apsw.SQLITE_OPEN_NOMUTEX
    try:
        connection = apsw.Connection(path, flags=flags, vfs=vfs)
        connection.set_busy_handler(Patience())
        # Plans do not depend on bound values: otherwise a join is planned again at each execution,
        # which costs eight times what a point read does.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        connection.execute("PRAGMA foreign_keys = ON")
        if path != MEMORY:
            _use_log(connection)
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.wal_autocheckpoint(_CHECKPOINT_PAGES)
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -16384")
        connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES if mapped else 0}").fetchall()
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        # Reads the header, so that a wrong file is refused here and not at the first query.
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except apsw.NotADBError as error:
        raise NotADatabase(f"{path} is not a database") from error
    except apsw.ReadOnlyError as error:
        raise _read_only(path) from error
    except apsw.CantOpenError as error:
        if not os.access(Path(path).parent, os.W_OK):  # SQLite keeps files beside the database
            raise _read_only(path) from error
        raise StoreUnavailable(f"{path} cannot be opened (SQLite: {error})") from error
    except apsw.Error as error:
        raise translate(error) from error
    return connection
