"""Which of several processes does what one of them has to do: who holds the leader lock.

On one machine ``flock``, as in :mod:`mustela.jobs.file_presence`: the kernel frees it however its
holder ends. On several the database server does, as soon as it misses its holder's connection.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from mustela.store.server import DatabaseServer

#: Seconds after which a database that does not answer is given up, and with it the lead.
ANSWER_SECONDS = 5.0


class Leader(Protocol):
    """Says whether this process leads. Entered while the process serves; it lets go at the end."""

    async def leads(self) -> bool:
        """Whether this process leads: it does already, or nobody else does. Waits for nobody.

        To be asked before each step of what only one process should do. Raises ``OSError`` or
        ``StoreError`` where that cannot be known, and then it leads no more.
        """
        ...

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


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

    async def leads(self) -> bool:
        """See :meth:`Leader.leads`."""
        return self.lead()

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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class NeverLeads:
    """Of a process that leaves the lead to others, whether there are any or not."""

    async def leads(self) -> bool:
        """See :meth:`Leader.leads`."""
        return False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """There is nothing to let go of."""


class ServerLeader:
    """A lock that a database server keeps for one connection: of all processes that use it."""

    def __init__(self, server: DatabaseServer, *, patience: float = ANSWER_SECONDS) -> None:
        self._lock = server.lock("mustela leader", patience=patience)

    async def leads(self) -> bool:
        """See :meth:`Leader.leads`."""
        return await self._lock.held()

    async def release(self) -> None:
        """Let another process lead."""
        await self._lock.release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.release()
