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
            sql, values = str(compiled), compiled.params
            given = {name: bind for bind, name in compiled.bind_names.items() if bind.required}
            if any(bind.expanding for bind in given.values()):
                raise TypeError("a list of varying length is passed as JSON: see in_json")
            if compiled.post_compile_params:  # ``IN`` a list that stands in the expression
                expanded = compiled.construct_expanded_state(dict.fromkeys(given))
                sql, values = expanded.statement, expanded.parameters
            literals = {name: value for name, value in values.items() if name not in given}
            found = self._compiled[dialect.name] = Compiled(sql, literals)
        return found

    def __repr__(self) -> str:
        return f"Statement({self.clause})"
