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

    def take_away(self) -> None:
        self._server.take_away(at_once=True)

    def bring_back(self) -> None:
        self._server.bring_back()

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Raises ``psycopg.Error``."""
        connection: psycopg.Connection[Any] | None = getattr(self._of_thread, "connection", None)
        if connection is None or connection.closed:
            connection = psycopg.connect(self.url, autocommit=True)
            self._of_thread.connection = connection
        return connection.execute(statement.encode(), values or None).fetchall()

    def forget(self) -> None:
        """Let the thread's connection go."""
        connection: psycopg.Connection[Any] | None = getattr(self._of_thread, "connection", None)
        if connection is not None:
            connection.close()

    def knows(self, pid: int) -> bool:
        """Whether a process of this number is among those that run jobs."""
        return bool(self.rows("SELECT 1 FROM job_workers WHERE pid = %s", pid))

    def notes(self) -> dict[str, str | None]:
        """What is written about each video."""
        return dict(self.rows("SELECT id, note FROM videos"))  # type: ignore[arg-type]  # pairs
