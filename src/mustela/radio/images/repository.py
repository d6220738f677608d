"""Images in the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias, Unpack

from mustela.files.scanned_target import AsyncScannedRepository
from mustela.radio.images.covering import located
from mustela.radio.images.lineage import LineageOperations
from mustela.radio.images.listing import CATALOGUE, PAGES, ImageConstraints, ImageFilters
from mustela.radio.images.record import Image
from mustela.radio.images.records import records
from mustela.radio.products import ProductOperations, is_heavy
from mustela.radio.sources.records import records as source_records
from mustela.radio.sources.removal import measurement_records
from mustela.store import (
    Page,
    SyncRepository,
    Unit,
    heavy_read,
    heavy_read_when,
    revert,
    stream,
    write,
)
from mustela.store.listing import Cursor
from mustela.store.pages import EncodedPage, RecordPage

ImagePage: TypeAlias = RecordPage[Image]


class ImageOperations(LineageOperations, ProductOperations[Image]):
    """What can be done with images."""

    catalogue = CATALOGUE
    records = records
    pages = PAGES
    blank: ClassVar[Mapping[str, Any]] = {
        **CATALOGUE.blank,
        "is_current": 1,
        "counts": 0,
    }

    @heavy_read_when(is_heavy)
    def list_images(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[ImageFilters],
    ) -> Unit[list[Image]]:
        """Images that satisfy all filters, newest records first.

        ``sort`` is a field, descending with ``-`` before it; NULLs come last either way.
        """
        found = yield from located(filters)
        return (yield from PAGES.listed(limit, offset, sort, query, found))

    @heavy_read_when(is_heavy)
    def page(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        after: Cursor | None = None,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[ImageFilters],
    ) -> Unit[ImagePage]:
        """A page, the total, and the cursor of the next page.

        The total is exact without filters; with them it is counted to at most 10,000.
        """
        found = yield from located(filters)
        return (yield from PAGES.page(limit, offset, after, sort, query, found))

    @heavy_read_when(is_heavy)
    def encoded_page(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        after: Cursor | None = None,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[ImageFilters],
    ) -> Unit[EncodedPage]:
        """What :meth:`page` answers, for those who send it on."""
        found = yield from located(filters)
        return (yield from PAGES.encoded_page(limit, offset, after, sort, query, found))

    @write
    def revert(self, reference: int | str) -> Unit[str]:
        """Undo an audit entry (integer id) or a change (change id); answers the undo's change id.

        An image that was deleted comes back with its measurements; so do sources that went
        because nothing was left of them.
        ``RevertConflict`` names the fields that have changed since; then nothing is undone.
        """
        kinds = {one.topic: one for one in (records, measurement_records, source_records)}
        return (yield from revert(kinds, reference))

    @heavy_read
    def count(self, *, query: str = "", **filters: Unpack[ImageFilters]) -> Unit[int]:
        """How many there are; exact, and in constant time without filters."""
        found = yield from located(filters)
        return (yield from PAGES.count(query, found))

    @stream
    def everything(
        self,
        *,
        sort: str = "-created_at",
        query: str = "",
        after: Cursor | None = None,
        size: int = 500,
        **filters: Unpack[ImageConstraints],
    ) -> Unit[Page[Image]]:
        """All that satisfy the filters, page by page."""
        found = yield from located(filters)
        return (yield from PAGES.everything(size, after, sort, query, found))


class ImageRepository(ImageOperations, SyncRepository):
    """Images for code that waits."""


class AsyncImageRepository(ImageOperations, AsyncScannedRepository):
    """Images for an event loop."""
