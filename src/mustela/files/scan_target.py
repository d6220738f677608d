"""What a collection brings so that its files can be scanned.

The scan engine (:mod:`mustela.files.scan`) walks, compares, and has files examined in children; a
:class:`ScanTarget` knows which names are files of the collection, how one is examined, and how the
collection's records are read and written. All paths are path text below the root.

Each method is one unit of work, awaited. An engine that is killed runs the same scan again, so a
method may be called again with what it has written already, and must then change nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from mustela.files.directory_product import DirectoryRule

#: ``candidate``: a file of the collection. ``unsupported``: the collection's kind, but not read.
FileKind: TypeAlias = Literal["candidate", "unsupported"]

#: ``(path, size, mtime_ns, id, fingerprint, missing_since)``, a record as the scan compares it.
#: The first three are what the walk says of a file, in the same order.
KnownRow: TypeAlias = tuple[str, int, int, str, str | None, int | None]

#: ``(id, path, size, fingerprint)`` of a missing record.
MissingRow: TypeAlias = tuple[str, str, int, str | None]


#: ``(id, root_id, path)`` of a record below another root.
ElsewhereRow: TypeAlias = tuple[str, str, str]


class Found(NamedTuple):
    """A file without a record, examined."""

    path: str
    size: int
    mtime_ns: int
    details: Any  #: what ``examine`` answered


class Observed(NamedTuple):
    """A file whose record is out of date, examined. It is there: ``missing_since`` ends."""

    id: str
    path: str  #: where the record is already
    size: int
    mtime_ns: int
    details: Any  #: what ``examine`` answered


class Move(NamedTuple):
    """A record whose file is found elsewhere, its content the same. It is there: not missing."""

    id: str
    root_id: str
    path: str
    size: int
    mtime_ns: int


class ScanTarget(Protocol):
    """A collection as the scan sees it."""

    @property
    def collection(self) -> str:
        """The collection's name, as roots name it."""
        ...

    @property
    def topics(self) -> Sequence[str]:
        """The topics of its records, under which it is remembered that people deleted some."""
        ...

    @property
    def directories(self) -> DirectoryRule | None:
        """Which directories are items, if any are."""
        ...

    @property
    def extensions(self) -> Mapping[str, FileKind]:
        """By lower-case file name extension without its dot; every other file is not media.

        A key with dots inside (``"tar.gz"``) goes before its last part alone.
        """
        ...

    @property
    def examine(self) -> str:
        """``"module:function"``, called in a child process with an absolute path as bytes.

        What it answers is a file's ``details``, or that the file is
        :class:`~mustela.files.examination.NotAnItem`; ``Unreadable`` is that file's failure.
        """
        ...

    @property
    def details(self) -> Any:
        """The type of what ``examine`` answers: msgspec reads it so from the child."""
        ...

    def known(
        self, root_id: str, after: str, upto: str | None, limit: int
    ) -> Awaitable[list[KnownRow]]:
        """The first ``limit`` records of the root with ``after < path <= upto``, by path.

        Missing ones too. ``upto=None``: no upper bound. Order is by code point.
        """
        ...

    def missing(self, sizes: Sequence[int]) -> Awaitable[list[MissingRow]]:
        """Missing records of any root that have one of these sizes (at most 500 are asked for)."""
        ...

    def elsewhere(
        self, root_id: str, sizes: Sequence[int], limit: int
    ) -> Awaitable[list[ElsewhereRow]]:
        """Records of other roots that have one of these sizes and are not missing; the newest."""
        ...

    def store_found(
        self, root_id: str, found: Sequence[Found], job_id: str | None
    ) -> Awaitable[object]:
        """Make records. Where a path has one by now (a person was faster), observe it instead.

        ``ScanFailed`` where the root has been removed meanwhile; so for ``relocate``.
        """
        ...

    def observe_files(
        self, root_id: str, observed: Sequence[Observed], job_id: str | None
    ) -> Awaitable[object]:
        """Write what was read of the files, never what people say. Skip ids that are gone."""
        ...

    def relocate(self, moves: Sequence[Move], job_id: str | None) -> Awaitable[object]:
        """Give records new paths, sizes and times, all at once; they may take each other's paths.

        Skip ids that are gone. A path of somebody who is not moving is never asked for.
        """
        ...

    def mark_missing(self, ids: Sequence[str], at: int) -> Awaitable[object]:
        """Set ``missing_since`` (microseconds since 1970, UTC) where it is not set."""
        ...

    def mark_returned(self, ids: Sequence[str]) -> Awaitable[object]:
        """Clear ``missing_since``."""
        ...
