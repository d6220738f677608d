"""A directory of toys that is scanned: what tests of scans share."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mustela.files.children import Children
from mustela.files.file_failures import AsyncFileFailureRepository
from mustela.files.root import AsyncRootRepository, Root
from mustela.files.root_directory import inspect
from mustela.files.scan import scan
from mustela.files.scan_entries import AsyncScanEntryRepository
from mustela.files.scan_portions import AsyncScanPortionRepository
from mustela.files.scan_record import ScanOptions, ScanResult
from mustela.files.schema import files_metadata
from mustela.store import AsyncStore
from tests.files.toys import AsyncToys, Toy, toy_files_metadata

TABLES = (files_metadata, toy_files_metadata)
#: A time at which no file is being written to.
LONG_AGO_NS = 1_600_000_000_123_456_789


class Library:
    """A root below ``directory``, scanned into ``store``."""

    def __init__(self, store: AsyncStore, children: Children, directory: Path, root: Root) -> None:
        self.store = store
        self.children = children
        self.directory = directory
        self.root = root
        self.toys = AsyncToys(store)
        self.roots = AsyncRootRepository(store)
        self.failures = AsyncFileFailureRepository(store)
        self.entries = AsyncScanEntryRepository(store)
        self.portions = AsyncScanPortionRepository(store)
        self.reports: list[tuple[int | None, int | None, str | None]] = []

    def put(self, path: str | bytes, line: str, *, at: int = 0) -> Path:
        """Write a file; ``at`` seconds after a fixed time."""
        place = Path(os.fsdecode(os.fsencode(self.directory) + b"/" + os.fsencode(path)))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(line)
        self.stamp(place, at)
        return place

    def put_set(self, path: str, line: str, *, at: int = 0) -> Path:
        """Write a directory that is one toy: a list, and a part in a directory of its own."""
        place = self.directory / path
        (place / "parts").mkdir(parents=True, exist_ok=True)
        (place / "set.txt").write_text(line)
        (place / "parts" / "a.toy").write_text(f"part of {line}")
        self.stamp_set(place, at)
        return place

    def stamp_set(self, place: Path, at: int) -> None:
        """Give all of a set a time."""
        for member in (*place.rglob("*"), place):
            self.stamp(member, at)

    def stamp(self, place: Path, at: int) -> None:
        """Give a file a time."""
        nanoseconds = LONG_AGO_NS + at * 1_000_000_000
        os.utime(place, ns=(nanoseconds, nanoseconds))

    def rename(self, old: str, new: str) -> None:
        """Move a file or directory."""
        target = self.directory / new
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.directory / old).rename(target)

    async def scan(self, *, settle_seconds: float = 0, **options: Any) -> ScanResult:
        """Scan, and see that every entry was accounted for and nothing is left over."""
        result = await self._scan(settle_seconds, options)
        assert result.entries == (
            result.catalogued
            + result.unchanged
            + result.excluded
            + result.not_media
            + result.unsupported
            + result.waiting
            + result.failed
        )
        assert await self.entries.clear(self.root.id, "toys", 1) == 0
        assert await self.portions.clear(self.root.id, "toys") == 0
        return result

    async def _scan(self, settle_seconds: float, options: dict[str, Any]) -> ScanResult:
        return await scan(
            self.store,
            self.children,
            self.toys,  # pyright: ignore[reportArgumentType]  # it sees the descriptors
            self.root.id,
            ScanOptions(**options),
            report=lambda *how_far: self.reports.append(how_far),
            settle_seconds=settle_seconds,
        )

    async def by_path(self) -> dict[str, Toy]:
        """Every record."""
        return {toy.path: toy for toy in await self.toys.everything(self.root.id)}

    async def there(self) -> dict[str, str]:
        """The lines of the records whose files are there, by path."""
        return {p: toy.line for p, toy in (await self.by_path()).items() if not toy.missing}

    async def missing(self) -> set[str]:
        """The paths of the records whose files are missing."""
        return {path for path, toy in (await self.by_path()).items() if toy.missing}


@asynccontextmanager
async def open_library(
    directory: Path, store: AsyncStore, children: Children
) -> AsyncIterator[Library]:
    """A library over an open store with ``TABLES``."""
    directory.mkdir(exist_ok=True)
    root = await AsyncRootRepository(store).add(inspect(directory), collections=["toys"])
    yield Library(store, children, directory, root)
