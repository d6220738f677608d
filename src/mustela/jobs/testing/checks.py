"""Checks of the data while a service is dead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from mustela.store.errors import StoreError
from mustela.store.sqlite.file import damage, opened

#: Says what is wrong with the data; nothing where all is well.
Check: TypeAlias = Callable[[], Iterable[str]]


def whole_sqlite(path: Path) -> Check:
    """The database file passes ``PRAGMA integrity_check``, and every reference leads somewhere.

    It is opened read-only, so that what the dead process left to be recovered is still there for
    its successor. Before the first process has made it, there is nothing to check.
    """

    def check() -> Iterator[str]:
        if not path.exists():
            return
        try:
            with opened(path, read_only=True) as connection:
                yield from damage(connection)
        except StoreError as error:
            yield f"{path}: {error}"

    return check
