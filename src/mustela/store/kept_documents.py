"""Encoded records that a store keeps in memory, each for as long as its revision is current.

A record's document is kept under its key, its revision, and whatever else of other tables it shows.
Each write of a record gives it a revision that no record ever had, so that equal names mean equal
bytes: nothing has to be thrown away when something is committed, rolled back, or written by another
process. What is not asked for any more makes room for what is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from typing import TypeAlias

#: What a store keeps at most, in bytes, unless it is told otherwise.
KEPT_BYTES = 32 * 1024 * 1024
#: What a document costs besides its bytes, about.
_OVERHEAD = 300

#: The key, the revision and what else the document follows from; without a revision, the key alone.
Name: TypeAlias = tuple[int | float | str | None, ...]
_Documents: TypeAlias = dict[object, dict[Name, bytes]]

#: The revision of a record of which nobody knows since when it is as it is: it is not kept.
UNKNOWN = 0


def new_revision() -> int:
    """A number between 1 and 2**63 - 1 that no other write of any process gets.

    It does not come from a unit's context, though it is as good as a new id: a unit that runs again
    may write something else than it did in its first attempt, which it may have read meanwhile.
    """
    return int.from_bytes(os.urandom(8), "little") >> 1 or 1


class KeptDocuments:
    """The documents of one store, at most ``limit`` bytes of them; safe between threads.

    There are two generations. What is found in the old one moves to the new; when the new one fills
    half of the limit it becomes the old one, and what was left in that is forgotten. So finding a
    hundred documents costs a hundred look-ups, and no order is kept up to date.
    """

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._new: _Documents = {}
        self._old: _Documents = {}
        self._bytes = 0
        self._old_bytes = 0

    @property
    def size(self) -> int:
        """How many bytes are kept, with what each costs besides."""
        return self._bytes + self._old_bytes

    def find(self, of: object, names: Sequence[Name]) -> list[bytes | None]:
        """The documents of these names, ``None`` for each that is not kept.

        ``of`` tells apart what has equal names: the documents of different tables.
        """
        found = list(map(self._new.get(of, _NOTHING).get, names))
        older = self._old.get(of)
        if older and not all(found):
            again = []
            for place, document in enumerate(found):
                if document is None and (known := older.get(names[place])) is not None:
                    found[place] = known
                    again.append((names[place], known))
            self.keep(of, again)
        return found

    def keep(self, of: object, documents: Iterable[tuple[Name, bytes]]) -> None:
        """Keep documents by name. Those of an unknown revision, or of none, are passed over."""
        with self._lock:
            for name, document in documents:
                cost = len(document) + _OVERHEAD
                if len(name) == 1 or name[1] == UNKNOWN or cost > self.limit // 8:
                    continue
                if self._bytes + cost > self.limit // 2:
                    self._old, self._old_bytes = self._new, self._bytes
                    self._new, self._bytes = {}, 0
                mine = self._new.setdefault(of, {})
                if name not in mine:
                    mine[name] = document
                    self._bytes += cost

    def clear(self) -> None:
        """Forget all. It frees memory, and changes no answer."""
        with self._lock:
            self._new, self._old = {}, {}
            self._bytes = self._old_bytes = 0


_NOTHING: dict[Name, bytes] = {}
