"""SQL that engines spell differently, as Core expressions that each dialect compiles its way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Select, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType


class json_fields(GenericFunction[str]):  # noqa: N801  # used like a function
    """``json_fields(name, column, ...)``: a JSON object as text."""

    type = Text()
    inherit_cache = True
    name = "mustela_json_fields"


@compiles(json_fields, "sqlite")
def _sqlite_json_fields(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **kw)})"


#: A function of PostgreSQL takes at most 100 arguments.
_PAIRS = 40


@compiles(json_fields, "postgresql")
def _postgres_json_fields(element: Any, compiler: Any, **kw: Any) -> str:
    parts = [compiler.process(part, **kw) for part in element.clauses]
    pairs = [
        f"CAST({name} AS TEXT), {value}"
        for name, value in zip(parts[::2], parts[1::2], strict=True)
    ]
    objects = " || ".join(
        f"jsonb_build_object({', '.join(pairs[at : at + _PAIRS])})"
        for at in range(0, len(pairs), _PAIRS)
    )
    return f"CAST({objects} AS TEXT)"


class in_json(GenericFunction[Any]):  # noqa: N801  # used like a function
    """``in_json(column, array)``: the text column's value is in a JSON array of texts.

    For lists of values of any length: one parameter, one statement. It has no type, because of
    a truth value SQLite would be asked whether it is 1, and would read the whole table for that.
    """

    type = NullType()
    inherit_cache = True
    name = "mustela_in_json"


@compiles(in_json, "sqlite")
def _sqlite_in_json(element: Any, compiler: Any, **kw: Any) -> str:
    column, array = (compiler.process(part, **kw) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({array}))"


@compiles(in_json, "postgresql")
def _postgres_in_json(element: Any, compiler: Any, **kw: Any) -> str:
    column, array = (compiler.process(part, **kw) for part in element.clauses)
    return f"{column} IN (SELECT json_array_elements_text(CAST({array} AS json)))"


class in_json_numbers(GenericFunction[Any]):  # noqa: N801  # used like a function
    """``in_json_numbers(column, array)``: the integer column's value is in a JSON array."""

    type = NullType()
    inherit_cache = True
    name = "mustela_in_json_numbers"


compiles(in_json_numbers, "sqlite")(_sqlite_in_json)


@compiles(in_json_numbers, "postgresql")
def _postgres_in_json_numbers(element: Any, compiler: Any, **kw: Any) -> str:
    column, array = (compiler.process(part, **kw) for part in element.clauses)
    numbers = f"json_array_elements_text(CAST({array} AS json))"
    return f"{column} IN (SELECT CAST({numbers} AS BIGINT))"


class json_time(GenericFunction[Any]):  # noqa: N801  # used like a function
    """``json_time(microseconds)``: RFC 3339 in UTC; null outside of the years 1 to 9999.

    Inside of a JSON object, like the two below; a fraction only where there is one.
    """

    inherit_cache = True
    name = "mustela_json_time"


#: The first and the last microsecond of a ``datetime``.
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999


@compiles(json_time, "sqlite")
def _sqlite_json_time(element: Any, compiler: Any, **kw: Any) -> str:
    time = f"({compiler.process(element.clauses, **kw)})"
    # Of what works, the fastest: ``strftime`` takes three times as long as ``datetime``. Before
    # 1970 division cuts towards zero, and time goes on below it.
    second = "replace(datetime({} / 1000000, 'unixepoch'), ' ', 'T')"
    return (
        f"CASE WHEN {time} BETWEEN 1000000 AND {_LAST} THEN {second.format(time)} || "
        f"CASE {time} % 1000000 WHEN 0 THEN 'Z' ELSE '.' || substr({time}, -6) || 'Z' END "
        f"WHEN {time} BETWEEN {_FIRST} AND 999999 THEN "
        + second.format(f"({time} - CASE WHEN {time} < 0 THEN 999999 ELSE 0 END)")
        + f" || CASE {time} % 1000000 WHEN 0 THEN 'Z' "
        f"ELSE printf('.%06dZ', ({time} % 1000000 + 1000000) % 1000000) END END"
    )


@compiles(json_time, "postgresql")
def _postgres_json_time(element: Any, compiler: Any, **kw: Any) -> str:
    time = f"({compiler.process(element.clauses, **kw)})"
    moment = (
        f"TIMESTAMP 'epoch' + {time} / 1000000 * INTERVAL '1 second' "
        f"+ {time} %% 1000000 * INTERVAL '1 microsecond'"
    )
    return (
        f"CASE WHEN {time} BETWEEN {_FIRST} AND {_LAST} THEN "
        f"""to_char({moment}, 'YYYY-MM-DD"T"HH24:MI:SS') || """
        f"""CASE {time} %% 1000000 WHEN 0 THEN 'Z' ELSE to_char({moment}, '.US"Z"') END END"""
    )


class json_text(GenericFunction[Any]):  # noqa: N801  # used like a function
    """``json_text(column)``: a column that holds JSON, as it is."""

    inherit_cache = True
    name = "mustela_json_text"


@compiles(json_text, "sqlite")
def _sqlite_json_text(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json({compiler.process(element.clauses, **kw)})"


@compiles(json_text, "postgresql")
def _postgres_json_text(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS json)"


class json_truth(GenericFunction[Any]):  # noqa: N801  # used like a function
    """``json_truth(column)``: 0, 1 or null as false, true or null."""

    inherit_cache = True
    name = "mustela_json_truth"


@compiles(json_truth, "sqlite")
def _sqlite_json_truth(element: Any, compiler: Any, **kw: Any) -> str:
    value = compiler.process(element.clauses, **kw)
    return f"json(CASE WHEN {value} THEN 'true' WHEN NOT {value} THEN 'false' END)"


@compiles(json_truth, "postgresql")
def _postgres_json_truth(element: Any, compiler: Any, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)} <> 0)"


class json_rows(GenericFunction[str]):  # noqa: N801  # used like a function
    """``json_rows(column)``: all rows of an ordered subquery as one JSON array (text).

    One step of the engine instead of one for each row: SQLite's driver lets the interpreter go,
    and waits for it again, at each.
    """

    type = Text()
    inherit_cache = True
    name = "mustela_json_rows"


@compiles(json_rows, "sqlite")
def _sqlite_json_rows(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **kw)})"


@compiles(json_rows, "postgresql")
def _postgres_json_rows(element: Any, compiler: Any, **kw: Any) -> str:
    rows = compiler.process(element.clauses, **kw)
    return f"CAST(coalesce(json_agg({rows}), '[]') AS TEXT)"


class json_edited(GenericFunction[str]):  # noqa: N801  # used like a function
    """``json_edited(array, remove, add)``: a JSON array of texts without some, and with others.

    All three are JSON arrays of texts, none of which has a text twice. What stays keeps its
    place; what is added follows in its own order, unless it is there already. The text is written
    as :func:`~mustela.store.record.encode_texts` writes it.
    """

    type = Text()
    inherit_cache = True
    name = "mustela_json_edited"


@compiles(json_edited, "sqlite")
def _sqlite_json_edited(element: Any, compiler: Any, **kw: Any) -> str:
    array, remove, add = (compiler.process(part, **kw) for part in element.clauses)
    return (
        "(SELECT json_group_array(value ORDER BY part, place) FROM ("
        f"SELECT value, 0 AS part, key AS place FROM json_each({array}) "
        f"WHERE value NOT IN (SELECT value FROM json_each({remove})) "
        f"UNION ALL SELECT value, 1, key FROM json_each({add}) "
        f"WHERE value NOT IN (SELECT value FROM json_each({array}))))"
    )


@compiles(json_edited, "postgresql")
def _postgres_json_edited(element: Any, compiler: Any, **kw: Any) -> str:
    array, remove, add = (
        f"json_array_elements_text(CAST({compiler.process(part, **kw)} AS json))"
        for part in element.clauses
    )
    return (
        "(SELECT '[' || coalesce(string_agg(CAST(to_json(value) AS text), ',' "
        "ORDER BY part, place), '') || ']' FROM ("
        f"SELECT value, 0 AS part, place FROM {array} WITH ORDINALITY AS old(value, place) "
        f"WHERE value NOT IN (SELECT {remove}) "
        f"UNION ALL SELECT value, 1, place FROM {add} WITH ORDINALITY AS new(value, place) "
        f"WHERE value NOT IN (SELECT {array})) AS edited)"
    )


class server_time(GenericFunction[int]):  # noqa: N801  # used like a function
    """``server_time(at)``: the time by the one clock that all who share the database have.

    Microseconds since 1970 (UTC). Of a server it is the server's clock, as the statement begins:
    the clocks of its clients may differ, and ``at`` is not looked at. A file is used on one
    machine, whose clock has been read already: it is ``at``.
    """

    type = BigInteger()
    inherit_cache = True
    name = "mustela_server_time"


@compiles(server_time, "sqlite")
def _sqlite_server_time(element: Any, compiler: Any, **kw: Any) -> str:
    return f"{compiler.process(element.clauses, **kw)}"


@compiles(server_time, "postgresql")
def _postgres_server_time(element: Any, compiler: Any, **kw: Any) -> str:
    return "CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT)"


class still_wanted(GenericFunction[int]):  # noqa: N801  # used like a function
    """``still_wanted(most, found)``: the limit of what follows rows that were found already.

    SQLite looks at no row where it is 0. PostgreSQL plans by a limit that it knows, and so is
    given ``most``; a condition that does not depend on the row spares it the looking.
    """

    type = BigInteger()
    inherit_cache = True
    name = "mustela_still_wanted"


@compiles(still_wanted, "sqlite")
def _sqlite_still_wanted(element: Any, compiler: Any, **kw: Any) -> str:
    most, found = (compiler.process(part, **kw) for part in element.clauses)
    return f"({most}) - {found}"


@compiles(still_wanted, "postgresql")
def _postgres_still_wanted(element: Any, compiler: Any, **kw: Any) -> str:
    most, _found = element.clauses
    return f"{compiler.process(most, **kw)}"


class by_engine(Executable, ClauseElement):  # noqa: N801  # used like a function
    """One question that the planners of the engines want to be asked in two ways."""

    inherit_cache = False

    def __init__(self, *, sqlite: Select[Any], postgresql: Select[Any]) -> None:
        self.sqlite = sqlite
        self.postgresql = postgresql


@compiles(by_engine, "sqlite")
def _sqlite_by_engine(element: by_engine, compiler: Any, **kw: Any) -> str:
    return f"{compiler.process(element.sqlite, **kw)}"


@compiles(by_engine, "postgresql")
def _postgres_by_engine(element: by_engine, compiler: Any, **kw: Any) -> str:
    return f"{compiler.process(element.postgresql, **kw)}"
