"""The two databases of a copy, whichever engines they are of.

Another engine is a module with ``reading`` and ``writing``, and a line in ``ENGINES``.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.engine.url import URL

from mustela.store.copy.plan import CopiedTable, Row
from mustela.store.store import EngineMissing, UnknownEngine

ENGINES = {
    "sqlite": "mustela.store.sqlite.copying",
    "postgresql": "mustela.store.postgres.copying",
}


class Side(Protocol):
    """One database, seen in one transaction."""

    connection: Connection

    def rows(self, table: CopiedTable) -> Generator[Row, None, None]:
        """Every row in the order of the key, a few at a time in memory."""
        ...

    def last_number(self, table: CopiedTable) -> int:
        """The highest number that the database has counted up to, 0 where it counts nothing."""
        ...


class Target(Side, Protocol):
    """The database that is written; what was done is kept where its context ends well."""

    def put_aside(self, names: Sequence[str]) -> None:
        """Drop the indexes and references of these tables, and let their triggers rest."""
        ...

    def load(self, table: CopiedTable, rows: Iterator[Row]) -> None:
        """Insert rows; ``RowRefused`` names one that the engine cannot keep."""
        ...

    def put_back(self) -> None:
        """Have everything again that was put aside."""
        ...

    def continue_after(self, table: CopiedTable, number: int) -> None:
        """The next row of the table gets a number above this one."""
        ...


def reading(url: URL) -> AbstractContextManager[Side]:
    """A snapshot of a database that others may be writing; it is not changed."""
    found: AbstractContextManager[Side] = _engine(url).reading(url)
    return found


def writing(url: URL) -> AbstractContextManager[Target]:
    """A database to copy into, nothing of which is seen by others before the context ends well.

    ``CopyRefused`` where there is a file already, or where somebody else is at it.
    """
    found: AbstractContextManager[Target] = _engine(url).writing(url)
    return found


def _engine(url: URL) -> Any:
    name = url.get_backend_name()
    if name not in ENGINES:
        raise UnknownEngine(
            f"no engine serves {name}:// URLs; use sqlite:///PATH or postgresql://..."
        )
    try:
        return import_module(ENGINES[name])
    except ModuleNotFoundError as error:
        raise EngineMissing(
            f"the driver for {name} is not installed ({error.name}); "
            "pip install 'mustela[postgres]'"
        ) from error
