"""Records as JSON, made by the engine: they become one text without passing through Python.

A page of a hundred records is thousands of values. Fetched, given their types and encoded they
cost more than all else that answering a list does, and hold the interpreter meanwhile. Here one
statement answers the JSON of all. Its values are those of :meth:`Record.to_public`, encoded: the
contract tests hold the one to the other on every engine.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement, Executable

from mustela.store.dialect_sql import json_text, json_time, json_truth
from mustela.store.record import Record

#: What stands between two records: it occurs in no JSON (RFC 7464 uses it likewise).
SEPARATOR = b"\x1e"

#: A function of PostgreSQL takes at most 100 arguments: a name and a value each.
_PAIRS = 50

_SPELLED = {"time": json_time, "json": json_text, "truth": json_truth}


class Documents(Executable, ClauseElement):
    """The JSON (bytes) of the records whose keys stand in a JSON array, in that order.

    Between them stands :data:`SEPARATOR`.

    ``record`` says what its fields are, ``base`` selects them by name from one table or join.
    ``key`` is the integer column that the bound array ``keys`` names. A key without a row is left
    out.
    """

    inherit_cache = False

    def __init__(
        self,
        record: type[Record],
        base: Select[Any],
        key: ColumnElement[int],
        keys: ColumnElement[str],
    ) -> None:
        columns = base.selected_columns
        self.fields = [
            (name, _spelled(record, name, columns[name]))
            for name in record.fields
            if name not in record.hidden
        ]
        (self.source,) = base.get_final_froms()
        self.key = key
        self.keys = keys


def _spelled(record: type[Record], name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    value: Any = getattr(column, "element", column)  # without its label
    kind = record.json_kind(name)
    return value if kind is None else _SPELLED[kind](value)


def _parts(element: Documents, compiler: Any, **kw: Any) -> tuple[list[str], str, str, str]:
    """``'name', value`` of each field; the tables; the key; the array of keys."""
    pairs = [f"'{name}', {compiler.process(value, **kw)}" for name, value in element.fields]
    source = compiler.process(element.source, asfrom=True, **kw)
    return pairs, source, compiler.process(element.key, **kw), compiler.process(element.keys, **kw)


@compiles(Documents, "sqlite")
def _sqlite_documents(element: Documents, compiler: Any, **kw: Any) -> str:
    pairs, source, key, keys = _parts(element, compiler, **kw)
    # CROSS JOIN keeps the order of the tables, and with it that of the keys.
    return (
        f"SELECT CAST(group_concat(json_object({', '.join(pairs)}), char(30)) AS BLOB) "
        f"FROM json_each({keys}) AS wanted CROSS JOIN {source} WHERE {key} = wanted.value"
    )


@compiles(Documents, "postgresql")
def _postgres_documents(element: Documents, compiler: Any, **kw: Any) -> str:
    pairs, source, key, keys = _parts(element, compiler, **kw)
    objects = [
        f"CAST(json_build_object({', '.join(pairs[at : at + _PAIRS])}) AS TEXT)"
        for at in range(0, len(pairs), _PAIRS)
    ]
    whole = objects[0]
    for more in objects[1:]:
        whole = f"left({whole}, -1) || ', ' || substr({more}, 2)"
    return (
        f"SELECT convert_to(string_agg({whole}, chr(30) ORDER BY wanted.place), 'UTF8') "
        f"FROM json_array_elements_text(CAST({keys} AS json)) WITH ORDINALITY "
        f"AS wanted (value, place), {source} WHERE {key} = CAST(wanted.value AS BIGINT)"
    )
