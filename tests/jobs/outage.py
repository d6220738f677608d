"""A PostgreSQL server that goes away and comes back with all that it had."""

from __future__ import annotations

from typing import Self

from mustela.store.testing.postgres import PostgresServer, PostgresUnavailable


class RestartableServer(PostgresServer):
    """The test's own: ``take_away`` ends every connection, ``bring_back`` lets new ones in."""

    def start(self) -> Self:
        super().start()
        if self.pid is None:
            raise PostgresUnavailable("it is somebody else's server, which is not taken away")
        return self
