"""SQL written once: SQLAlchemy Core expressions, compiled once per engine and kept as strings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler


class Compiled(NamedTuple):
    """SQL text with named parameters, and the values of literals written into the expression."""

    sql: str
    literals: dict[str, Any]


class Positional(NamedTuple):
    """SQL text with question marks, and what takes their values out of named parameters."""

    sql: str
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]]


class Statement:
    """A Core expression with ``bindparam`` for what varies; keep it, do not rebuild it per call.

    Raw drivers run the text, so values are passed as they are: no type of SQLAlchemy converts
    them. An expression whose shape varies is made by a cached function of its shape.
    """

    __slots__ = ("_compiled", "_positional", "clause")

    def __init__(self, clause: ClauseElement) -> None:
        self.clause = clause
        self._compiled: dict[str, Compiled] = {}
        self._positional: dict[str, Positional] = {}

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

    def positional(self, named: Dialect, marked: Dialect) -> Positional | None:
        """The text with question marks; ``None`` where values are written into the expression.

        A driver that looks up a name for each of forty columns takes twice as long to bind a row.
        ``named`` and ``marked`` are one dialect with the two styles of parameters.
        """
        found = self._positional.get(marked.name)
        if found is None:
            if self.compiled(named).literals:
                return None
            compiled = cast(SQLCompiler, self.clause.compile(dialect=marked))
            values = _taking(tuple(compiled.positiontup or ()))
            found = self._positional[marked.name] = Positional(str(compiled), values)
        return found

    def __repr__(self) -> str:
        return f"Statement({self.clause})"


def _taking(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """What takes the values of these names, in their order."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda parameters: tuple([parameters[name] for name in names])
