"""Sorting more than memory should hold: sorted runs in temporary files, merged when read."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from operator import itemgetter
from typing import IO, TypeAlias

import msgspec

from mustela.files.walk_wire import LENGTH

#: ``(path, size, mtime_ns)``
Entry: TypeAlias = tuple[str, int, int]

#: Entries of one run: about 10 MB.
RUN_ENTRIES = 50_000
_CHUNK_ENTRIES = 500

_by_path = itemgetter(0)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Entry]).decode


class SortedRuns:
    """Collects entries that are given in any order, and gives them back by path, once."""

    def __init__(self) -> None:
        self._files: list[IO[bytes]] = []

    def spill(self, entries: list[Entry]) -> None:
        """Take the entries out of the list, onto the disk."""
        entries.sort(key=_by_path)
        file = tempfile.TemporaryFile()  # noqa: SIM115  # closed when it has been read
        self._files.append(file)
        for start in range(0, len(entries), _CHUNK_ENTRIES):
            chunk = _encode(entries[start : start + _CHUNK_ENTRIES])
            file.write(LENGTH.pack(len(chunk)) + chunk)
        entries.clear()

    def merged(self, entries: list[Entry]) -> Iterator[Entry]:
        """All that was spilled, and these."""
        entries.sort(key=_by_path)
        if not self._files:
            return iter(entries)
        return heapq.merge(*map(_read, self._files), entries, key=_by_path)

    def close(self) -> None:
        """Forget what was spilled and not read."""
        for file in self._files:
            file.close()


def _read(file: IO[bytes]) -> Iterator[Entry]:
    with file:
        file.seek(0)
        while header := file.read(LENGTH.size):
            yield from _decode(file.read(LENGTH.unpack(header)[0]))
