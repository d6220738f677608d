"""Two tables side by side, row by row in the order of their key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mustela.store.copy.plan import CopiedTable, Row

#: Longer values are cut where a difference is put in words.
_SHOWN = 60


class Difference(NamedTuple):
    """A row that only one side has, or that is another one there: which, and in what."""

    table: str
    key: str
    problem: str

    def __str__(self) -> str:
        return f"{self.table}, {self.key}: {self.problem}"


def differences(
    table: CopiedTable, source: Iterator[Row], target: Iterator[Row]
) -> Iterator[Difference]:
    """Every difference between two streams of rows, each in the order of the key."""
    left, right = next(source, None), next(target, None)
    while left is not None or right is not None:
        if left == right:
            left, right = next(source, None), next(target, None)
        elif right is None or (left is not None and table.key_of(left) < table.key_of(right)):
            assert left is not None
            yield Difference(table.name, table.named_key(left), "it is not in the copy")
            left = next(source, None)
        elif left is None or table.key_of(right) < table.key_of(left):
            yield Difference(table.name, table.named_key(right), "it is only in the copy")
            right = next(target, None)
        else:
            unlike = list(_unlike(table, left, right))
            if unlike:
                yield Difference(table.name, table.named_key(left), "; ".join(unlike))
            left, right = next(source, None), next(target, None)


def _unlike(table: CopiedTable, left: Row, right: Row) -> Iterator[str]:
    for column, one, other in zip(table.columns, left, right, strict=True):
        not_numbers = one != one and other != other  # noqa: PLR0124  # NaN is like NaN here
        if one != other and not not_numbers:
            yield f"{column.name} is {_shown(one)}, and {_shown(other)} in the copy"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
