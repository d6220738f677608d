"""Files below a root, and never beside it: links are resolved before anything is compared."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from mustela.files.errors import FilesError

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)


class OutsideRoots(FilesError, ValueError):
    """This path is not below a root; only an administrator can add one."""

    code = "outside_roots"


class FileMissing(FilesError):
    """The file is not there any more, or its drive is not connected."""

    code = "file_missing"


class NotAFile(FilesError, ValueError):
    """This is no regular file."""

    code = "not_a_file"


def resolve_below(root: str | Path, path: str | Path) -> Path:
    """``path`` (absolute, or relative to the root) with every link resolved, if below ``root``.

    The path need not exist. Raises :class:`OutsideRoots` for one elsewhere, also by way of a
    symbolic link or ``..``, and :class:`FileMissing` where links go in a circle.
    """
    try:
        top = Path(os.path.realpath(root))
        found = Path(os.path.realpath(top / path))
    except (OSError, ValueError) as error:
        raise FileMissing(f"{_shown(path)} cannot be reached: {error}") from error
    if found != top and top not in found.parents:
        raise OutsideRoots(f"{_shown(path)} is not below {_shown(root)}")
    return found


def resolve_below_any(roots: Iterable[str | Path], path: str | Path) -> Path:
    """``path`` (absolute) with every link resolved, if below one of ``roots``."""
    for root in roots:
        try:
            return resolve_below(root, Path(path))
        except OutsideRoots:
            continue
    raise OutsideRoots(f"{_shown(path)} is not below a root; only an administrator can add one")


def open_below(root: str | Path, path: str | Path) -> tuple[int, os.stat_result]:
    """Open a regular file below ``root`` for reading: its descriptor, which is the caller's.

    A link put there between the check and the opening is found out. Blocks; run it in a thread.
    Raises what :func:`resolve_below` raises, :class:`FileMissing` and :class:`NotAFile`.
    """
    resolved = resolve_below(root, path)
    try:
        # Not blocking: opening a named pipe would wait for who writes it.
        descriptor = os.open(resolved, _FLAGS | os.O_NONBLOCK)
    except OSError as error:
        raise FileMissing(f"{_shown(path)} cannot be opened: {error.strerror}") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotAFile(f"{_shown(path)} is no regular file")
        if resolve_below(root, resolved) != resolved:
            raise OutsideRoots(f"{_shown(path)} changed while it was opened")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, found


def _shown(path: str | Path) -> str:
    return os.fspath(path).encode("utf-8", "backslashreplace").decode()
