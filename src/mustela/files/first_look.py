"""A short look at a directory: whose files does it hold? A scan will say it properly."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from mustela.files.directory_product import DirectoryRule, is_product
from mustela.files.scan_target import FileKind

#: The look ends after so many entries, or seconds.
MOST_ENTRIES = 20_000
MOST_SECONDS = 2.0


class Wanted(NamedTuple):
    """What a collection has records of."""

    extensions: Mapping[str, FileKind]
    directories: DirectoryRule | None = None


def collections_met(directory: bytes, wanted: Mapping[str, Wanted]) -> set[str]:
    """Names of those whose files, or products, were met: directories nearest to the top first.

    It stops when all were met, and after a while. What cannot be read is passed over.
    """
    met: set[str] = set()
    for entry in _entries(os.fsdecode(directory), wanted):
        for name, one in wanted.items():
            if name not in met and _is_of(one, entry):
                met.add(name)
        if len(met) == len(wanted):
            break
    return met


def _is_of(wanted: Wanted, entry: os.DirEntry[str]) -> bool:
    if entry.is_dir(follow_symlinks=False):
        return wanted.directories is not None and is_product(wanted.directories, entry.path)
    parts = entry.name.lower().split(".")
    endings = [".".join(parts[-number:]) for number in (1, 2) if len(parts) > number]
    return any(wanted.extensions.get(ending) == "candidate" for ending in endings)


def _entries(top: str, wanted: Mapping[str, Wanted]) -> Iterator[os.DirEntry[str]]:
    ends = time.monotonic() + MOST_SECONDS
    left = MOST_ENTRIES
    waiting = deque([top])
    while waiting:
        with suppress(OSError), os.scandir(waiting.popleft()) as entries:
            for entry in entries:
                left -= 1
                if left < 0 or time.monotonic() > ends:
                    return
                if entry.name.startswith("."):
                    continue
                yield entry
                if entry.is_dir(follow_symlinks=False) and not any(
                    one.directories is not None and is_product(one.directories, entry.path)
                    for one in wanted.values()
                ):
                    waiting.append(entry.path)
