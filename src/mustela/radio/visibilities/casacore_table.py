"""Casacore tables, opened so that no writer ever notices.

Tables are opened read-only with the lock option ``usernoread``: casacore then takes no lock and
touches no lock file. A writer is never delayed; what is read while one is at work may be half of
it, so examinations compare what the product's members were before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from casacore.tables import table

from mustela.files.failure import Unreadable
from mustela.radio.casacore_paths import expect_rows_beside, text_of

T = TypeVar("T")

#: Subtables in which it is no wonder that there is nothing.
_OFTEN_EMPTY = frozenset({"HISTORY", "STATE"})


@contextmanager
def opened(path: str) -> Iterator[Any]:
    """A table, until the end of the context; ``RuntimeError`` where casacore cannot open it."""
    found = table(path, readonly=True, lockoptions="usernoread", ack=False)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def main_table(path: bytes | str) -> Iterator[tuple[str, Any]]:
    """The path as text, and the table itself; ``Unreadable`` where it cannot be opened.

    That is so, too, where its members or rows lie beyond the directory in which it lies.
    """
    text = text_of(path)
    try:
        found = table(text, readonly=True, lockoptions="usernoread", ack=False)
    except RuntimeError as error:
        raise Unreadable("open", f"casacore cannot open it: {error}") from error
    try:
        expect_rows_beside(text, found)
        yield text, found
    finally:
        found.close()


class Subtables:
    """The subtables of a table, as far as they can be read; ``flags`` says which cannot."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.flags: list[str] = []

    def read(self, name: str, reader: Callable[[Any], T]) -> T | None:
        """What ``reader`` answers of a subtable; ``None`` if it has no rows or cannot be read.

        ``Unreadable`` where its rows lie elsewhere.
        """
        try:
            with opened(f"{self._path}/{name}") as found:
                expect_rows_beside(self._path, found)
                if found.nrows():
                    return reader(found)
        except RuntimeError:
            self.flag(f"unreadable:{name}")
        else:
            if name not in _OFTEN_EMPTY:
                self.flag(f"empty:{name}")
        return None

    def flag(self, word: str) -> None:
        """Note a word once."""
        if word not in self.flags:
            self.flags.append(word)
