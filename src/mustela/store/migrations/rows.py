"""Plausible rows for any table, from what the database itself says about it.

Values are proposed by type, and from the literals of the table's CHECK constraints; the database
is asked which of them it takes. So no constraint has to be understood here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias

from sqlalchemy import Connection, column, inspect, literal, select, table, text
from sqlalchemy.exc import DBAPIError

from mustela.store.migrations import candidates

Samples: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]

#: Rows that are tried before a table counts as one that takes none.
ATTEMPTS = 200


@dataclass
class TableFacts:
    """What matters of a table for a row of it."""

    name: str
    columns: dict[str, Any]
    references: list[Any]
    checks: list[tuple[str, list[str]]]  #: the SQL, and the columns it speaks of
    automatic: set[str]  #: columns that the database fills
    pools: dict[str, list[Any]] = field(default_factory=dict)


class Filler:
    """Puts rows into every table, again and again, never the same twice."""

    def __init__(self, samples: Samples | None = None) -> None:
        self._samples = samples or {}
        self._random = random.Random(20)  # the same rows in each run
        self._serial = count(1)
        #: What the database has said of a CHECK and a value: it would say the same again.
        self._answers: dict[tuple[str, str, type, Any], bool] = {}

    def fill(self, connection: Connection, names: Sequence[str]) -> list[str]:
        """Insert two rows into each table, one full, one sparse; say where none was taken."""
        waiting = _facts(connection, names)
        errors: dict[str, str] = {}
        progress = True
        while waiting and progress:  # a table that refers to others comes after them
            progress = False
            for name, facts in list(waiting.items()):
                errors[name] = self._fill_one(connection, facts)
                if not errors[name]:
                    del waiting[name]
                    progress = True
        return [f"no row could be made for {name}: {errors[name]}" for name in waiting]

    def _fill_one(self, connection: Connection, facts: TableFacts) -> str:
        for sample in self._samples.get(facts.name, ()):
            known = {k: v for k, v in sample.items() if k in facts.columns}
            _insert(connection, facts, known)
        if facts.name in self._samples and connection.scalar(_any(facts.name)):
            return ""
        error = ""
        taken = 0
        for sparse in (False, True):
            error = self._insert_any(connection, facts, sparse) or error
            taken += not error
        return "" if taken or connection.scalar(_any(facts.name)) else error

    def _insert_any(self, connection: Connection, facts: TableFacts, sparse: bool) -> str:
        error = "no attempt"
        for attempt in range(ATTEMPTS):
            row = self._propose(connection, facts, attempt, sparse)
            if row is None:
                return "a table it refers to is empty"
            error = _insert(connection, facts, row)
            if not error:
                return ""
        return error

    def _propose(
        self, connection: Connection, facts: TableFacts, attempt: int, sparse: bool
    ) -> dict[str, Any] | None:
        serial = next(self._serial)
        row: dict[str, Any] = {}
        for name, info in facts.columns.items():
            if name in facts.automatic:
                continue
            leave_out = sparse if attempt < ATTEMPTS // 2 else self._random.random() < 0.5
            if leave_out and info["default"] is not None:
                continue
            if leave_out and info["nullable"]:
                row[name] = None
                continue
            pool = self._pool(connection, facts, name, serial)
            row[name] = pool[0] if attempt == 0 else self._random.choice(pool)
        return row if self._refer(connection, facts, row) else None

    def _pool(self, connection: Connection, facts: TableFacts, name: str, serial: int) -> list[Any]:
        """A fresh value first; only what CHECKs on this column alone accept."""
        checks = [sql for sql, columns in facts.checks if columns == [name]]
        spoken_of = " ".join(sql for sql, columns in facts.checks if name in columns)
        fresh, others = candidates.propose(facts.columns[name]["type"], serial, spoken_of)
        if not spoken_of:
            return [fresh, *others]  # a trigger may be choosy too
        if name not in facts.pools:
            facts.pools[name] = [
                value
                for value in others
                if all(self._accepted(connection, sql, name, value) for sql in checks)
            ]
        takes_fresh = all(_accepted(connection, sql, name, fresh) for sql in checks)
        return [*([fresh] if takes_fresh else []), *facts.pools[name]] or [fresh]

    def _accepted(self, connection: Connection, check: str, name: str, value: Any) -> bool:
        """Asks once: most tables are there at every revision, with the same constraints."""
        question = check, name, type(value), value
        if question not in self._answers:
            self._answers[question] = _accepted(connection, check, name, value)
        return self._answers[question]

    def _refer(self, connection: Connection, facts: TableFacts, row: dict[str, Any]) -> bool:
        """Let foreign keys point at rows that are there; False where there is none."""
        for reference in facts.references:
            here = [c for c in reference["constrained_columns"] if c in row]
            if not here or all(row[c] is None for c in here):
                continue
            there: list[Any] = [column(c) for c in reference["referred_columns"]]
            parents = connection.execute(
                select(*there).select_from(table(reference["referred_table"])).limit(20)
            ).fetchall()
            if parents:
                row.update(zip(here, self._random.choice(parents), strict=True))
            elif all(facts.columns[c]["nullable"] for c in here):
                row.update(dict.fromkeys(here))
            else:
                return False
        return True


def _facts(connection: Connection, names: Sequence[str]) -> dict[str, TableFacts]:
    """Of all tables at once: PostgreSQL takes as long to tell of one."""
    inspector = inspect(connection)
    columns = inspector.get_multi_columns(filter_names=names)
    keys = inspector.get_multi_pk_constraint(filter_names=names)
    checks = inspector.get_multi_check_constraints(filter_names=names)
    references = inspector.get_multi_foreign_keys(filter_names=names)
    return {
        name: _table_facts(
            name,
            {info["name"]: info for info in columns[None, name]},
            keys[None, name]["constrained_columns"],
            [check["sqltext"] for check in checks.get((None, name), ())],
            list(references.get((None, name), ())),
            inspector.dialect.name,
        )
        for name in names
    }


def _table_facts(
    name: str,
    columns: dict[str, Any],
    key: list[str],
    checks: list[str],
    references: list[Any],
    dialect: str,
) -> TableFacts:
    spoken_of = [(sql, set(re.findall(r"\w+", sql))) for sql in checks]
    automatic = {c for c, info in columns.items() if _automatic(info)}
    if dialect == "sqlite" and len(key) == 1:
        automatic |= {c for c in key if str(columns[c]["type"]) == "INTEGER"}
    return TableFacts(
        name,
        columns,
        references,
        [(sql, [c for c in columns if c in words]) for sql, words in spoken_of],
        automatic,
    )


def _automatic(info: Any) -> bool:
    default = str(info.get("default") or "")
    return bool(info.get("computed") or info.get("identity")) or default.startswith("nextval(")


def _any(name: str) -> Any:
    return select(literal(1)).select_from(table(name)).limit(1)


def _insert(connection: Connection, facts: TableFacts, row: Mapping[str, Any]) -> str:
    target = table(facts.name, *(column(name, facts.columns[name]["type"]) for name in row))
    try:
        with connection.begin_nested():
            connection.execute(target.insert().values(dict(row)))
    except DBAPIError as error:
        return str(error.orig).partition("\n")[0]
    return ""


def _accepted(connection: Connection, check: str, name: str, value: Any) -> bool:
    """Whether the database finds the CHECK fulfilled (or unknown) for this value."""
    quoted = connection.dialect.identifier_preparer.quote_identifier(name)
    literal_free = check.replace(":", r"\:")
    question = text(
        f"SELECT 1 FROM (SELECT {_bound(connection, value)} AS {quoted}) AS one "
        f"WHERE ({literal_free}) IS NOT FALSE"
    )
    try:
        with connection.begin_nested():
            return connection.execute(question, {"value": value}).first() is not None
    except DBAPIError:
        return False


def _bound(connection: Connection, value: Any) -> str:
    """A parameter; PostgreSQL wants to be told its type."""
    if connection.dialect.name == "sqlite":
        return ":value"
    kinds = {bool: "boolean", int: "bigint", float: "double precision", bytes: "bytea"}
    return f"CAST(:value AS {kinds.get(type(value), 'text')})"
