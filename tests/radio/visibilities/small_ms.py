"""Small Measurement Sets and calibration tables, made with casacore."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from casacore.tables import (
    default_ms,
    makearrcoldesc,
    makescacoldesc,
    maketabdesc,
    table,
)

#: 2020-08-03 00:00 UTC.
DAY = 59064.0
START = DAY * 86400.0


@dataclass(frozen=True)
class Window:
    """Channels of one spectral window."""

    frequencies: Sequence[float] = (1.0e9, 1.001e9, 1.002e9, 1.003e9)
    width: float = 1.0e6


@dataclass
class SmallMs:
    """What to put into a Measurement Set. ``data`` is of every row, channel and correlation."""

    antennas: int = 4
    times: int = 5
    interval: float = 10.0
    windows: Sequence[Window] = (Window(),)
    correlations: Sequence[int] = (9, 12)
    fields: Sequence[tuple[str, float, float]] = (("Alpha", 10.0, -30.0),)
    frame: str = "J2000"
    scale: str = "UTC"
    history: Sequence[tuple[str, str]] = ()
    corrected: bool = False
    keywords: dict[str, Any] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return [(a, b) for a in range(self.antennas) for b in range(a, self.antennas)]


def make_ms(path: Path, ms: SmallMs | None = None) -> Path:
    """Make one. Rows go by time, window and pair (autocorrelations too); data are 1 + 0i."""
    ms = ms or SmallMs()
    columns = [makearrcoldesc("DATA", 0j, ndim=2)]
    if ms.corrected:
        columns.append(makearrcoldesc("CORRECTED_DATA", 0j, ndim=2))
    with default_ms(str(path), maketabdesc(columns)) as main:
        _fill_main(main, ms)
    _fill_subtables(path, ms)
    return path


def _fill_main(main: Any, ms: SmallMs) -> None:
    keys = [
        (time, window, pair)
        for time in range(ms.times)
        for window in range(len(ms.windows))
        for pair in ms.pairs
    ]
    if not keys:
        return
    main.addrows(len(keys))
    times = START + (np.array([key[0] for key in keys]) + 0.5) * ms.interval
    main.putcol("TIME", times)
    main.putcolkeyword("TIME", "MEASINFO", {"type": "epoch", "Ref": ms.scale})
    main.putcol("INTERVAL", np.full(len(keys), ms.interval))
    main.putcol("DATA_DESC_ID", np.array([key[1] for key in keys]))
    main.putcol("ANTENNA1", np.array([key[2][0] for key in keys]))
    main.putcol("ANTENNA2", np.array([key[2][1] for key in keys]))
    main.putcol("FIELD_ID", np.array([key[0] % len(ms.fields) for key in keys]))
    main.putcol("SCAN_NUMBER", np.array([1 + key[0] % len(ms.fields) for key in keys]))
    main.putcol("STATE_ID", np.zeros(len(keys), dtype=int))
    main.putcol("FLAG_ROW", np.zeros(len(keys), dtype=bool))
    main.putcol("UVW", np.array([[100.0 * (b - a), 0.0, 0.0] for _, _, (a, b) in keys]))
    for row, (_, window, _) in enumerate(keys):
        shape = (len(ms.windows[window].frequencies), len(ms.correlations))
        main.putcell("DATA", row, np.ones(shape, dtype=complex))
        main.putcell("FLAG", row, np.zeros(shape, dtype=bool))
        main.putcell("WEIGHT", row, np.full(shape[1], 2.0))
        main.putcell("SIGMA", row, np.ones(shape[1]))
        if ms.corrected:
            main.putcell("CORRECTED_DATA", row, np.ones(shape, dtype=complex))


def _fill_subtables(path: Path, ms: SmallMs) -> None:
    with _subtable(path, "ANTENNA", ms.antennas) as antennas:
        # On the equator at Greenwich: x is up, y is east, z is north.
        for number in range(ms.antennas):
            antennas.putcell("NAME", number, f"A{number}")
            antennas.putcell("STATION", number, f"S{number}")
            antennas.putcell("MOUNT", number, "ALT-AZ")
            antennas.putcell("DISH_DIAMETER", number, 12.0)
            antennas.putcell("POSITION", number, np.array([6378137.0, 100.0 * number, 0.0]))
    with _subtable(path, "FIELD", len(ms.fields)) as fields:
        fields.putcolkeyword("PHASE_DIR", "MEASINFO", {"type": "direction", "Ref": ms.frame})
        for number, (name, ra, dec) in enumerate(ms.fields):
            fields.putcell("NAME", number, name)
            fields.putcell("PHASE_DIR", number, np.radians([[ra, dec]]))
    put_windows(path, ms.windows)
    with _subtable(path, "POLARIZATION", 1) as setups:
        setups.putcell("CORR_TYPE", 0, np.array(ms.correlations))
        setups.putcell("NUM_CORR", 0, len(ms.correlations))
    with _subtable(path, "DATA_DESCRIPTION", len(ms.windows)) as descriptions:
        descriptions.putcol("SPECTRAL_WINDOW_ID", np.arange(len(ms.windows)))
        descriptions.putcol("POLARIZATION_ID", np.zeros(len(ms.windows), dtype=int))
    with _subtable(path, "OBSERVATION", 1) as observations:
        observations.putcell("TELESCOPE_NAME", 0, "WSRT")
        observations.putcell("OBSERVER", 0, "somebody")
        observations.putcell("PROJECT", 0, "")
    with _subtable(path, "STATE", 1) as states:
        states.putcell("OBS_MODE", 0, "OBSERVE_TARGET#ON_SOURCE,CALIBRATE_WVR#ON_SOURCE")
    with _subtable(path, "HISTORY", len(ms.history)) as history:
        for number, (origin, message) in enumerate(ms.history):
            history.putcell("ORIGIN", number, origin)
            history.putcell("MESSAGE", number, message)
            history.putcell("TIME", number, START)


def put_windows(path: Path, windows: Sequence[Window]) -> None:
    """Fill SPECTRAL_WINDOW."""
    with _subtable(path, "SPECTRAL_WINDOW", len(windows)) as spws:
        for number, window in enumerate(windows):
            spws.putcell("NAME", number, f"spw{number}")
            spws.putcell("CHAN_FREQ", number, np.array(window.frequencies))
            spws.putcell("CHAN_WIDTH", number, np.full(len(window.frequencies), window.width))
            spws.putcell("NUM_CHAN", number, len(window.frequencies))


def _subtable(path: Path, name: str, rows: int) -> Any:
    found = table(f"{path}/{name}", readonly=False, ack=False)
    found.addrows(rows)
    return found


def make_calibration(
    path: Path,
    *,
    kind: str = "B Jones",
    solutions: Sequence[tuple[float, int, int]] = ((0.0, 0, 1), (0.0, 1, 1), (600.0, 0, 1)),
    subtables_of: Path,
) -> Path:
    """A calibration table; solutions are ``(seconds, antenna, reference antenna)``.

    It has the subtables of a Measurement Set. The first channel of the first solution is flagged.
    """
    channels = 4
    columns = maketabdesc(
        [
            makescacoldesc("TIME", 0.0),
            *(
                makescacoldesc(name, 0)
                for name in ("FIELD_ID", "SPECTRAL_WINDOW_ID", "ANTENNA1", "ANTENNA2")
            ),
            makearrcoldesc("CPARAM", 0j, ndim=2),
            makearrcoldesc("FLAG", False, ndim=2),
        ]
    )
    described: Any = columns  # a dictionary; the stubs say otherwise
    with table(str(path), described, nrow=len(solutions), ack=False) as made:
        made.putcolkeyword("TIME", "MEASINFO", {"type": "epoch", "Ref": "UTC"})
        for row, (seconds, antenna, reference) in enumerate(solutions):
            made.putcell("TIME", row, START + seconds)
            made.putcell("ANTENNA1", row, antenna)
            made.putcell("ANTENNA2", row, reference)
            made.putcell("CPARAM", row, np.ones((channels, 2), dtype=complex))
            flags = np.zeros((channels, 2), dtype=bool)
            flags[0] = row == 0
            made.putcell("FLAG", row, flags)
        made.putkeyword("VisCal", kind)
        made.putkeyword("MSName", "x.ms")
        made.putinfo({"type": "Calibration", "subType": kind})
        for name in ("ANTENNA", "FIELD", "SPECTRAL_WINDOW", "OBSERVATION", "HISTORY"):
            with table(f"{subtables_of}/{name}", ack=False) as source:
                source.copy(f"{path}/{name}", deep=True).close()
    return path
