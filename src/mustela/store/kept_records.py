"""Records that a store keeps in memory, each for as long as its revision is current.

A record, encoded or as it is, is kept under its key, its revision, and whatever else of other
tables it shows. Each write of a row gives it a revision that no row ever had, so that equal names
mean equal records: nothing has to be thrown away when something is committed, rolled back, or
written by another process. What is not asked for any more makes room for what is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

#: What a store keeps at most, in bytes, unless it is told otherwise.
KEPT_BYTES = 32 * 1024 * 1024
#: What keeping a record costs besides, and what a value of it does, about.
_OVERHEAD, _A_VALUE = 300, 40

#: The key, the revision and what else the record follows from; without a revision, the key alone.
Name: TypeAlias = tuple[int | float | str | None, ...]
Record: TypeAlias = bytes | tuple[Any, ...]
_Kept: TypeAlias = dict[object, dict[Name, Any]]

_encode = msgspec.msgpack.Encoder().encode

#: The revision of a row of which nobody knows since when it is as it is: it is not kept.
UNKNOWN = 0


def new_revision() -> int:
    """A number between 1 and 2**63 - 1 that no other write of any process gets.

    It does not come from a unit's context, as a new id does: a unit that runs again may write
    something else than it did in its first attempt, which it may have read meanwhile.
    """
    return int.from_bytes(os.urandom(8), "little") >> 1 or 1


class KeptRecords:
    """The records of one store, at most ``limit`` bytes of them; safe between threads.

    There are two generations. What is found in the old one moves to the new; when the new one fills
    half of the limit it becomes the old one, and what was left in that is forgotten. So finding a
    hundred records costs a hundred look-ups, and no order is kept up to date.
    """

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._new: _Kept = {}
        self._old: _Kept = {}
        self._new_size = 0
        self._old_size = 0

    @property
    def size(self) -> int:
        """How many bytes are kept, about."""
        return self._new_size + self._old_size

    def find(self, of: object, names: Sequence[Name]) -> list[Any]:
        """The records of these names, ``None`` for each that is not kept.

        ``of`` tells apart what has equal names: the records of different tables, for one.
        """
        found = list(map(self._new.get(of, _NOTHING).get, names))
        older = self._old.get(of)
        if older and not all(found):
            again: list[tuple[Name, Record]] = []
            for place, name in enumerate(names):
                if found[place] is None and (known := older.get(name)) is not None:
                    found[place] = known
                    again.append((name, known))
            self.keep(of, again)
        return found

    def keep(self, of: object, records: Sequence[tuple[Name, Record]]) -> None:
        """Keep records by name, encoded or as they are.

        Those of an unknown revision, or of a table without, are passed over, and so are so many, or
        such long ones, that they would drive out most others.
        """
        size = _size_of([record for _, record in records]) if records and self.limit else 0
        if not size or size > self.limit // 8:
            return
        cost = size // len(records)
        with self._lock:
            if self._new_size + size > self.limit // 2:
                self._old, self._old_size = self._new, self._new_size
                self._new, self._new_size = {}, 0
            mine = self._new.setdefault(of, {})
            for name, record in records:
                if len(name) > 1 and name[1] != UNKNOWN and name not in mine:
                    mine[name] = record
                    self._new_size += cost

    def clear(self) -> None:
        """Forget all. It frees memory, and changes no answer."""
        with self._lock:
            self._new, self._old = {}, {}
            self._new_size = self._old_size = 0


_NOTHING: dict[Name, Any] = {}


def _size_of(records: Sequence[Record]) -> int:
    """What records of one kind take in memory, about: measured together, which is cheap."""
    if type(records[0]) is bytes:
        return sum(map(len, records)) + _OVERHEAD * len(records)
    return len(_encode(records)) + (_OVERHEAD + _A_VALUE * len(records[0])) * len(records)
