"""Measurement Sets (Kemball & Wieringa 2000, version 2.0): what one says of itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from mustela.files.directory_product import fingerprint_at
from mustela.radio.visibilities import subtables
from mustela.radio.visibilities.casacore_table import Subtables, main_table
from mustela.radio.visibilities.facts import Antenna, MeasurementSetFacts, SpectralWindow
from mustela.radio.visibilities.products import CASACORE_TABLE
from mustela.radio.visibilities.rows import (
    Flagged,
    RowSummary,
    alike,
    days_between,
    flagged,
    spread,
    summarise,
)
from mustela.radio.visibilities.subtables import Field, Observation

#: Columns of data and weights, as far as there are any.
DATA_COLUMNS = (
    "DATA",
    "FLOAT_DATA",
    "LAG_DATA",
    "MODEL_DATA",
    "CORRECTED_DATA",
    "WEIGHT_SPECTRUM",
    "SIGMA_SPECTRUM",
)
#: Rows of each of so many samples in which corrected data are compared with data.
_COMPARED_ROWS, _COMPARISONS = 16, 8


def measurement_set_facts(path: bytes | str) -> MeasurementSetFacts:
    """Read a Measurement Set; ``Unreadable`` only where the main table cannot be opened."""
    with main_table(path) as (place, table):
        below = Subtables(place)
        observation = below.read("OBSERVATION", subtables.observation)
        fields = below.read("FIELD", subtables.fields) or []
        windows = below.read("SPECTRAL_WINDOW", subtables.spectral_windows) or []
        setups = below.read("POLARIZATION", subtables.correlations) or []
        antennas = below.read("ANTENNA", subtables.antennas)
        history = below.read("HISTORY", subtables.history_lines) or []
        if any(field.ra_deg is None for field in fields):
            below.flag("direction_frame_unknown")
        rows = _rows(table, below)
        counted = _flagged(table, windows, setups, below)
        applied = subtables.applied_tables(history)
        named = observation or Observation(None, None, None)
        return MeasurementSetFacts(
            format="ms",
            fingerprint=fingerprint_at(_as_bytes(path), CASACORE_TABLE),
            telescope=named.telescope,
            observer=named.observer,
            project=named.project,
            correlations=setups[0] if setups else (),
            n_antennas=None if antennas is None else len(antennas),
            n_rows=int(table.nrows()),
            n_baselines=len(rows.baselines) if table.nrows() else None,
            integration_seconds=rows.integration_seconds,
            columns=tuple(name for name in DATA_COLUMNS if name in table.colnames()),
            flagged_fraction=counted.fraction,
            flagged_is_exact=counted.is_exact if counted.cells else None,
            stage="calibrated" if applied or _is_corrected(table, below) else None,
            calibration_applied=applied,
            **of_fields(fields, rows.field_rows),
            **of_windows(windows),
            **of_times(rows.start_mjd, rows.end_mjd),
            flags=tuple(dict.fromkeys(below.flags + rows.flags)),
        )


def antennas(path: bytes | str) -> tuple[Antenna, ...]:
    """The antennas, with their baselines and how much of their data is flagged.

    Empty where ANTENNA cannot be read; ``Unreadable`` as for the Measurement Set.
    """
    with main_table(path) as (place, table):
        below = Subtables(place)
        listed = below.read("ANTENNA", subtables.antennas) or []
        windows = below.read("SPECTRAL_WINDOW", subtables.spectral_windows) or []
        setups = below.read("POLARIZATION", subtables.correlations) or []
        rows = _rows(table, below)
        counted = _flagged(table, windows, setups, below, with_antennas=True)
        has_rows = table.nrows() > 0
    partners = Counter(id_ for pair in rows.baselines for id_ in pair)
    found = []
    for id_, antenna in enumerate(listed):
        cells, bad = counted.by_antenna.get(id_, (0, 0))
        found.append(
            msgspec.structs.replace(
                antenna,
                flagged_fraction=bad / cells if cells else None,
                n_baselines=partners[id_] if has_rows else None,
            )
        )
    return tuple(found)


def of_fields(fields: Sequence[Field], rows: dict[int, int]) -> dict[str, Any]:
    """The facts about fields; the pointing is that of the one with the most rows."""
    if not fields:
        return {}
    ids = range(len(fields))
    most = max(ids, key=lambda id_: (rows.get(id_, 0), -id_))
    return {
        "fields": tuple(field.name for field in fields),
        "field_ra_deg": tuple(field.ra_deg for field in fields),
        "field_dec_deg": tuple(field.dec_deg for field in fields),
        "ra_deg": fields[most].ra_deg,
        "dec_deg": fields[most].dec_deg,
        "n_fields": len(fields),
    }


def of_windows(windows: Sequence[SpectralWindow]) -> dict[str, Any]:
    """The facts about spectral windows."""
    if not windows:
        return {}
    low = [w.frequency_min_hz for w in windows if w.frequency_min_hz is not None]
    high = [w.frequency_max_hz for w in windows if w.frequency_max_hz is not None]
    return {
        "spectral_windows": tuple(windows),
        "frequency_min_hz": min(low, default=None),
        "frequency_max_hz": max(high, default=None),
        "n_spws": len(windows),
        "n_channels": sum(window.n_channels or 0 for window in windows),
    }


def of_times(start: float | None, end: float | None) -> dict[str, Any]:
    """The facts about times."""
    if start is None or end is None:
        return {}
    return {
        "start_mjd": start,
        "end_mjd": end,
        "mid_mjd": start + (end - start) / 2,
        "duration_seconds": days_between(start, end),
    }


def _rows(table: Any, below: Subtables) -> RowSummary:
    if table.nrows() == 0:
        below.flag("empty:MAIN")
    return summarise(table)


def _flagged(
    table: Any,
    windows: Sequence[SpectralWindow],
    setups: Sequence[tuple[str, ...]],
    below: Subtables,
    *,
    with_antennas: bool = False,
) -> Flagged:
    channels = max((window.n_channels or 1 for window in windows), default=4096)
    products = max((len(setup) for setup in setups), default=4)
    try:
        return flagged(table, channels * products, with_antennas=with_antennas)
    except RuntimeError:
        below.flag("unreadable:FLAG")
        return Flagged()


def _is_corrected(table: Any, below: Subtables) -> bool:
    """Whether corrected data are others than the data, in some rows spread over the table."""
    if not {"DATA", "CORRECTED_DATA"} <= set(table.colnames()):
        return False
    try:
        for start, count in spread(table.nrows(), _COMPARED_ROWS, _COMPARISONS):
            for _, part in alike(table, start, count):
                data, corrected = part.getcol("DATA"), part.getcol("CORRECTED_DATA")
                if corrected.any() and not np.array_equal(data, corrected, equal_nan=True):
                    return True
    except RuntimeError:
        below.flag("unreadable:CORRECTED_DATA")
    return False


def _as_bytes(path: bytes | str) -> bytes:
    return path if isinstance(path, bytes) else path.encode("utf-8", "surrogateescape")
