"""Examining one file in a child process, knowing that it is still the file the walk met."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from typing import Any

from mustela.files.failure import Unreadable
from mustela.files.stamp import stamp_of

#: Not failures of the file: it changed while it was looked at, or it is not there any more.
CHANGING, GONE = "changing", "gone"


def examine(function: str, path: bytes, size: int, mtime_ns: int) -> Any:
    """What ``function`` (``"module:name"``) answers for the path.

    Raises ``Unreadable``: at ``changing`` or ``gone`` where the file is not what it was; at
    ``access`` where the disk or its permissions are at fault; else as the function does.
    """
    _expect(path, size, mtime_ns)
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK))
    except OSError as error:
        raise Unreadable("access", error.strerror or str(error)) from error
    try:
        details = _resolve(function)(path)
    except Exception:
        _expect(path, size, mtime_ns)  # it may have failed because it is half there
        raise
    _expect(path, size, mtime_ns)
    return details


def check(function: str) -> bool:
    """Whether ``function`` can be imported: else no file is to blame, and the scan fails."""
    return callable(_resolve(function))


def _expect(path: bytes, size: int, mtime_ns: int) -> None:
    try:
        status = os.stat(path)  # noqa: PTH116  # bytes
    except FileNotFoundError as error:
        raise Unreadable(GONE, "the file is not there any more") from error
    except OSError as error:
        raise Unreadable("access", error.strerror or str(error)) from error
    if stamp_of(status) != (size, mtime_ns):
        raise Unreadable(CHANGING, "the file is changing")


@functools.cache
def _resolve(name: str) -> Callable[[bytes], Any]:
    module, _, function = name.partition(":")
    found: Callable[[bytes], Any] = getattr(importlib.import_module(module), function)
    return found
