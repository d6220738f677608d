"""What the walking process says: msgpack, each message after a length of four bytes."""

from __future__ import annotations

import struct
from typing import Literal

import msgspec

from mustela.files.directory_product import DirectoryRule

LENGTH = struct.Struct(">I")


class WalkOrder(msgspec.Struct, array_like=True, frozen=True):
    """What to walk. ``root`` is path text; ``extensions`` as a scan target says them.

    ``exclude`` are the root's patterns and those of this scan. ``below`` is the only directory to
    walk, path text with a slash at its end, or empty. ``directories`` says which directories are
    items, if any are.
    """

    root: str
    recursive: bool
    exclude: list[str]
    extensions: dict[str, Literal["candidate", "unsupported"]]
    below: str = ""
    directories: DirectoryRule | None = None


class Counts(msgspec.Struct, array_like=True):
    """Entries met so far that are not directories, and by what became of them; then directories.

    A directory that is an item is an entry like a file.

    ``entries`` is the sum of the five after it. ``directories`` were entered.
    """

    entries: int = 0
    candidates: int = 0
    excluded: int = 0
    not_media: int = 0
    unsupported: int = 0
    unreadable: int = 0
    gone: int = 0
    directories: int = 0
    excluded_directories: int = 0
    unreadable_directories: int = 0


class WalkBatch(msgspec.Struct, array_like=True):
    """A part of the walk, in the order of the paths' code points.

    ``files`` are candidates, files and products, as ``(path, size, mtime_ns)``. ``blind`` are
    places of which nothing is known, as ``(path, stage, reason)``: a directory's path ends in a
    slash; it comes before any path behind it. ``counts`` are sums since the beginning.
    ``problem``: the root itself cannot be walked, and why; ``identity`` is the root's where it is
    there.
    """

    files: list[tuple[str, int, int]]
    blind: list[tuple[str, str, str]]
    counts: Counts
    last: bool
    identity: str | None = None
    problem: str | None = None
