"""One directory's entries, told apart, in the order in which a walk meets what is below them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

import msgspec

from mustela.files import sorted_runs
from mustela.files.directory_product import is_product, stamp_at
from mustela.files.exclude import Exclusion, is_hidden
from mustela.files.path_text import decode, encode
from mustela.files.sorted_runs import Entry, SortedRuns
from mustela.files.stamp import Stamp, stamp_of
from mustela.files.walk_wire import Counts, WalkOrder

#: What stands in the place of a size: a directory to enter, and one that is an item.
DIRECTORY, PRODUCT = -1, -2

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Lister:
    """Lists directories below a root, and counts what it leaves out.

    Directories are sorted as if their names ended in a slash: so a depth-first walk meets all
    paths in the order of their code points. Links to directories are never followed: what they
    point to below the root is walked where it is, and what is elsewhere belongs to another root.
    Links to files are, where these are below the root. Only candidates cost a ``stat``, and
    directories where some of them are items.
    """

    def __init__(self, root: bytes, order: WalkOrder, counts: Counts) -> None:
        self._root = os.fsdecode(root.rstrip(b"/") + b"/")
        self._recursive = order.recursive
        self._exclusion = Exclusion(order.exclude) if order.exclude else None
        self._directories = order.directories
        self._kinds = dict(order.extensions)
        self._compound = any("." in extension for extension in self._kinds)
        self._counts = counts
        self._blind: list[tuple[str, str, str]] = []

    def take_blind(self) -> list[tuple[str, str, str]]:
        """Files that could not be looked at since the last call."""
        blind, self._blind = self._blind, []
        return blind

    def entries(self, path: str) -> Iterator[Entry]:
        """What to do in a directory, in order; ``OSError`` where it cannot be listed.

        ``(path, size, mtime_ns)`` of files; a directory's path ends in a slash, its size is
        ``DIRECTORY``; that of a product, which is for :meth:`product` to look at, ``PRODUCT``.
        ``path`` is below the root, its text with a slash at the end, or empty.
        """
        place = self._root + os.fsdecode(decode(path))
        found: list[Entry] = []
        runs = SortedRuns()
        before = msgspec.structs.astuple(self._counts)
        blind = len(self._blind)
        # Without its last slash a link that has taken the directory's place is not followed.
        handle = os.open(place[:-1] if path else place, _DIRECTORY | os.O_NOFOLLOW * bool(path))
        try:
            with os.scandir(handle) as entries:
                for entry in entries:
                    self._take(entry, path, place, handle, found)
                    if len(found) >= sorted_runs.RUN_ENTRIES:
                        runs.spill(found)
        except OSError:  # half of a directory is none: its entries are not counted
            for name, value in zip(self._counts.__struct_fields__, before, strict=True):
                setattr(self._counts, name, value)
            del self._blind[blind:]
            runs.close()
            raise
        finally:
            os.close(handle)
        self._counts.directories += 1
        return runs.merged(found)

    def _take(
        self, entry: os.DirEntry[str], path: str, place: str, handle: int, found: list[Entry]
    ) -> None:
        name = entry.name
        text = name if name.isascii() and "\\" not in name else encode(name)
        if entry.is_dir(follow_symlinks=False):
            self._take_directory(text, name, path, handle, found)
            return
        counts = self._counts
        counts.entries += 1
        if is_hidden(text) or (
            self._exclusion is not None and self._exclusion.file(text, path + text)
        ):
            counts.excluded += 1
            return
        kind = self._kind(text)
        if kind is None:
            counts.not_media += 1
        elif entry.is_symlink():
            self._take_link(kind, text, name, path, place, handle, found)
        elif kind == "unsupported":
            counts.unsupported += 1
        else:
            self._take_file(text, name, path, handle, found)

    def _take_directory(
        self, text: str, name: str, path: str, handle: int, found: list[Entry]
    ) -> None:
        if is_hidden(text) or (
            self._exclusion is not None and self._exclusion.directory(text, path + text)
        ):
            self._counts.excluded_directories += 1
        elif self._directories is not None and is_product(self._directories, name, dir_fd=handle):
            self._counts.entries += 1
            found.append((path + text, PRODUCT, 0))
        elif self._recursive:
            found.append((f"{path}{text}/", DIRECTORY, 0))
        else:
            self._counts.excluded_directories += 1

    def product(self, path: str) -> Stamp | None:
        """A product's stamp; ``None`` where it is gone or cannot be looked at. Counts it."""
        counts = self._counts
        try:
            stamp = stamp_at(os.fsencode(self._root) + decode(path), self._directories)
        except FileNotFoundError:
            counts.gone += 1
            return None
        except OSError as error:
            counts.unreadable += 1
            self._blind.append((path, "stat", error.strerror or str(error)))
            return None
        counts.candidates += 1
        return stamp

    def _take_link(
        self,
        kind: str,
        text: str,
        name: str,
        path: str,
        place: str,
        handle: int,
        found: list[Entry],
    ) -> None:
        """A link counts as the file that it leads to; one that leads out of the root, or nowhere,
        or to a directory, as excluded."""
        target = os.path.realpath(place + name)
        if not target.startswith(self._root) or not os.path.isfile(target):  # noqa: PTH113
            self._counts.excluded += 1
        elif kind == "unsupported":
            self._counts.unsupported += 1
        else:
            self._take_file(text, name, path, handle, found)

    def _take_file(self, text: str, name: str, path: str, handle: int, found: list[Entry]) -> None:
        counts = self._counts
        try:
            status = os.stat(name, dir_fd=handle)
        except FileNotFoundError:
            counts.gone += 1
            return
        except OSError as error:
            counts.unreadable += 1
            self._blind.append((path + text, "stat", error.strerror or str(error)))
            return
        if not stat.S_ISREG(status.st_mode):
            counts.not_media += 1
            return
        counts.candidates += 1
        size, mtime_ns = stamp_of(status)
        found.append((path + text, size, mtime_ns))

    def _kind(self, name: str) -> str | None:
        kinds = self._kinds
        stem, dot, extension = name.rpartition(".")
        if not dot or not stem:
            return None
        if self._compound:
            parts = name.lower().split(".")
            for start in range(1, len(parts) - 1):
                found = kinds.get(".".join(parts[start:]))
                if found is not None:
                    return found
        return kinds.get(extension) or kinds.get(extension.lower())
