"""Images in the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias, Unpack

from mustela.files.catalogued import CataloguedOperations
from mustela.files.scanned_target import AsyncScannedRepository
from mustela.radio.images.covering import located
from mustela.radio.images.listing import CATALOGUE, PAGES, ImageFilters
from mustela.radio.images.record import Image
from mustela.radio.images.records import records
from mustela.store import (
    Page,
    SyncRepository,
    Unit,
    current,
    heavy_read,
    heavy_read_when,
    stream,
    write,
)
from mustela.store.errors import InvalidValue
from mustela.store.listing import Cursor
from mustela.store.pages import EncodedPage, RecordPage

ImagePage: TypeAlias = RecordPage[Image]

#: Sorts whose pages are read along an index.
_INDEXED = frozenset({"created_at", "mid_mjd", "noise_jy", "id"})


def _is_heavy(
    limit: int = 100, offset: int = 0, *, sort: str = "-created_at", **others: Any
) -> bool:
    """A short page along an index travels with the point reads; everything else does not."""
    return (
        limit > 200
        or offset > 1000
        or sort.removeprefix("-") not in _INDEXED
        or any(
            not (value is None or value == "") for name, value in others.items() if name != "after"
        )
    )


class ImageOperations(CataloguedOperations[Image]):
    """What can be done with images."""

    catalogue = CATALOGUE
    records = records
    blank: ClassVar[Mapping[str, Any]] = {
        "flags": "[]",
        "tags": "[]",
        "grade_reasons": "[]",
        "is_current": 1,
        "counts": 0,
    }

    @heavy_read_when(_is_heavy)
    def list_images(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[ImageFilters],
    ) -> Unit[list[Image]]:
        """Images that satisfy all filters, newest records first unless ``sort`` says otherwise.

        ``sort`` is a field, descending with ``-`` before it; NULLs come last either way.
        """
        found = yield from located(filters)
        return (yield from PAGES.listed(limit, offset, sort, query, found))

    @heavy_read
    def search(self, query: str, limit: int = 100, offset: int = 0) -> Unit[list[Image]]:
        """Images in whose path below the root (or file name) every word of ``query`` occurs."""
        return (yield from PAGES.listed(limit, offset, "-created_at", query, {}))

    @heavy_read_when(_is_heavy)
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

    @heavy_read_when(_is_heavy)
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
        **filters: Unpack[ImageFilters],
    ) -> Unit[Page[Image]]:
        """All that satisfy the filters, page by page."""
        found = yield from located(filters)
        return (yield from PAGES.everything(size, after, sort, query, found))

    @write
    def retire(self, id: str, reason: str) -> Unit[Image]:
        """Say that a product was removed on purpose, and why; it stays in the catalog.

        ``NotFound`` for an unknown id.
        """
        if not reason.strip():
            raise InvalidValue("say why the image is retired")
        context = yield from current()
        fields = {"retired_at": context.now, "retired_reason": reason.strip()}
        yield from records.update(id, fields)
        return (yield from CATALOGUE.existing(id))


class ImageRepository(ImageOperations, SyncRepository):
    """Images for code that waits."""


class AsyncImageRepository(ImageOperations, AsyncScannedRepository):
    """Images for an event loop."""
