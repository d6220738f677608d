"""Casacore tables, opened so that no writer ever notices.

Tables are opened read-only with the lock option ``usernoread``: casacore then takes no lock and
touches no lock file. A writer is never delayed; what is read while one is at work may be half of
it, so examinations compare what the product's members were before and after.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from casacore.tables import table

from mustela.files.failure import Unreadable


def text_of(path: bytes | str) -> str:
    """A path as casacore takes it.

    ``Unreadable`` for a name that casacore would read as something else: it expands ``$NAME``
    and takes ``::`` for a subtable; and it cannot be given a name that is not UTF-8.
    """
    text = os.fsdecode(path)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable("open", "casacore reads no names that are not UTF-8") from error
    if "$" in text or "::" in text:
        raise Unreadable("open", "casacore reads no names with $ or :: in them")
    return text


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
    """The path as text, and the table itself; ``Unreadable`` where it cannot be opened."""
    text = text_of(path)
    try:
        found = table(text, readonly=True, lockoptions="usernoread", ack=False)
    except RuntimeError as error:
        raise Unreadable("open", f"casacore cannot open it: {error}") from error
    try:
        yield text, found
    finally:
        found.close()


def table_type(path: bytes | str) -> tuple[str | None, str | None]:
    """Type and subtype as ``table.info`` has them: ``("Measurement Set", None)``."""
    words: dict[str, str] = {}
    try:
        info = Path(os.fsdecode(path), "table.info").read_text("utf-8", "replace")
    except OSError:
        return None, None
    for line in info.splitlines()[:2]:
        name, _, value = line.partition("=")
        words[name.strip()] = value.strip()
    return words.get("Type") or None, words.get("SubType") or None


class Subtables:
    """The subtables of a table, as far as they can be read; ``flags`` says which cannot."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.flags: list[str] = []

    @contextmanager
    def opened(self, name: str) -> Iterator[Any | None]:
        """A subtable with rows; ``None`` where there is none, and why in the flags.

        A part of it that cannot be read ends the context, and is flagged too.
        """
        try:
            with opened(f"{self._path}/{name}") as found:
                if found.nrows() == 0:
                    self.flag(f"empty:{name}")
                    yield None
                else:
                    yield found
        except RuntimeError:
            self.flag(f"unreadable:{name}")
            yield_none = True
        else:
            yield_none = False
        if yield_none:
            return

    def flag(self, word: str) -> None:
        """Note a word once."""
        if word not in self.flags:
            self.flags.append(word)
