"""Calibration tables in the database: written once, used sync and async, on every engine."""

from __future__ import annotations

from typing import TypeAlias, Unpack

from mustela.files.scanned_target import AsyncScannedRepository
from mustela.radio.cal.listing import CATALOGUE, PAGES, CalibrationTableFilters
from mustela.radio.cal.record import CalibrationTable
from mustela.radio.cal.records import records
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

CalibrationTablePage: TypeAlias = RecordPage[CalibrationTable]


class CalibrationTableOperations(ProductOperations[CalibrationTable]):
    """What can be done with calibration tables."""

    catalogue = CATALOGUE
    records = records
    pages = PAGES
    blank = CATALOGUE.blank

    @heavy_read_when(is_heavy)
    def list_calibration_tables(
        self,
        limit: int = 100,
        offset: int = 0,
        *,
        sort: str = "-created_at",
        query: str = "",
        **filters: Unpack[CalibrationTableFilters],
    ) -> Unit[list[CalibrationTable]]:
        """Calibration tables that satisfy all filters, newest records first.

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
        **filters: Unpack[CalibrationTableFilters],
    ) -> Unit[CalibrationTablePage]:
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
        **filters: Unpack[CalibrationTableFilters],
    ) -> Unit[EncodedPage]:
        """What :meth:`page` answers, for those who send it on."""
        return (yield from PAGES.encoded_page(limit, offset, after, sort, query, filters))

    @heavy_read
    def count(self, *, query: str = "", **filters: Unpack[CalibrationTableFilters]) -> Unit[int]:
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
        **filters: Unpack[CalibrationTableFilters],
    ) -> Unit[Page[CalibrationTable]]:
        """All that satisfy the filters, page by page."""
        return (yield from PAGES.everything(size, after, sort, query, filters))


class CalibrationTableRepository(CalibrationTableOperations, SyncRepository):
    """Calibration tables for code that waits."""


class AsyncCalibrationTableRepository(CalibrationTableOperations, AsyncScannedRepository):
    """Calibration tables for an event loop."""
