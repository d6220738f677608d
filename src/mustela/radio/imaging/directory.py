"""The fingerprint of a product that is a directory (a CASA image)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

#: Files that change when somebody only looks at the table.
_LOCKS = {"table.lock"}
_HEADER = "table.dat"


def directory_fingerprint(path: str | bytes | os.PathLike[str]) -> str:
    """16 hexadecimal digits of the members' names and sizes and the table's header.

    Not of the pixels, and not of lock files, so a directory that was moved has its old one.
    ``OSError`` where it cannot be read.
    """
    root = Path(os.fsdecode(path))
    digest = hashlib.blake2b(digest_size=8)
    for name, size in sorted(_members(root)):
        digest.update(os.fsencode(name) + b"\0" + str(size).encode() + b"\0")
    header = root / _HEADER
    if header.is_file():
        digest.update(header.read_bytes())
    return digest.hexdigest()


def directory_size(path: str | bytes | os.PathLike[str]) -> int:
    """The bytes of all members, lock files left out."""
    return sum(size for _, size in _members(Path(os.fsdecode(path))))


def _members(root: Path) -> Iterator[tuple[str, int]]:
    for folder, _, files in os.walk(root):
        for file in files:
            if file not in _LOCKS:
                member = Path(folder, file)
                yield str(member.relative_to(root)), member.lstat().st_size
