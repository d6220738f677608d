"""Products that are directories: a data set that a program keeps as a directory is one item.

Such a directory is known by what it holds, not by its name: a collection's :class:`DirectoryRule`
names the files that mark one. It is never walked into; it is judged by its members together.
Nothing here opens a member for writing or takes a lock.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import msgspec

from mustela.files.fingerprint import fingerprint
from mustela.files.stamp import Stamp, stamp_of

#: Members of a product, its directories included, that are looked at: more are no product.
MOST_MEMBERS = 200_000
#: Of each member so many bytes at its start and at its end make up a product's fingerprint.
_PART = 4096


class DirectoryRule(msgspec.Struct, array_like=True, frozen=True):
    """Which directories are items.

    ``markers``: a directory that holds a file of one of these names is one. ``lock``: the name of
    members on which programs hold POSIX locks (``fcntl``) while they write; reading may change
    such a member too, so its size, time and content say nothing of the product.
    """

    markers: tuple[str, ...]
    lock: str | None = None


class _Member(NamedTuple):
    path: bytes  #: below the product
    status: os.stat_result


def is_product(rule: DirectoryRule, place: str, *, dir_fd: int | None = None) -> bool:
    """Whether a directory (relative to ``dir_fd``, where that is given) is one item."""
    for marker in rule.markers:
        with suppress(OSError):
            if stat.S_ISREG(os.stat(f"{place}/{marker}", dir_fd=dir_fd).st_mode):
                return True
    return False


def stamp_at(path: bytes, rule: DirectoryRule | None) -> Stamp:
    """The stamp of an item: a file's own, or the sum of a product's sizes and its newest time.

    ``FileNotFoundError`` where there is no item: nothing, or a directory that is none.
    """
    status = os.stat(path)  # noqa: PTH116  # bytes
    if not stat.S_ISDIR(status.st_mode):
        return stamp_of(status)
    if rule is None or not is_product(rule, os.fsdecode(path)):
        raise FileNotFoundError(errno.ENOENT, "it is an ordinary directory")
    size, newest = 0, stamp_of(status)
    for member in _members(path, rule):
        stamp = stamp_of(member.status)
        newest = max(newest, stamp, key=_time)
        if not stat.S_ISDIR(member.status.st_mode):
            size += stamp.size
    return Stamp(size, newest.mtime_ns)


def is_there(path: bytes, rule: DirectoryRule | None) -> bool:
    """Whether there is an item; ``OSError`` where that cannot be said."""
    try:
        status = os.stat(path)  # noqa: PTH116  # bytes
    except (FileNotFoundError, NotADirectoryError):
        return False
    return not stat.S_ISDIR(status.st_mode) or (
        rule is not None and is_product(rule, os.fsdecode(path))
    )


def is_within_product(path: bytes, root: bytes, rule: DirectoryRule) -> bool:
    """Whether a directory between the root and the path is an item, of which this is a part."""
    place = os.path.dirname(path)  # noqa: PTH120  # bytes
    while len(place) > len(root):
        if is_product(rule, os.fsdecode(place)):
            return True
        place = os.path.dirname(place)  # noqa: PTH120  # bytes
    return False


def fingerprint_at(path: bytes, rule: DirectoryRule | None) -> str:
    """The fingerprint of an item: of a file, :func:`~mustela.files.fingerprint.fingerprint`.

    Of a product, BLAKE2b (64 bits, hexadecimal) over its members in the order of their paths:
    name, size, the first and the last 4 KiB of each. Locks are left out, and so are times.
    """
    if rule is None or not os.path.isdir(path):  # noqa: PTH112  # bytes
        return fingerprint(path)
    digest = hashlib.blake2b(digest_size=8)
    for member in sorted(_members(path, rule), key=_path):
        digest.update(member.path + b"\0")
        place = path + b"/" + member.path
        if stat.S_ISREG(member.status.st_mode):
            with open(place, "rb", buffering=0) as file:  # noqa: PTH123  # bytes
                size = os.fstat(file.fileno()).st_size
                digest.update(struct.pack("<q", size) + file.read(_PART))
                file.seek(max(0, size - _PART))
                digest.update(file.read(_PART))
        elif stat.S_ISLNK(member.status.st_mode):
            digest.update(os.readlink(place) + b"\0")  # noqa: PTH115  # bytes
    return digest.hexdigest()


def link_out_of(path: bytes, rule: DirectoryRule) -> bytes | None:
    """A link in the product that leads out of the directory in which the product lies, if any.

    Who opens a product by its name follows such links, and roots end somewhere.
    """
    place = os.path.realpath(path)
    around = os.path.dirname(place).rstrip(b"/") + b"/"  # noqa: PTH120  # bytes
    for member in _members(place, rule):
        if stat.S_ISLNK(member.status.st_mode):
            target = os.path.realpath(place + b"/" + member.path)
            if not target.startswith(around):
                return member.path
    return None


def is_being_written(path: bytes, rule: DirectoryRule) -> bool:
    """Whether another process holds a write lock on the product.

    It asks who would be in the way of a reader, and takes no lock: no writer ever waits for it.
    False where the file system cannot say.
    """
    if rule.lock is None:
        return False
    try:
        descriptor = os.open(path + b"/" + os.fsencode(rule.lock), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, _flock(fcntl.F_RDLCK))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return _lock_type(answer) != fcntl.F_UNLCK


# ``struct flock``, of the whole file: Linux on 64 bits, and macOS.
_LINUX, _MACOS = struct.Struct("hhqqi4x"), struct.Struct("qqihh")


def _flock(kind: int) -> bytes:
    if sys.platform == "darwin":
        return _MACOS.pack(0, 0, 0, kind, 0)
    return _LINUX.pack(kind, 0, 0, 0, 0)


def _lock_type(answer: bytes) -> int:
    kind: int = _MACOS.unpack(answer)[3] if sys.platform == "darwin" else _LINUX.unpack(answer)[0]
    return kind


def _members(path: bytes, rule: DirectoryRule) -> Iterator[_Member]:
    """Everything in the product but its locks; what goes away meanwhile is left out.

    Links are members themselves, not what they lead to. ``OSError`` where there is too much.
    """
    lock = None if rule.lock is None else os.fsencode(rule.lock)
    directories = [b""]
    count = 0
    while directories:
        below = directories.pop()
        with suppress(FileNotFoundError), os.scandir(path + b"/" + below) as entries:
            for entry in entries:
                if entry.name == lock:
                    continue
                count += 1
                if count > MOST_MEMBERS:
                    raise OSError(errno.E2BIG, f"it holds more than {MOST_MEMBERS} files")
                with suppress(FileNotFoundError):
                    yield _Member(below + entry.name, entry.stat(follow_symlinks=False))
                if entry.is_dir(follow_symlinks=False):
                    directories.append(below + entry.name + b"/")


def _time(stamp: Stamp) -> int:
    return stamp.mtime_ns


def _path(member: _Member) -> bytes:
    return member.path
