"""Who lives: each process that runs jobs holds a lock on a file of its own.

The kernel frees the lock however the process ends, and keeps it while the process is merely slow,
stopped or asleep: no lease that expires, no clock. ``flock`` and not ``lockf``, whose locks vanish
when any descriptor of the file is closed. Names are never used again, so who is dead stays dead,
and a file that is not there belongs to nobody who lives.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import msgspec

from mustela.jobs.errors import JobError
from mustela.store import new_id

_SUFFIX = ".lock"
_UNSIGNED = ".new"
_UNSIGNED_SECONDS = 60.0
_NOTE_SIZE = 65_536


class PresenceRefused(JobError):
    """This process cannot show that it runs jobs."""

    code = "presence_refused"


class LiveWorker(msgspec.Struct, frozen=True):
    """A living process that runs jobs; ``takes`` are the types it takes by itself.

    ``slots`` are the jobs that it runs at once.
    """

    owner: str
    pid: int
    command: str
    takes: frozenset[str]
    slots: int = 1


class Presence:
    """The lock of one owner of jobs; without a directory, a name that nobody looks for."""

    def __init__(self, data_dir: Path | None, takes: Collection[str], slots: int = 1) -> None:
        self.owner = new_id()
        self._slots = slots
        self._descriptor: int | None = None
        self._path: Path | None = None
        if data_dir is not None:
            self._path = workers_directory(data_dir) / (self.owner + _SUFFIX)
            try:
                self._descriptor = self._lock(self._path, takes)
            except OSError as error:
                raise PresenceRefused(
                    f"{self._path.parent} cannot be written ({error.strerror}); jobs need it to "
                    "show that this process lives"
                ) from error

    def _lock(self, path: Path, takes: Collection[str]) -> int:
        """Lock the file before it has its name, so that nobody finds it unlocked."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unsigned = path.with_suffix(_UNSIGNED)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(unsigned, flags, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
            note = LiveWorker(
                self.owner,
                os.getpid(),
                command.encode(errors="backslashreplace").decode(),
                frozenset(takes),
                self._slots,
            )
            os.write(descriptor, msgspec.json.encode(note))
            unsigned.rename(path)
        except BaseException:
            os.close(descriptor)
            unsigned.unlink(missing_ok=True)
            raise
        return descriptor

    def release(self) -> None:
        """This owner runs nothing any more, and never will again."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._path = self._descriptor = None


def workers_directory(data_dir: Path) -> Path:
    """Where the locks are."""
    return data_dir / "workers"


def is_alive(data_dir: Path, owner: str) -> bool:
    """Whether the process that had this name lives."""
    return _note(workers_directory(data_dir) / (owner + _SUFFIX)) is not None


def live_workers(data_dir: Path) -> list[LiveWorker]:
    """The living processes that run jobs on this data directory."""
    return [
        msgspec.json.decode(note, type=LiveWorker)
        for path in _files(data_dir, _SUFFIX)
        if (note := _note(path)) is not None
    ]


def forget_dead(data_dir: Path) -> None:
    """Remove what killed processes left behind."""
    for path in _files(data_dir, _SUFFIX):
        if _note(path) is None:
            path.unlink(missing_ok=True)
    for path in _files(data_dir, _UNSIGNED):
        with suppress(FileNotFoundError):
            # A younger one may be about to be locked and named.
            if _note(path) is None and time.time() - path.stat().st_mtime > _UNSIGNED_SECONDS:
                path.unlink()


def _files(data_dir: Path, suffix: str) -> list[Path]:
    return sorted(workers_directory(data_dir).glob("*" + suffix))


def _note(path: Path) -> bytes | None:
    """What the holder of the lock wrote; ``None`` where nobody holds it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.read(descriptor, _NOTE_SIZE)
    else:
        return None
    finally:
        os.close(descriptor)
