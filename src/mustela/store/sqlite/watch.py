"""Has anything been committed since? A hint that costs a microsecond or two, for cached answers."""

from __future__ import annotations

from itertools import count

import apsw

from mustela.store.sqlite.connection import connect


class Watch:
    """A connection that only looks whether others have committed.

    ``PRAGMA data_version`` on a connection that never writes moves with every commit of another
    connection, in this process or in any other; the number says nothing more.
    """

    def __init__(self, path: str, vfs: str | None = None) -> None:
        self._connection: apsw.Connection | None = connect(path, read_only=True, vfs=vfs)
        self._connection.set_busy_handler(None)

    def state(self) -> object | None:
        """Equal answers: nothing was committed between the two calls. Call it on one thread."""
        if self._connection is None:
            return None
        try:
            version: object = self._connection.execute("PRAGMA data_version").get
        except apsw.Error:
            return None  # it cannot be known now: ask the database
        return version

    def stop(self) -> None:
        """Later calls answer ``None``."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class MemoryWatch:
    """The same for a database in memory, which has one connection only: commits are counted.

    The count moves just before a commit takes effect; what reads on that connection afterwards
    sees it.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._commits = count(1)
        self._state: int | None = 0
        connection.set_commit_hook(self._committing, id=self)

    def _committing(self) -> bool:
        self._state = next(self._commits)
        return False  # True would turn the commit into a rollback

    def state(self) -> object | None:
        """As :meth:`Watch.state`, on any thread."""
        return self._state
