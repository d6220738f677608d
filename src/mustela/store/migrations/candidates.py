"""Values that a column of a type may hold: one that is new each time, and others worth a try."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import types

#: Letters that a careless copy of a table would harm.
AWKWARD = "Ünï cödé 日本 🐾 %s 'x' \"y\" \\"

START = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)


def propose(kind: types.TypeEngine[Any], serial: int, spoken_of: str) -> tuple[Any, list[Any]]:
    """A fresh value of the type, and others; ``spoken_of`` is the SQL of CHECKs on the column."""
    named = list(literals(spoken_of))
    numbers = [v for v in named if isinstance(v, int | float)]
    texts = [v for v in named if isinstance(v, str)]
    if isinstance(kind, types.Boolean):
        return True, [False]
    if isinstance(kind, types.Integer):
        near = [int(n) + step for n in numbers for step in (0, 1, -1)]
        return 1000 + serial, [*near, 0, 1, 2, -1, 10, 1_700_000_000_000_000]
    if isinstance(kind, types.Numeric | types.Float):
        real: Any = Decimal if isinstance(kind, types.Numeric) and kind.asdecimal else float
        return real(serial) + real("0.5"), [real(n) for n in (*numbers, 0, 1, "0.5", -1)]
    if isinstance(kind, types.LargeBinary):
        return b"\x00\xff" + str(serial).encode(), [b"", b"\x00", bytes(16), bytes(32)]
    return _of_time(kind, serial) or _of_text(kind, serial, texts)


def _of_time(kind: types.TypeEngine[Any], serial: int) -> tuple[Any, list[Any]] | None:
    moment = START + timedelta(minutes=serial)
    if isinstance(kind, types.DateTime):
        aware = moment if kind.timezone else moment.replace(tzinfo=None)
        return aware, []
    if isinstance(kind, types.Date):
        return date(2024, 1, 1) + timedelta(days=serial), []
    if isinstance(kind, types.Time):
        return time(serial % 24, 30), []
    return None


def _of_text(kind: types.TypeEngine[Any], serial: int, texts: list[str]) -> tuple[Any, list[Any]]:
    if isinstance(kind, types.JSON):
        return {"serial": serial, "text": AWKWARD}, []
    length = getattr(kind, "length", None)
    fresh = f"{serial} {AWKWARD}"[:length]
    plain = [f"a{serial}", f"/{serial}", "a", "", "0", "1", "{}", "[]", '{"a": 1}', '["a"]']
    return fresh, [*texts, *(value[:length] for value in plain), START.isoformat()]


def literals(sql: str) -> Iterator[str | int | float]:
    """The text and number literals in a piece of SQL."""
    for quoted, number in re.findall(r"'((?:[^']|'')*)'|(?<![\w.])(-?\d+(?:\.\d+)?)", sql):
        if number:
            yield float(number) if "." in number else int(number)
        else:
            yield quoted.replace("''", "'")
