"""Which of several processes does what one of them has to do: who holds the leader lock.

``flock``, as in :mod:`mustela.jobs.presence`: the kernel frees it however its holder ends.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class LeaderLock:
    """The lock on ``<data>/leader.lock``; without a directory there is nobody else."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self._path = None if data_dir is None else data_dir / "leader.lock"
        self._descriptor: int | None = None

    def lead(self) -> bool:
        """Whether this process leads: it does already, or nobody else does. Waits for nobody.

        Raises ``OSError`` where the file cannot be written.
        """
        if self._path is None or self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let another process lead."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
