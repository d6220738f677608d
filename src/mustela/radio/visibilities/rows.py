"""The rows of a main table, in chunks: times, baselines and flags with bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mustela.radio.visibilities.measures import SECONDS_OF_DAY, reference_of, utc_mjd

#: Rows of one chunk of scalar columns, and how many chunks are read of a very long table.
CHUNK_ROWS = 500_000
MOST_CHUNKS = 40
#: Visibilities of one chunk, and how many chunks of them are looked at for flags.
CHUNK_CELLS = 1 << 21
MOST_CELL_CHUNKS = 16


def spread(rows: int, chunk: int, most: int) -> Iterator[tuple[int, int]]:
    """``(first row, how many)``: all rows, or ``most`` chunks spread evenly, the ends included."""
    chunks = -(-rows // chunk)
    if chunks <= most:
        numbers = list(range(chunks))
    else:
        numbers = sorted({round(n * (chunks - 1) / (most - 1)) for n in range(most)})
    for number in numbers:
        start = number * chunk
        yield start, min(chunk, rows - start)


@dataclass
class RowSummary:
    """What the scalar columns say. Times in MJD (UTC), ``field_rows`` by field id."""

    start_mjd: float | None = None
    end_mjd: float | None = None
    integration_seconds: float | None = None
    field_rows: dict[int, int] = field(default_factory=dict)
    baselines: set[tuple[int, int]] = field(default_factory=set)
    flags: list[str] = field(default_factory=list)


def summarise(table: Any) -> RowSummary:
    """Read TIME, INTERVAL, FIELD_ID and the antennas; columns that fail are flagged."""
    found = RowSummary()
    rows = table.nrows()
    first, last = np.inf, -np.inf
    intervals: dict[float, int] = {}
    for start, count in spread(rows, CHUNK_ROWS, MOST_CHUNKS):
        times = _column(table, "TIME", start, count, found)
        lengths = _column(table, "INTERVAL", start, count, found)
        if times is not None:
            half = 0.0 if lengths is None else np.nan_to_num(np.abs(lengths)) / 2
            first = min(first, np.min(times - half, where=np.isfinite(times), initial=np.inf))
            last = max(last, np.max(times + half, where=np.isfinite(times), initial=-np.inf))
        if lengths is not None:
            for value, number in zip(*np.unique(lengths, return_counts=True), strict=True):
                if np.isfinite(value) and value > 0 and len(intervals) < CHUNK_ROWS:
                    intervals[float(value)] = intervals.get(float(value), 0) + int(number)
        fields = _column(table, "FIELD_ID", start, count, found)
        if fields is not None:
            for value, number in zip(*np.unique(fields, return_counts=True), strict=True):
                found.field_rows[int(value)] = found.field_rows.get(int(value), 0) + int(number)
        _add_baselines(table, start, count, found)
    if rows > CHUNK_ROWS * MOST_CHUNKS:
        found.flags.append("rows_sampled")
    found.integration_seconds = _weighted_median(intervals)
    if first <= last:
        _set_times(table, float(first), float(last), found)
    return found


def _add_baselines(table: Any, start: int, count: int, found: RowSummary) -> None:
    one = _column(table, "ANTENNA1", start, count, found)
    two = _column(table, "ANTENNA2", start, count, found)
    if one is None or two is None:
        return
    pairs = np.unique(np.stack([np.minimum(one, two), np.maximum(one, two)], axis=1), axis=0)
    found.baselines |= {(int(a), int(b)) for a, b in pairs if a != b}


def _set_times(table: Any, first: float, last: float, found: RowSummary) -> None:
    scale = reference_of(table.getcolkeywords("TIME"))
    found.start_mjd, found.end_mjd = utc_mjd(first, scale), utc_mjd(last, scale)
    if found.start_mjd is None or found.end_mjd is None:
        known = utc_mjd(first, "UTC") is not None and utc_mjd(last, "UTC") is not None
        found.flags.append("time_scale_unknown" if known else "times_impossible")
        found.start_mjd = found.end_mjd = None


def _column(table: Any, name: str, start: int, count: int, found: RowSummary) -> Any | None:
    try:
        return np.asarray(table.getcol(name, start, count))
    except RuntimeError:
        word = f"unreadable:{name}"
        if word not in found.flags:
            found.flags.append(word)
        return None


def _weighted_median(counts: dict[float, int]) -> float | None:
    total, seen = sum(counts.values()), 0
    for value in sorted(counts):
        seen += counts[value]
        if 2 * seen >= total:
            return value
    return None


@dataclass
class Flagged:
    """Visibilities that were looked at, and those of them that are flagged; by antenna too."""

    cells: int = 0
    flagged: int = 0
    is_exact: bool = True
    by_antenna: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def fraction(self) -> float | None:
        return self.flagged / self.cells if self.cells else None


def flagged(table: Any, cells_per_row: int, *, with_antennas: bool = False) -> Flagged:
    """Count FLAG and FLAG_ROW, of all rows or of a bounded sample.

    ``cells_per_row``: at most so many visibilities a row has. ``RuntimeError`` where FLAG cannot
    be read.
    """
    found = Flagged()
    rows = table.nrows()
    chunk = max(1, CHUNK_CELLS // max(1, cells_per_row))
    found.is_exact = -(-rows // chunk) <= MOST_CELL_CHUNKS
    has_rows = "FLAG_ROW" in table.colnames()
    for start, count in spread(rows, chunk, MOST_CELL_CHUNKS):
        for numbers, part in alike(table, start, count):
            cells = np.asarray(part.getcol("FLAG"), dtype=bool).reshape(len(numbers), -1)
            if has_rows:
                cells |= np.asarray(part.getcol("FLAG_ROW"), dtype=bool)[:, None]
            found.cells += cells.size
            found.flagged += int(cells.sum())
            if with_antennas:
                _count_by_antenna(part, cells, found)
    return found


def _count_by_antenna(part: Any, cells: Any, found: Flagged) -> None:
    one, two = (np.asarray(part.getcol(name)) for name in ("ANTENNA1", "ANTENNA2"))
    counts = cells.sum(axis=1)
    for id_ in np.union1d(one, two):
        of_it = (one == id_) | (two == id_)
        seen, bad = found.by_antenna.get(int(id_), (0, 0))
        found.by_antenna[int(id_)] = (
            seen + int(of_it.sum()) * cells.shape[1],
            bad + int(counts[of_it].sum()),
        )


def alike(table: Any, start: int, count: int) -> Iterator[tuple[Any, Any]]:
    """``(row numbers, those rows)``: rows of one data description have arrays of one shape."""
    if "DATA_DESC_ID" not in table.colnames():
        kinds = np.asarray(table.getcol("SPECTRAL_WINDOW_ID", start, count))
    else:
        kinds = np.asarray(table.getcol("DATA_DESC_ID", start, count))
    for kind in np.unique(kinds):
        numbers = np.nonzero(kinds == kind)[0] + start
        part = table.selectrows(numbers)
        try:
            yield numbers, part
        finally:
            part.close()


def days_between(start: float, end: float) -> float:
    """Seconds from one MJD to another."""
    return (end - start) * SECONDS_OF_DAY
