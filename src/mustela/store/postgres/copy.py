"""Many rows at once: ``COPY`` in place of as many inserts.

Only for an insert that does nothing but write its parameters into columns; whatever else a
statement says (a conflict, something returned, a constant) is left to the statement. Constraints,
defaults, triggers and their errors are those of an insert.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

#: Below so many rows a statement for each is as fast.
COPY_ROWS = 250
#: About so many characters go out at once.
_CHUNK = 128 * 1024

_PLAIN_INSERT = re.compile(
    rb"INSERT INTO (\S+ \([^()]*\)) VALUES \((\$\d+(?:, \$\d+)*)\)(?: RETURNING [\w.]+)?"
)
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


class Copy(NamedTuple):
    """Rows on their way into a table."""

    sql: bytes
    chunks: list[bytes]


def copy_of(sql: bytes, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Copy | None:
    """The rows of an insert, where it may be a ``COPY``; ``None`` where it may not."""
    head = _head(sql)
    if head is None or len(rows) < COPY_ROWS:
        return None
    chunks: list[bytes] = []
    lines: list[str] = []
    size = 0
    for row in rows:
        try:
            line = "\t".join([_field(row[name]) for name in names])
        except _Unwritten:
            return None
        lines.append(line)
        size += len(line)
        if size > _CHUNK:
            chunks.append(("\n".join(lines) + "\n").encode())
            lines, size = [], 0
    if lines:
        chunks.append(("\n".join(lines) + "\n").encode())
    return Copy(head, chunks)


@lru_cache(maxsize=1024)
def _head(sql: bytes) -> bytes | None:
    found = _PLAIN_INSERT.fullmatch(b" ".join(sql.split()))
    if found is None:
        return None
    places = found[2].split(b", ")
    in_order = places == [b"$%d" % (n + 1) for n in range(len(places))]
    return b"COPY %b FROM STDIN" % found[1] if in_order else None


class _Unwritten(Exception):
    """A value of a kind that is not written here."""


def _field(value: Any) -> str:
    """A value in the text format."""
    kind = type(value)
    if kind is str:
        return str(value.translate(_ESCAPES))
    if value is None:
        return r"\N"
    if kind is int or kind is float:
        return repr(value)
    if kind is bytes:
        return rf"\\x{value.hex()}"
    raise _Unwritten
