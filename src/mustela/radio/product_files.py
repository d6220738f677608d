"""The files of products on the disk, as routes reach them: below a root, and still the same."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from mustela.collection import Needs
from mustela.errors import MustelaError
from mustela.files.below import FileMissing, OutsideRoots, resolve_below
from mustela.files.children import Children
from mustela.files.directory_product import stamp_at
from mustela.files.failure import Failure
from mustela.files.path_text import decode
from mustela.files.root import AsyncRootRepository
from mustela.files.stamp import Stamp
from mustela.radio.extra import ExtraMissing
from mustela.radio.visibilities.products import CASACORE_TABLE

T = TypeVar("T")

_FINGERPRINT = "mustela.files.recognition:fingerprint"


class Product(Protocol):
    """An item of the collection that is a file, or a directory."""

    @property
    def id(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def root_id(self) -> str | None: ...
    @property
    def filename(self) -> str: ...
    @property
    def file_size(self) -> int | None: ...
    @property
    def mtime_ns(self) -> int | None: ...
    @property
    def fingerprint(self) -> str | None: ...


class ProductChanged(MustelaError):
    """The file is another one than the catalog knows; scan it again."""

    code = "product_changed"


class ProductUnreadable(MustelaError):
    """What is asked for cannot be read from the file."""

    code = "product_unreadable"


class ProductFiles:
    """Reads products in child processes; nothing else opens them."""

    def __init__(self, children: Children, roots: AsyncRootRepository) -> None:
        self._children = children
        self._roots = roots

    async def root_path(self, item: Product) -> Path:
        """The directory of the item's root; ``OutsideRoots`` where it has none."""
        root = await self._roots.get(item.root_id) if item.root_id else None
        if root is None:
            raise OutsideRoots(f"{item.path} is not below a root, so it is not served")
        return disk_path(root.path)

    async def label(self, item: Product) -> str:
        """Text that is another one for other content: lower-case letters and digits.

        The fingerprint, with size and time as they are catalogued: it is of the ends of a file,
        where images are often blank. Where there is none, of size and time on the disk.
        """
        if item.fingerprint is not None:
            return digest(item.fingerprint, str(item.file_size), str(item.mtime_ns))
        stamp = await self._stamp(item, await self._resolved(item))
        return digest(item.id, str(stamp.size), str(stamp.mtime_ns))

    async def read(
        self,
        item: Product,
        function: str,
        *arguments: object,
        result: type[T],
        library: str,
        time_limit: float = 60.0,
        errors: Mapping[str, type[MustelaError]] | None = None,
    ) -> T:
        """What ``function`` answers of the item's path (bytes) and arguments, in a child process.

        ``FileMissing``, ``OutsideRoots``; ``ProductChanged`` where it is not what was catalogued,
        because what is made of it is kept under its fingerprint; ``ExtraMissing``. Failures are
        ``ProductUnreadable``, or of ``errors`` the one that their stage names.
        """
        if not _is_installed(library):
            raise ExtraMissing(
                f"{library} is not installed here: install mustela[radio], where it exists"
            )
        path = await self._resolved(item)
        await self._expect_same(item, path)
        found = await self._children.run(
            function, path, *arguments, result=result, time_limit=time_limit
        )
        if isinstance(found, Failure):
            kind = (errors or {}).get(found.stage)
            if kind is not None:
                raise kind(found.message)
            raise ProductUnreadable(f"{item.filename}: {found.message}")
        return found

    async def _resolved(self, item: Product) -> bytes:
        root = await self.root_path(item)
        return os.fsencode(await asyncio.to_thread(resolve_below, root, disk_path(item.path)))

    async def _stamp(self, item: Product, path: bytes) -> Stamp:
        try:
            return await asyncio.to_thread(stamp_at, path, CASACORE_TABLE)
        except OSError as error:
            raise FileMissing(f"{item.path} cannot be reached: {error.strerror}") from error

    async def _expect_same(self, item: Product, path: bytes) -> None:
        stamp = await self._stamp(item, path)
        if item.fingerprint is None or stamp == (item.file_size, item.mtime_ns):
            return
        found = await self._children.run(_FINGERPRINT, path, CASACORE_TABLE, result=str)
        if found != item.fingerprint:
            raise ProductChanged(f"{item.filename} has changed since its last scan; scan it again")


def disk_path(path: str) -> Path:
    """Path text as a path on the disk."""
    return Path(os.fsdecode(decode(path)))


def digest(*parts: str) -> str:
    """32 hexadecimal digits that stand for these texts."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


@cache
def _is_installed(library: str) -> bool:
    return importlib.util.find_spec(library) is not None


def product_files_of(services: Needs) -> ProductFiles:
    """The dependency: the products of this server."""
    found: Any = services.parts.get(ProductFiles)
    if found is None:
        found = ProductFiles(services.children, services.repository(AsyncRootRepository))
        services.parts[ProductFiles] = found
    return found  # type: ignore[no-any-return]  # what is kept under a class is one of it
