"""Examining one item in a child process, knowing that it is still what the walk met."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from typing import Any

import msgspec

from mustela.files.directory_product import DirectoryRule, is_being_written, stamp_at
from mustela.files.failure import Unreadable

#: Not failures of the file: it changed while it was looked at, or it is not there any more.
CHANGING, GONE = "changing", "gone"
#: Nor is this: the file was read, and is nothing of the collection's.
NOT_AN_ITEM = "not_an_item"


class NotAnItem(msgspec.Struct, frozen=True):
    """What an examining function answers for a file that is sound, and nothing of its collection.

    The scan counts it as no media and remembers it, so that it is not read again until it
    changes. ``reason`` is for people.
    """

    reason: str


def examine(function: str, path: bytes, size: int, mtime_ns: int, directories: Any = None) -> Any:
    """What ``function`` (``"module:name"``) answers for the path.

    ``directories`` is the collection's ``DirectoryRule``, as it has travelled here. A product that
    another process has locked for writing is changing, whatever its stamp says.

    Raises ``Unreadable``: at ``changing`` or ``gone`` where the file is not what it was; at
    ``access`` where the disk or its permissions are at fault; at ``not_an_item`` where the function
    answers :class:`NotAnItem`; else as the function does.
    """
    rule = msgspec.convert(directories, DirectoryRule | None)
    stamp = (size, mtime_ns)
    _expect(path, stamp, rule)
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK))
    except OSError as error:
        raise Unreadable("access", error.strerror or str(error)) from error
    try:
        details = _resolve(function)(path)
    except Exception:
        _expect(path, stamp, rule)  # it may have failed because it is half there
        raise
    _expect(path, stamp, rule)
    if isinstance(details, NotAnItem):
        raise Unreadable(NOT_AN_ITEM, details.reason)
    return details


def check(function: str) -> bool:
    """Whether ``function`` can be imported: else no file is to blame, and the scan fails."""
    return callable(_resolve(function))


def _expect(path: bytes, stamp: tuple[int, int], rule: DirectoryRule | None) -> None:
    try:
        found = stamp_at(path, rule)
    except FileNotFoundError as error:
        raise Unreadable(GONE, "the file is not there any more") from error
    except OSError as error:
        raise Unreadable("access", error.strerror or str(error)) from error
    if found != stamp:
        raise Unreadable(CHANGING, "the file is changing")
    if rule is not None and is_being_written(path, rule):
        raise Unreadable(CHANGING, "a program is writing to it")


@functools.cache
def _resolve(name: str) -> Callable[[bytes], Any]:
    module, _, function = name.partition(":")
    found: Callable[[bytes], Any] = getattr(importlib.import_module(module), function)
    return found
