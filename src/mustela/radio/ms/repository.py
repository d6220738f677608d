"""Measurement Sets in the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from typing import TypeAlias, Unpack

from mustela.files.scanned_target import AsyncScannedRepository
from mustela.radio.ms.listing import CATALOGUE, PAGES, MeasurementSetFilters
from mustela.radio.ms.record import MeasurementSet
from mustela.radio.ms.records import records
from mustela.radio.products import ProductOperations, is_heavy
from mustela.store import (
    Page,
    SyncRepository,
    Unit,
    heavy_read,
    heavy_read_when,
    stream,
)
from mustela.store.listing import Cursor
from mustela.store.pages import EncodedPage, RecordPage

MeasurementSetPage: TypeAlias = RecordPage[MeasurementSet]


class MeasurementSetOperations(ProductOperations[MeasurementSet]):
    """What can be done with Measurement Sets."""

    catalogue = CATALOGUE
    records = records
    pages = PAGES
    blank = CATALOGUE.blank

    @heavy_read_when(is_heavy)
    def list_measurement_sets(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[MeasurementSetFilters],
    ) -> Unit[list[MeasurementSet]]:
        """Measurement Sets that satisfy all filters, newest records first.

        ``sort`` is a field, descending with ``-`` before it; NULLs come last either way.
        """
        return (yield from PAGES.listed(limit, offset, sort, query, filters))

    @heavy_read_when(is_heavy)
    def page(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        after: Cursor | None = None,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[MeasurementSetFilters],
    ) -> Unit[MeasurementSetPage]:
        """A page, the total, and the cursor of the next page.

        The total is exact without filters; with them it is counted to at most 10,000.
        """
        return (yield from PAGES.page(limit, offset, after, sort, query, filters))

    @heavy_read_when(is_heavy)
    def encoded_page(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        after: Cursor | None = None,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[MeasurementSetFilters],
    ) -> Unit[EncodedPage]:
        """What :meth:`page` answers, for those who send it on."""
        return (yield from PAGES.encoded_page(limit, offset, after, sort, query, filters))

    @heavy_read
    def count(self, *, query: str = "", **filters: Unpack[MeasurementSetFilters]) -> Unit[int]:
        """How many there are; exact, and in constant time without filters."""
        return (yield from PAGES.count(query, filters))

    @stream
    def everything(
        self,
        *,
        sort: str = "-created_at",
        query: str = "",
        after: Cursor | None = None,
        size: int = 500,
        **filters: Unpack[MeasurementSetFilters],
    ) -> Unit[Page[MeasurementSet]]:
        """All that satisfy the filters, page by page."""
        return (yield from PAGES.everything(size, after, sort, query, filters))


class MeasurementSetRepository(MeasurementSetOperations, SyncRepository):
    """Measurement Sets for code that waits."""


class AsyncMeasurementSetRepository(MeasurementSetOperations, AsyncScannedRepository):
    """Measurement Sets for an event loop."""
