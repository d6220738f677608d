"""The cells of a VOTable (TABLEDATA), row by row.

A library writes the document around them (see :mod:`~mustela.radio.exports.envelope`), but only
with every row in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from math import isnan
from typing import Any

import msgspec

from mustela.radio.exports.columns import Column, Kind

#: What XML 1.0 cannot hold at all; and a lone half of a pair, which UTF-8 cannot.
_IMPOSSIBLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def escaped(text: str) -> str:
    """Text as XML; a character that XML cannot hold becomes U+FFFD."""
    if text.isalnum():
        return text
    return _IMPOSSIBLE.sub("\ufffd", text).translate(_MARKS)


def _double(value: float) -> str:
    if isnan(value):
        return "NaN"
    text = repr(float(value))
    return text if "inf" not in text else "+Inf" if value > 0 else "-Inf"


def _json(value: Any) -> str:
    return escaped(msgspec.json.encode(value).decode())


def timestamp(value: datetime) -> str:
    """A time as DALI writes it: UTC, without a zone."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat()


_WRITERS: dict[Kind, Callable[[Any], str]] = {
    "ascii": escaped,
    "text": escaped,
    "texts": _json,
    "json": _json,
    "time": timestamp,
    "double": _double,
    "doubles": lambda values: " ".join(map(_double, values)),
    "int": str,
    "long": str,
    "truth": lambda value: "true" if value else "false",
}

#: What stands for null where a cell of numbers cannot be empty (before VOTable 1.3).
NULLS: dict[Kind, int] = {"int": -(2**31), "long": -(2**63)}
_OLD_NULLS: dict[Kind, str] = {
    "double": "NaN",
    **{kind: str(number) for kind, number in NULLS.items()},
}


def row_writer(
    columns: Sequence[Column], *, empty_cells: bool = True
) -> Callable[[Iterable[Any]], bytes]:
    """Makes a row of the values of these columns. Null is an empty cell, if such may be."""
    writers = [_WRITERS[column.kind] for column in columns]
    nulls = ["" if empty_cells else _OLD_NULLS.get(column.kind, "") for column in columns]

    def row(values: Iterable[Any]) -> bytes:
        cells = [
            f"<TD>{null if value is None else write(value)}</TD>"
            for write, null, value in zip(writers, nulls, values, strict=True)
        ]
        return f"<TR>{''.join(cells)}</TR>\n".encode()

    return row
