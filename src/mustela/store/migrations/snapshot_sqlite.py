"""A SQLite schema as comparable lines, from the SQL that SQLite keeps of it.

Two ways of writing the same thing give the same line: spaces, comments, the case of words, quotes
around plain names, the order in which ``ALTER TABLE`` left columns and constraints.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sqlalchemy import Connection

_TOKEN = re.compile(
    r"""
    (?P<space> \s+ | --[^\n]* | /\*.*?\*/ )
  | (?P<text> '(?:[^']|'')*' )
  | (?P<quoted> "(?:[^"]|"")*" | `[^`]*` | \[[^\]]*\] )
  | (?P<word> [^\W\d]\w* )
  | (?P<other> [\d.]+(?:[eE][+-]?\d+)? | \|\| | [<>=!]=? | <> | . )
    """,
    re.VERBOSE | re.DOTALL,
)


def tables(connection: Connection) -> list[str]:
    """The ordinary tables."""
    listed = connection.exec_driver_sql("PRAGMA main.table_list").fetchall()
    return sorted(n for _, n, kind, *_ in listed if kind == "table" and not n.startswith("sqlite_"))


def schema(connection: Connection, without: Collection[str]) -> frozenset[str]:
    """A line for each column, constraint, index, trigger, view and virtual table."""
    ordinary = set(tables(connection))
    shadows = {
        row[1]
        for row in connection.exec_driver_sql("PRAGMA main.table_list").fetchall()
        if row[2] == "shadow"
    }
    lines: set[str] = set()
    for kind, name, owner, sql in connection.exec_driver_sql(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    ).fetchall():
        if owner in without or owner in shadows or name.startswith("sqlite_"):
            continue
        if name in ordinary and kind == "table":
            lines.update(_table_lines(name, sql))
        else:
            lines.add(f"{kind} {name}: {' '.join(tokens(sql))}")
    return frozenset(lines)


def tokens(sql: str) -> Iterator[str]:
    """The words of a statement, in one way of writing them."""
    for match in _TOKEN.finditer(sql):
        kind, token = match.lastgroup, match.group()
        if kind == "word":
            yield token.lower()
        elif kind == "quoted":
            name = token[1:-1]
            yield name.lower() if re.fullmatch(r"[A-Za-z_]\w*", name) else f'"{name}"'
        elif kind != "space":
            yield token


def _table_lines(name: str, sql: str) -> Iterator[str]:
    words = list(tokens(sql))
    start = words.index("(")
    depth, definition = 0, list[str]()
    for position in range(start, len(words)):
        word = words[position]
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth == 0 or (depth == 1 and word == ","):
            yield f"table {name}: {' '.join(definition)}"
            definition = []
            if depth == 0:
                options = sorted(w for w in words[position + 1 :] if w != ",")
                yield f"table {name}: options {' '.join(options)}"
                return
        elif position > start:
            definition.append(word)
