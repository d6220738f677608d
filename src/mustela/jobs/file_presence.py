"""Who lives on one machine: each process that runs jobs holds a lock on a file of its own.

The kernel frees the lock however the process ends, and keeps it while the process is merely slow,
stopped or asleep: no lease that expires, no clock. ``flock`` and not ``lockf``, whose locks vanish
when any descriptor of the file is closed. Names are never used again, so who is dead stays dead,
and a file that is not there belongs to nobody who lives.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

import msgspec

from mustela.jobs.errors import JobError
from mustela.jobs.operations import AsyncJobRepository
from mustela.jobs.presence import LiveWorker, this_worker
from mustela.jobs.record import Job, Line
from mustela.store import AsyncStore, new_id

_SUFFIX = ".lock"
_UNSIGNED = ".new"
_UNSIGNED_SECONDS = 60.0
_NOTE_SIZE = 65_536


class PresenceRefused(JobError):
    """This process cannot show that it runs jobs."""

    code = "presence_refused"


class FilePresence:
    """Those who live show it in one data directory; without it only this queue's own owners do.

    See :class:`~mustela.jobs.presence.Presence`. Nobody who lives is ever taken for dead.
    """

    leased = False
    step = 2.0

    def __init__(self, store: AsyncStore, data_dir: Path | None) -> None:
        self._jobs = AsyncJobRepository(store)
        self._data_dir = data_dir

    async def join(
        self, takes: Collection[str], slots: int, declared_dead: Callable[[], None]
    ) -> FileOwner:
        """See :meth:`Presence.join`. Raises ``PresenceRefused``."""
        return FileOwner(self._data_dir, takes, slots)

    async def is_quiet(self, owner: str) -> bool:
        """See :meth:`Presence.is_quiet`: a commit of this process has ended when it is answered."""
        del owner
        return True

    async def live_workers(self) -> list[LiveWorker]:
        """See :meth:`Presence.live_workers`."""
        if self._data_dir is None:
            return []
        return await asyncio.to_thread(live_workers, self._data_dir)

    async def settle_dead(self, own: Collection[str], at: int) -> list[Job]:
        """See :meth:`Presence.settle_dead`.

        The rows are read before anybody is asked whether he lives: who is dead then was dead
        already, and who appears later is not among them.
        """
        directory = self._data_dir
        dead = [
            owner
            for owner in await self._jobs.running_owners()
            if owner not in own and not (directory is not None and is_alive(directory, owner))
        ]
        settled = await self._jobs.recover(dead, at=at) if dead else []
        for job in settled:
            text = f"The process that ran attempt {job.attempt} died; the job is {job.status}."
            await self._jobs.append_log(job.id, [Line(at, "warning", text)])
        if directory is not None:
            forget_dead(directory)
        return settled


class FileOwner:
    """The lock of one owner of jobs; without a directory, a name that nobody looks for."""

    def __init__(self, data_dir: Path | None, takes: Collection[str], slots: int = 1) -> None:
        self.owner = new_id()
        self.lost = False
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
            note = this_worker(self.owner, takes, self._slots)
            os.write(descriptor, msgspec.json.encode(note))
            unsigned.rename(path)
        except BaseException:
            os.close(descriptor)
            unsigned.unlink(missing_ok=True)
            raise
        return descriptor

    def lose(self) -> None:
        """Nobody takes it for dead while it holds its lock."""
        raise AssertionError("claims under this name need no lease")

    def leave(self) -> None:
        """This owner runs nothing any more, and never will again."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._path = self._descriptor = None

    async def left(self) -> None:
        """It has left as soon as it was told to."""


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
