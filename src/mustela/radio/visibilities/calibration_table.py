"""Calibration tables of CASA's (its format of 2012 and later): what one says of itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from mustela.files.directory_product import fingerprint_at
from mustela.radio.visibilities import subtables
from mustela.radio.visibilities.casacore_table import Subtables, main_table
from mustela.radio.visibilities.examine import table_kind
from mustela.radio.visibilities.facts import Antenna, CalibrationTableFacts, SpectralWindow
from mustela.radio.visibilities.measures import reference_of, utc_mjd
from mustela.radio.visibilities.products import CASACORE_TABLE
from mustela.radio.visibilities.rows import Flagged, flagged
from mustela.radio.visibilities.subtables import Field

#: Solutions that are read at most; a table has one for each antenna, window and interval.
MOST_SOLUTIONS = 5_000_000


def calibration_table_facts(path: bytes | str) -> CalibrationTableFacts:
    """Read a calibration table; ``Unreadable`` only where the main table cannot be opened."""
    with main_table(path) as (place, table):
        below = Subtables(place)
        antennas = below.read("ANTENNA", subtables.antennas)
        fields = below.read("FIELD", subtables.fields) or []
        windows = below.read("SPECTRAL_WINDOW", subtables.spectral_windows) or []
        if table.nrows() == 0:
            below.flag("empty:MAIN")
        used = _ids(table, "SPECTRAL_WINDOW_ID", below)
        start, end = _times(table, below)
        counted = _flagged(table, windows, below)
        keywords = table.keywordnames()
        return CalibrationTableFacts(
            fingerprint=fingerprint_at(os.fsencode(place), CASACORE_TABLE),
            cal_type=_keyword(table, keywords, "VisCal") or table_kind(os.fsencode(place))[1],
            start_mjd=start,
            mid_mjd=None if start is None or end is None else start + (end - start) / 2,
            end_mjd=end,
            reference_antennas=_reference_antennas(table, antennas or [], below),
            n_antennas=None if antennas is None else len(antennas),
            n_solutions=int(table.nrows()),
            flagged_fraction=counted.fraction,
            flagged_is_exact=counted.is_exact if counted.cells else None,
            spectral_windows=tuple(sorted(used)),
            fields=_names(fields, _ids(table, "FIELD_ID", below)),
            ms_name=_keyword(table, keywords, "MSName"),
            flags=tuple(below.flags),
            **_range([windows[id_] for id_ in sorted(used) if id_ < len(windows)]),
        )


def _keyword(table: Any, names: Sequence[str], name: str) -> str | None:
    return subtables.text(table.getkeyword(name)) if name in names else None


def _column(table: Any, name: str, below: Subtables) -> Any | None:
    try:
        return np.asarray(table.getcol(name, 0, min(table.nrows(), MOST_SOLUTIONS)))
    except RuntimeError:
        below.flag(f"unreadable:{name}")
        return None


def _ids(table: Any, name: str, below: Subtables) -> list[int]:
    """The ids in a column, those used most first; -1 stands for any or none."""
    column = _column(table, name, below)
    if column is None or column.size == 0:
        return []
    ids, counts = np.unique(column[column >= 0], return_counts=True)
    return [int(ids[n]) for n in np.argsort(-counts, kind="stable")]


def _times(table: Any, below: Subtables) -> tuple[float | None, float | None]:
    column = _column(table, "TIME", below)
    if column is None:
        return None, None
    known = column[np.isfinite(column) & (column > 0)]
    if known.size == 0:
        return None, None
    scale = reference_of(table.getcolkeywords("TIME"))
    start, end = utc_mjd(float(known.min()), scale), utc_mjd(float(known.max()), scale)
    if start is None or end is None:
        is_time = utc_mjd(float(known.min()), "UTC") is not None
        below.flag("time_scale_unknown" if is_time else "times_impossible")
        return None, None
    return start, end


def _reference_antennas(
    table: Any, antennas: Sequence[Antenna], below: Subtables
) -> tuple[str, ...]:
    """Solutions name the antenna that they refer to; those used most come first."""
    return tuple(
        antennas[id_].name for id_ in _ids(table, "ANTENNA2", below) if id_ < len(antennas)
    )


def _names(fields: Sequence[Field], used: Sequence[int]) -> tuple[str, ...]:
    return tuple(fields[id_].name for id_ in sorted(used) if id_ < len(fields))


def _flagged(table: Any, windows: Sequence[SpectralWindow], below: Subtables) -> Flagged:
    channels = max((window.n_channels or 1 for window in windows), default=4096)
    try:
        return flagged(table, channels * 2)
    except RuntimeError:
        below.flag("unreadable:FLAG")
        return Flagged()


def _range(windows: Sequence[SpectralWindow]) -> dict[str, float | None]:
    low = [w.frequency_min_hz for w in windows if w.frequency_min_hz is not None]
    high = [w.frequency_max_hz for w in windows if w.frequency_max_hz is not None]
    return {
        "frequency_min_hz": min(low, default=None),
        "frequency_max_hz": max(high, default=None),
    }
