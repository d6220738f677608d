"""A directory as a root remembers it: its real path, and what tells it from another one there."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from mustela.files import path_text
from mustela.files.errors import DirectoryUnusable

#: Between the identities that a root is remembered by: machines may see a directory of one share
#: under others than the machine that has the disk.
_BETWEEN = "; "
#: So many are remembered, the newest.
MOST_IDENTITIES = 16


class RootDirectory(NamedTuple):
    """A directory that can be listed."""

    path: str  #: path text, absolute, symbolic links resolved
    identity: str  #: see :func:`identity_of`


def inspect(path: str | bytes | os.PathLike[str]) -> RootDirectory:
    """Look at a directory on the disk; ``DirectoryUnusable`` where it cannot be listed."""
    shown = path_text.encode(path)
    try:
        real = os.path.realpath(os.fsencode(path), strict=True)
        identity = identity_of(real)
        with os.scandir(real) as entries:
            next(entries, None)
    except OSError as error:
        raise DirectoryUnusable(
            f"the directory {shown} cannot be used: {error.strerror}; "
            "check that it exists and may be read"
        ) from error
    return RootDirectory(path_text.encode(real), identity)


def identity_of(path: bytes | str) -> str:
    """A directory's inode and file system.

    Changes when a drive is not mounted, or another one stands in its place. Device numbers are
    left out: they change from one start of the machine to the next.
    """
    status = os.stat(path)  # noqa: PTH116  # paths are bytes
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(20, "it is not a directory")
    return f"inode {status.st_ino}, file system {os.statvfs(path).f_fsid:x}"


def knows(remembered: str, identity: str) -> bool:
    """Whether this is one of the identities that a root is remembered by."""
    return identity in remembered.split(_BETWEEN)


def learnt(remembered: str | None, identity: str) -> str:
    """What is remembered once this identity is, too."""
    before = remembered.split(_BETWEEN) if remembered else []
    return _BETWEEN.join([*(one for one in before if one != identity), identity][-MOST_IDENTITIES:])
