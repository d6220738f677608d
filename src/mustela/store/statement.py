"""SQL written once: SQLAlchemy Core expressions, compiled once per engine and kept as strings."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler


class Compiled(NamedTuple):
    """SQL text with named parameters, and the values of literals written into the expression."""

    sql: str
    literals: dict[str, Any]


class Statement:
    """A Core expression with ``bindparam`` for what varies; keep it, do not rebuild it per call.

    Raw drivers run the text, so values are passed as they are: no type of SQLAlchemy converts
    them. An expression whose shape varies is made by a cached function of its shape.
    """

    __slots__ = ("_compiled", "clause")

    def __init__(self, clause: ClauseElement) -> None:
        self.clause = clause
        self._compiled: dict[str, Compiled] = {}

    def compiled(self, dialect: Dialect) -> Compiled:
        """The text for a dialect, compiled at the first use."""
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled = cast(SQLCompiler, self.clause.compile(dialect=dialect))
            literals = {
                name: compiled.params[name]
                for bind, name in compiled.bind_names.items()
                if not bind.required
            }
            found = self._compiled[dialect.name] = Compiled(str(compiled), literals)
        return found

    def __repr__(self) -> str:
        return f"Statement({self.clause})"
