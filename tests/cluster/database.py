"""The database of the fleet, looked at without any of the code under test."""

from __future__ import annotations

import threading
from typing import Any

import psycopg

from mustela.store.testing.postgres import PostgresServer


class Database:
    """Each thread has a connection of its own, which is made anew where it was lost."""

    def __init__(self, server: PostgresServer, url: str) -> None:
        self.url = url
        self._server = server
        self._of_thread = threading.local()

    @property
    def may_crash(self) -> bool:
        """Whether the server is the test's own, and nobody else's."""
        return self._server.pid is not None

    def take_away(self) -> None:
        self._server.take_away(at_once=True)

    def bring_back(self) -> None:
        self._server.bring_back()

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Raises ``psycopg.Error`` where the database is away."""
        if self._connection is not None:
            try:
                return self._ask(self._connection, statement, values)
            except psycopg.OperationalError:
                self.forget()  # lost in an outage, perhaps long ago
        self._of_thread.connection = connection = psycopg.connect(self.url, autocommit=True)
        return self._ask(connection, statement, values)

    def _ask(
        self, connection: psycopg.Connection[Any], statement: str, values: tuple[Any, ...]
    ) -> list[tuple[Any, ...]]:
        return connection.execute(statement.encode(), values or None).fetchall()

    @property
    def _connection(self) -> psycopg.Connection[Any] | None:
        return getattr(self._of_thread, "connection", None)

    def forget(self) -> None:
        """Let the thread's connection go."""
        if self._connection is not None:
            self._connection.close()
        self._of_thread.connection = None

    def knows(self, pid: int) -> bool:
        """Whether a process of this number is among those that run jobs."""
        return bool(self.rows("SELECT 1 FROM job_workers WHERE pid = %s", pid))

    def notes(self) -> dict[str, str | None]:
        """What is written about each video."""
        return {id: note for id, note in self.rows("SELECT id, note FROM videos")}  # noqa: C416
