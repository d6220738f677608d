"""The lock on a data directory: shared by servers and commands, exclusive for migrations.

``flock`` and not ``lockf``: a POSIX record lock is lost as soon as any descriptor of the file is
closed anywhere in the process; this one belongs to the open file and dies with it, however the
process ends. Each holder says who it is in a file of its own beside the lock, which it keeps
locked too, so that what a killed process left behind is told apart from a living holder.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeAlias

from mustela.store.maintenance_errors import DataDirectoryLocked, DataDirectoryUnusable
from mustela.store.process_command import process_command

Mode: TypeAlias = Literal["shared", "exclusive"]

_FLAGS = {"shared": fcntl.LOCK_SH, "exclusive": fcntl.LOCK_EX}


class DataDirectoryLock:
    """A lock on ``<data>/mustela.lock``. Not waited for: who comes second is told who is first."""

    def __init__(self, data_dir: str | Path, command: str | None = None) -> None:
        self.data_dir = Path(data_dir)
        self.path = self.data_dir / "mustela.lock"
        self.command = command or process_command()
        self.mode: Mode | None = None
        self._descriptor: int | None = None
        self._note: int | None = None

    def acquire(self, mode: Mode) -> DataDirectoryLock:
        """Take the lock, or change its mode; a data directory that is not there is made.

        A change of mode is not atomic: when it is refused, nothing is held any more. Raises
        ``DataDirectoryLocked``, ``DataDirectoryUnusable``.
        """
        try:
            return self._acquire(mode)
        except OSError as error:
            self.release()
            raise DataDirectoryUnusable(
                f"The data directory {self.data_dir} cannot be used: {error.strerror}; "
                "choose another one with --data-dir, or see to its permissions and free space"
            ) from error

    def _acquire(self, mode: Mode) -> DataDirectoryLock:
        if self._descriptor is None:
            # What others may read of the catalog is for its owner to say.
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, _FLAGS[mode] | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.release()
            raise DataDirectoryLocked(self._refusal(mode)) from error
        self.mode = mode
        if mode == "exclusive":
            self._forget_the_dead()
        self._sign()
        return self

    def release(self) -> None:
        """Give the lock back; nothing happens where it is not held."""
        if self._note is not None:
            with suppress(FileNotFoundError):
                self._note_path().unlink()
            os.close(self._note)
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._note = self._descriptor = self.mode = None

    def holders(self) -> list[str]:
        """Who holds the lock now, each as ``process 123 (mustela serve), shared``."""
        return [text for path in self._notes() if (text := _living(path)) is not None]

    @contextmanager
    def held(self, mode: Mode) -> Iterator[DataDirectoryLock]:
        """Hold the lock for a block."""
        self.acquire(mode)
        try:
            yield self
        finally:
            self.release()

    def __enter__(self) -> DataDirectoryLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _refusal(self, mode: Mode) -> str:
        holders = self.holders()
        who = "; ".join(holders) or "another process"
        why = "needs it for itself" if mode == "exclusive" else "cannot share it"
        return (
            f"The data directory {self.data_dir} is in use by {who}; this command {why}."
            " Stop that process and try again."
        )

    def _notes(self) -> list[Path]:
        return sorted(self.data_dir.glob(f"{self.path.name}.holder-*"))

    def _note_path(self) -> Path:
        return self.data_dir / f"{self.path.name}.holder-{os.getpid()}-{id(self):x}"

    def _sign(self) -> None:
        if self._note is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._note = os.open(self._note_path(), flags, 0o644)
            fcntl.flock(self._note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        text = f"process {os.getpid()} ({self.command}), {self.mode}\n".encode()
        os.truncate(self._note, 0)
        os.pwrite(self._note, text, 0)

    def _forget_the_dead(self) -> None:
        for path in self._notes():
            if path != self._note_path():
                path.unlink(missing_ok=True)


def _living(note: Path) -> str | None:
    """What the note says, unless its writer has died and so no longer locks it."""
    try:
        descriptor = os.open(note, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.read(descriptor, 4096).decode(errors="replace").strip()
    else:
        return None
    finally:
        os.close(descriptor)
