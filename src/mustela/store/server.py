"""What the processes of a database server share, on whichever machines they run.

Its clock is :class:`~mustela.store.dialect_sql.server_time`. A database file has no server: the
kernel of its one machine tells who lives.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from mustela.store.operation import Call

R = TypeVar("R")


class ServerConnection(Protocol):
    """Drives units on a connection of its own, for one thread. Made anew where it was lost."""

    def run_read(self, call: Call[R]) -> R: ...
    def run_write(self, call: Call[R]) -> R: ...

    def close(self) -> None:
        """Let the connection go."""
        ...


class ServerLock(Protocol):
    """Held by one process at most of all that use the database, for as long as it is connected.

    On an event loop. Nothing expires: a process that is merely slow, or stopped, keeps it.
    """

    async def held(self) -> bool:
        """Whether this process holds it: it does still, or nobody else does. Asks the server.

        Raises ``StoreError`` where that does not answer; what was held is lost then.
        """
        ...

    async def release(self) -> None:
        """Let another process have it."""
        ...


class DatabaseServer(Protocol):
    """Reached past the store's pool, by who needs a connection for itself.

    ``patience`` are the seconds after which a server that does not answer is given up.
    """

    def connect(self, *, patience: float) -> ServerConnection:
        """A connection for a thread; it is opened by the first call."""
        ...

    def lock(self, purpose: str, *, patience: float) -> ServerLock:
        """The lock for this purpose on this very database."""
        ...
