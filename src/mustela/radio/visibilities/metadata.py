"""Everything that the subtables of a Measurement Set tell, for who looks at one of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from mustela.radio.visibilities import subtables
from mustela.radio.visibilities.casacore_table import Subtables, main_table
from mustela.radio.visibilities.details import (
    FieldDetails,
    HistoryLine,
    MeasurementSetMetadata,
    Scan,
)
from mustela.radio.visibilities.measures import reference_of, utc_mjd
from mustela.radio.visibilities.rows import CHUNK_ROWS, MOST_CHUNKS, spread

#: Lines of HISTORY that are told, the last ones, and letters of each.
HISTORY_LINES, LINE_LETTERS = 200, 1000


def metadata(path: bytes | str) -> MeasurementSetMetadata:
    """Read the subtables and, in chunks, the scans; ``Unreadable`` as for the facts."""
    with main_table(path) as (place, table):
        below = Subtables(place)
        observation = below.read("OBSERVATION", subtables.observation)
        named = observation or subtables.Observation(None, None, None)
        antennas = below.read("ANTENNA", subtables.antennas)
        intents = below.read("STATE", _intents) or []
        scans = _Scans(intents)
        try:
            for start, count in spread(table.nrows(), CHUNK_ROWS, MOST_CHUNKS):
                scans.add(table, start, count)
        except RuntimeError:
            below.flag("unreadable:MAIN")
        fields = below.read("FIELD", subtables.fields) or []
        return MeasurementSetMetadata(
            telescope=named.telescope,
            observer=named.observer,
            project=named.project,
            fields=tuple(
                FieldDetails(field.name, field.ra_deg, field.dec_deg, scans.field_rows.get(id_, 0))
                for id_, field in enumerate(fields)
            ),
            spectral_windows=tuple(below.read("SPECTRAL_WINDOW", subtables.spectral_windows) or ()),
            polarization_setups=tuple(below.read("POLARIZATION", subtables.correlations) or ()),
            n_antennas=None if antennas is None else len(antennas),
            columns=tuple(table.colnames()),
            scans=scans.found(reference_of(table.getcolkeywords("TIME"))),
            intents=tuple(sorted({word for words in intents for word in words})),
            history=tuple(below.read("HISTORY", _history) or ()),
            flags=tuple(below.flags),
        )


def _intents(table: Any) -> list[tuple[str, ...]]:
    """Of each state the intents, which stand in one text with commas between."""
    modes = table.getcol("OBS_MODE", 0, min(table.nrows(), subtables.MOST_ROWS))
    return [tuple(word for word in str(mode).split(",") if word) for mode in modes]


def _history(table: Any) -> list[HistoryLine]:
    scale = reference_of(table.getcolkeywords("TIME"))
    return [
        HistoryLine(utc_mjd(at, scale), origin[:LINE_LETTERS], message[:LINE_LETTERS])
        for at, origin, message in subtables.history_lines(table, HISTORY_LINES)
    ]


class _Scans:
    """Scans by number, as the rows tell them."""

    def __init__(self, intents: list[tuple[str, ...]]) -> None:
        self._intents = intents
        self._times: dict[int, tuple[float, float, int]] = {}
        self._fields: dict[int, set[int]] = {}
        self._states: dict[int, set[int]] = {}
        self.field_rows: dict[int, int] = {}

    def add(self, table: Any, start: int, count: int) -> None:
        numbers, times, fields, states = (
            np.asarray(table.getcol(name, start, count))
            for name in ("SCAN_NUMBER", "TIME", "FIELD_ID", "STATE_ID")
        )
        for number in np.unique(numbers):
            of_it = numbers == number
            first, last, rows = self._times.get(int(number), (np.inf, -np.inf, 0))
            self._times[int(number)] = (
                min(first, float(times[of_it].min())),
                max(last, float(times[of_it].max())),
                rows + int(of_it.sum()),
            )
            self._fields.setdefault(int(number), set()).update(np.unique(fields[of_it]).tolist())
            self._states.setdefault(int(number), set()).update(np.unique(states[of_it]).tolist())
        for id_, rows in zip(*np.unique(fields, return_counts=True), strict=True):
            self.field_rows[int(id_)] = self.field_rows.get(int(id_), 0) + int(rows)

    def found(self, scale: str | None) -> tuple[Scan, ...]:
        return tuple(
            Scan(
                number,
                utc_mjd(first, scale),
                utc_mjd(last, scale),
                rows,
                tuple(sorted(self._fields[number])),
                self._intents_of(number),
            )
            for number, (first, last, rows) in sorted(self._times.items())
        )

    def _intents_of(self, number: int) -> tuple[str, ...]:
        states = (id_ for id_ in self._states[number] if 0 <= id_ < len(self._intents))
        return tuple(sorted({word for id_ in states for word in self._intents[id_]}))
