"""What a scan is asked, and what it answers."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

#: Why a scan did not take the directory at its word, and marked nothing missing.
Distrust: TypeAlias = Literal["absent", "empty", "replaced"]


class ScanOptions(msgspec.Struct, frozen=True):
    """How to scan a root.

    ``recursive``: ``None`` as the root says. ``exclude``: besides the root's own patterns, for
    this scan only. ``retry_failed``: try files again that could not be read. ``trust_root``: a
    person says that the directory is the right one, though it is empty or another than before.
    ``below``: only this directory (path text below the root), or the nearest above it that is
    there; such a scan says nothing of the root as a whole.
    """

    recursive: bool | None = None
    exclude: tuple[str, ...] = ()
    retry_failed: bool = False
    trust_root: bool = False
    below: str = ""


class ScanResult(msgspec.Struct):
    """What became of every entry, other than directories, of the directories entered.

    ``entries`` is the sum of the seven counts behind it. ``waiting`` are files that may still be
    growing, or that the scan left for another one: scan again. ``failed`` are files that could
    not be read, now or at an earlier scan since which they have not changed; ``not_media`` those
    that by their names, or when they were read, are nothing of the collection's. A product that
    is a directory is one entry. Of the files
    ``catalogued``, ``moved`` had a record already, elsewhere. ``missing`` and ``returned`` count
    records. ``problem`` says in words what ``distrust`` or an unreadable directory means.
    """

    entries: int = 0
    catalogued: int = 0
    unchanged: int = 0
    excluded: int = 0
    not_media: int = 0
    unsupported: int = 0
    waiting: int = 0
    failed: int = 0
    directories: int = 0
    excluded_directories: int = 0
    unreadable_directories: int = 0
    moved: int = 0
    missing: int = 0
    returned: int = 0
    distrust: Distrust | None = None
    problem: str | None = None
