"""The subtables of a Measurement Set or calibration table: fields, windows, antennas, history."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mustela.radio.visibilities.facts import Antenna, SpectralWindow
from mustela.radio.visibilities.measures import east_north_up, icrs_degrees, reference_of

#: Rows of a subtable that are read at most: damaged or absurd ones have billions.
MOST_ROWS = 100_000

#: Correlation products by casacore's numbers of them (its class ``Stokes``).
CORRELATIONS = {
    number: name
    for first, names in (
        (1, "I Q U V"),
        (5, "RR RL LR LL"),
        (9, "XX XY YX YY"),
        (13, "RX RY LX LY XR XL YR YL PP PQ QP QQ"),
    )
    for number, name in enumerate(names.split(), first)
}


class Field(NamedTuple):
    """A field and its phase centre, ICRS degrees, where that can be told."""

    name: str
    ra_deg: float | None
    dec_deg: float | None


class Observation(NamedTuple):
    """The first row of OBSERVATION."""

    telescope: str | None
    observer: str | None
    project: str | None


def finite(value: Any) -> float | None:
    """A number as Python has it; ``None`` for NaN and infinities."""
    number = float(value)
    return number if math.isfinite(number) else None


def text(value: Any) -> str | None:
    """A text that says something."""
    return str(value).strip() or None


def observation(table: Any) -> Observation:
    """Who observed with what."""
    names = ("TELESCOPE_NAME", "OBSERVER", "PROJECT")
    columns = table.colnames()
    return Observation(*(text(table.getcell(n, 0)) if n in columns else None for n in names))


def fields(table: Any) -> list[Field]:
    """Fields in order. A phase centre that moves (a polynomial) is that of its origin."""
    keywords = table.getcolkeywords("PHASE_DIR")
    info = keywords.get("MEASINFO", {})
    names: dict[int, str] = {}
    codes: Sequence[Any] = ()
    if "VarRefCol" in info:
        kinds = info.get("TabRefCodes", range(len(info.get("TabRefTypes", ()))))
        names = {int(c): str(n) for c, n in zip(kinds, info.get("TabRefTypes", ()), strict=False)}
        codes = table.getcol(info["VarRefCol"])
    found = []
    for row in range(min(table.nrows(), MOST_ROWS)):
        frame = names.get(int(codes[row])) if len(codes) else reference_of(keywords)
        longitude, latitude = np.asarray(table.getcell("PHASE_DIR", row)).reshape(-1, 2)[0]
        place = icrs_degrees(float(longitude), float(latitude), frame)
        found.append(Field(str(table.getcell("NAME", row)), *(place or (None, None))))
    return found


def spectral_windows(table: Any) -> list[SpectralWindow]:
    """Spectral windows in order. Channels may run downwards in frequency."""
    return [_window(table, row) for row in range(min(table.nrows(), MOST_ROWS))]


def _window(table: Any, row: int) -> SpectralWindow:
    name = text(table.getcell("NAME", row))
    centres = np.asarray(table.getcell("CHAN_FREQ", row), dtype=float).ravel()
    widths = np.abs(np.asarray(table.getcell("CHAN_WIDTH", row), dtype=float).ravel())
    good = np.isfinite(centres)
    if not good.any():
        return SpectralWindow(name=name, n_channels=len(centres))
    low, high = float(centres[good].min()), float(centres[good].max())
    width = widths[np.isfinite(widths)]
    return SpectralWindow(
        name=name,
        frequency_min_hz=low,
        frequency_max_hz=high,
        frequency_centre_hz=(low + high) / 2,
        n_channels=len(centres),
        channel_width_hz=float(np.median(width)) if width.size else None,
        bandwidth_hz=float(width.sum()) if width.size else None,
    )


def correlations(table: Any) -> list[tuple[str, ...]]:
    """The products of each polarization setup; one that has no name by its number."""
    return [
        tuple(
            CORRELATIONS.get(int(code), str(int(code)))
            for code in np.asarray(table.getcell("CORR_TYPE", row)).ravel()
        )
        for row in range(min(table.nrows(), MOST_ROWS))
    ]


def data_descriptions(table: Any) -> list[tuple[int, int]]:
    """``(spectral window, polarization setup)`` of each data description."""
    windows = table.getcol("SPECTRAL_WINDOW_ID")
    setups = table.getcol("POLARIZATION_ID")
    return [(int(w), int(p)) for w, p in zip(windows, setups, strict=True)]


def antennas(table: Any) -> list[Antenna]:
    """Antennas in order, without what only the data say of them."""
    names = table.getcol("NAME")
    columns = table.colnames()
    stations = table.getcol("STATION") if "STATION" in columns else [None] * len(names)
    mounts = table.getcol("MOUNT") if "MOUNT" in columns else [None] * len(names)
    diameters = table.getcol("DISH_DIAMETER") if "DISH_DIAMETER" in columns else None
    places = np.asarray(table.getcol("POSITION"), dtype=float)
    known = np.isfinite(places).all(axis=1) & (np.abs(places).max(axis=1) > 0)
    local = np.full(places.shape, np.nan)
    is_itrf = reference_of(table.getcolkeywords("POSITION")) in {None, "ITRF"}
    if known.any() and is_itrf:
        local[known] = east_north_up(places[known])
    return [
        Antenna(
            name=str(name),
            station=text(stations[row] or ""),
            east_m=finite(local[row, 0]),
            north_m=finite(local[row, 1]),
            up_m=finite(local[row, 2]),
            diameter_m=finite(diameters[row]) or None if diameters is not None else None,
            mount=text(mounts[row] or ""),
        )
        for row, name in enumerate(names)
    ]


_GAINTABLE = re.compile(r"\s*gaintable\s*=\s*(.+)", re.DOTALL)


def history_lines(table: Any, last: int | None = None) -> list[tuple[float, str, str]]:
    """``(time as it stands there, origin, message)`` of the last rows of HISTORY."""
    rows = table.nrows()
    start = max(0, rows - (MOST_ROWS if last is None else last))
    if start == rows:
        return []
    columns = (table.getcol(name, start) for name in ("TIME", "ORIGIN", "MESSAGE"))
    return [(float(t), str(o), str(m)) for t, o, m in zip(*columns, strict=True)]


def applied_tables(history: Sequence[tuple[float, str, str]]) -> tuple[str, ...]:
    """Calibration tables that CASA's ``applycal`` has written into HISTORY, each once, in order.

    It writes a line ``gaintable = ['a.K', 'b.B']`` under its own name. Other programs' notes are
    not understood.
    """
    found: list[str] = []
    for _, origin, message in history:
        match = _GAINTABLE.fullmatch(message)
        if match is None or origin.strip() != "applycal":
            continue
        try:
            value = ast.literal_eval(match[1].strip())
        except (ValueError, SyntaxError):
            continue
        found += [value] if isinstance(value, str) else [str(name) for name in value or ()]
    return tuple(dict.fromkeys(name for name in found if name))
