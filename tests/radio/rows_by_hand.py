"""Rows of sources and measurements, put into the tables as they are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, bindparam, insert, select

from mustela.radio.schema import images, measurements, source_statistics, sources
from mustela.radio.sky.healpix import cell_of
from mustela.store import AsyncRepository, Statement, SyncRepository, Unit, one, rows, write

_BLANK: dict[str, dict[str, Any]] = {
    "sources": {
        **dict.fromkeys(("sum_x", "sum_y", "sum_z", "weight_ra", "weight_dec"), 0.0),
        **dict.fromkeys(("sum_n", "n_detections", "n_measurements", "n_epochs", "n_forced"), 0),
        "made_by": "caller",
        "name": "J",
        "search_text": "j",
        "grade_reasons": "[]",
        "tags": "[]",
        "created_at": 1,
        "updated_at": 1,
    },
    "measurements": {
        "kind": "detected",
        "flags": "[]",
        "band": "L",
        "stokes": "I",
        "counts": 1,
        "created_at": 1,
    },
    "source_statistics": {
        "band": "L",
        "stokes": "I",
        "is_main": 1,
        "n_detections": 0,
        "n_forced": 0,
        "peak_n": 0,
        "integrated_n": 0,
    },
}


class RowOperations:
    """Rows by hand, for tests."""

    @write
    def add_source(self, /, id: str, ra_deg: float, dec_deg: float, **values: Any) -> Unit[None]:
        row = {**_BLANK["sources"], "id": id, "ra_deg": ra_deg, "dec_deg": dec_deg, **values}
        row.update(cell=cell_of(ra_deg, dec_deg), said_ra_deg=ra_deg, said_dec_deg=dec_deg)
        yield from rows(Statement(insert(sources).values(**row).returning(sources.c.seq)))

    @write
    def add_measurement(
        self, /, id: str, image_id: str, ra_deg: float, dec_deg: float, **values: Any
    ) -> Unit[None]:
        row = {**_BLANK["measurements"], "id": id, "ra_deg": ra_deg, "dec_deg": dec_deg, **values}
        row["image"] = yield from self._seq(images, image_id)
        if row.get("source") is not None:
            row["source"] = yield from self._seq(sources, row["source"])
        yield from rows(Statement(insert(measurements).values(**row).returning(measurements.c.seq)))

    @write
    def add_statistics(self, /, source_id: str, n_epochs: int, **values: Any) -> Unit[None]:
        row = {**_BLANK["source_statistics"], "n_epochs": n_epochs, **values}
        row["source"] = yield from self._seq(sources, source_id)
        table = source_statistics
        yield from rows(Statement(insert(table).values(**row).returning(table.c.seq)))

    @write
    def grade_of_source(self, id: str) -> Unit[tuple[str | None, str]]:
        c = sources.c
        statement = Statement(select(c.grade, c.grade_reasons).where(c.id == bindparam("id")))
        ((grade, reasons),) = yield from rows(statement, id=id)
        return grade, reasons

    def _seq(self, table: Table, id: str) -> Unit[int]:
        statement = Statement(select(table.c.seq).where(table.c.id == bindparam("id")))
        found = yield from one(statement, int, id=id)
        assert found is not None
        return found


class RowRepository(RowOperations, SyncRepository):
    """For code that waits."""


class AsyncRowRepository(RowOperations, AsyncRepository):
    """For an event loop."""
