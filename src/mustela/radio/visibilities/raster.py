"""Rasters of visibilities: averages over a grid, made in chunks, never of a whole data set at once.

A raster's horizontal axis is time, channel, baseline or uv distance; its vertical axis is the
channel, or time where the horizontal one is the channel. A pixel is the average of the unflagged,
finite visibilities of one correlation that fall into it; one without any is blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mustela.files.failure import Unreadable
from mustela.radio.visibilities import subtables
from mustela.radio.visibilities.casacore_table import Subtables, main_table
from mustela.radio.visibilities.measures import reference_of, utc_mjd
from mustela.radio.visibilities.pictured import Quantity, RasterAxis
from mustela.radio.visibilities.rows import CHUNK_ROWS, spread

#: Visibilities in memory at a time, and how many such chunks are read of a large data set.
CHUNK_CELLS = 1 << 19
MOST_CHUNKS = 256
#: Pixels along an axis at most.
MOST_PIXELS = 4096


@dataclass(frozen=True)
class Selection:
    """What a raster is of, and how large it is at most.

    ``correlation`` is a name (``XX``), the first if ``None``; ``spectral_window`` an id, that of
    the first row if ``None``; ``field`` an id or all; ``column`` that of the data.
    """

    x: RasterAxis = "time"
    quantity: Quantity = "amplitude"
    correlation: str | None = None
    spectral_window: int | None = None
    field: int | None = None
    column: str = "DATA"
    width: int = 800
    height: int = 400


@dataclass(frozen=True)
class Raster:
    """Averages (rows from the bottom, NaN for blank), and what the edges of the grid stand for.

    Time is MJD (UTC), a channel its number, a baseline its number in the order of its antennas'
    ids, uv distance in metres. ``is_exact``: all rows were read, not a sample spread evenly.
    """

    values: NDArray[np.float64]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    correlation: str | None
    spectral_window: int
    is_exact: bool


def rasterise(path: bytes | str, selection: Selection) -> Raster:
    """Average the visibilities of a Measurement Set.

    ``Unreadable`` at ``selection`` where it has no such data, at ``data`` where they are damaged.
    """
    _check(selection)
    with main_table(path) as (place, table):
        try:
            plan = _Plan(place, table, selection)
            grid = _Grid(plan)
            rows = table.nrows()
            for start, count in spread(rows, plan.chunk, MOST_CHUNKS):
                grid.add(table, start, count)
        except RuntimeError as error:
            raise Unreadable("data", f"the data cannot be read: {error}") from error
        return Raster(
            grid.averages(),
            plan.shown_x_range(table),
            plan.shown_y_range(table),
            plan.correlation,
            plan.window,
            -(-rows // plan.chunk) <= MOST_CHUNKS,
        )


def _check(selection: Selection) -> None:
    for pixels in (selection.width, selection.height):
        if not 1 <= pixels <= MOST_PIXELS:
            raise Unreadable("selection", f"a raster has 1 to {MOST_PIXELS} pixels along an axis")


def _refuse(message: str) -> Unreadable:
    return Unreadable("selection", message)


class _Plan:
    """The rows that are meant, and the axes' ranges: a first pass over the scalar columns."""

    def __init__(self, place: str, table: Any, selection: Selection) -> None:
        self.selection = selection
        below = Subtables(place)
        windows = below.read("SPECTRAL_WINDOW", subtables.spectral_windows) or []
        descriptions = below.read("DATA_DESCRIPTION", subtables.data_descriptions) or []
        setups = below.read("POLARIZATION", subtables.correlations) or []
        wanted = selection.spectral_window
        if wanted is None:
            wanted = _window_of_first_row(table, descriptions)
        self.window = wanted
        if not 0 <= wanted < len(windows):
            raise _refuse(f"it has no spectral window {wanted}, but {len(windows)} from 0")
        reads_data = selection.quantity in ("amplitude", "phase")
        if reads_data and selection.column not in table.colnames():
            raise _refuse(f"it has no column {selection.column}")
        self.products: dict[int, int] = {}  #: which product of each data description is meant
        self.correlation = selection.correlation
        for id_, (window, setup) in enumerate(descriptions):
            if window == wanted:
                names = setups[setup] if 0 <= setup < len(setups) else ()
                self._take(id_, names)
        if not self.products:
            raise _refuse(
                f"it has no {selection.correlation or 'data'} in spectral window {wanted}"
            )
        self.channels = windows[wanted].n_channels or 1
        products = max((len(setup) for setup in setups), default=4)
        self.chunk = max(1, CHUNK_CELLS // (self.channels * products))
        self.times = (np.inf, -np.inf)
        self.longest = 0.0
        self._interval = np.inf  #: the shortest integration, seconds
        pairs: set[int] = set()
        for start, count in spread(table.nrows(), CHUNK_ROWS, MOST_CHUNKS):
            self._look(table, start, count, pairs)
        if self.times[0] > self.times[1]:
            raise _refuse("no row of it is of this field and spectral window")
        self.pairs = np.array(sorted(pairs))
        self.x_size, self.y_size = self._sizes()

    def _take(self, id_: int, names: tuple[str, ...]) -> None:
        if self.correlation is None:
            self.correlation = names[0] if names else None
            self.products[id_] = 0
        elif self.correlation in names:
            self.products[id_] = names.index(self.correlation)

    def chosen(self, table: Any, start: int, count: int) -> NDArray[np.intp]:
        """The numbers of the rows that are meant, of these."""
        kinds = np.asarray(table.getcol("DATA_DESC_ID", start, count))
        good = np.isin(kinds, list(self.products))
        if self.selection.field is not None:
            good &= np.asarray(table.getcol("FIELD_ID", start, count)) == self.selection.field
        return np.nonzero(good)[0]

    def _look(self, table: Any, start: int, count: int, pairs: set[int]) -> None:
        rows = self.chosen(table, start, count)
        if rows.size == 0:
            return
        times = np.asarray(table.getcol("TIME", start, count))[rows]
        self.times = (min(self.times[0], times.min()), max(self.times[1], times.max()))
        lengths = np.asarray(table.getcol("INTERVAL", start, count))[rows]
        self._interval = min(self._interval, np.min(lengths, where=lengths > 0, initial=np.inf))
        if self.selection.x == "baseline":
            pairs.update(np.unique(_pairs(table, start, count)[rows]).tolist())
        elif self.selection.x == "uvdist":
            self.longest = max(self.longest, float(_distances(table, start, count)[rows].max()))

    def _sizes(self) -> tuple[int, int]:
        selection = self.selection
        integrations = int((self.times[1] - self.times[0]) / self._interval + 0.5) + 1
        most = {
            "time": integrations,
            "channel": self.channels,
            "baseline": len(self.pairs),
            "uvdist": selection.width,
        }
        above = integrations if selection.x == "channel" else self.channels
        return min(selection.width, most[selection.x]), min(selection.height, above)

    def shown_x_range(self, table: Any) -> tuple[float, float]:
        """The horizontal range in the units of a raster."""
        return {
            "time": lambda: self._shown_times(table),
            "channel": lambda: (0.0, float(self.channels)),
            "baseline": lambda: (0.0, float(len(self.pairs))),
            "uvdist": lambda: (0.0, self.longest),
        }[self.selection.x]()

    def shown_y_range(self, table: Any) -> tuple[float, float]:
        """The vertical range."""
        if self.selection.x == "channel":
            return self._shown_times(table)
        return 0.0, float(self.channels)

    def _shown_times(self, table: Any) -> tuple[float, float]:
        scale = reference_of(table.getcolkeywords("TIME"))
        start, end = (utc_mjd(float(time), scale) for time in self.times)
        return (np.nan, np.nan) if start is None or end is None else (start, end)


class _Grid:
    """Sums and counts of what falls into each pixel."""

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        self._pixels = plan.x_size * plan.y_size
        self._real = np.zeros(self._pixels)
        self._imaginary = np.zeros(self._pixels)
        self._count = np.zeros(self._pixels)

    def add(self, table: Any, start: int, count: int) -> None:
        """Read these rows, as far as they are meant."""
        rows = self._plan.chosen(table, start, count)
        kinds = np.asarray(table.getcol("DATA_DESC_ID", start, count))
        for kind in np.unique(kinds[rows]):
            of_kind = rows[kinds[rows] == kind]
            part = table.selectrows(of_kind + start)
            try:
                self._add(part, self._plan.products[int(kind)])
            finally:
                part.close()

    def _add(self, part: Any, product: int) -> None:
        flags = np.asarray(part.getcol("FLAG"), dtype=bool)[:, :, product]
        if "FLAG_ROW" in part.colnames():
            flags = flags | np.asarray(part.getcol("FLAG_ROW"), dtype=bool)[:, None]
        values, good = self._values(part, product, flags)
        pixels = np.broadcast_to(self._places(part, flags.shape), flags.shape)[good]
        self._count += np.bincount(pixels, minlength=self._pixels)
        found = values[good]
        self._real += np.bincount(pixels, np.real(found), minlength=self._pixels)
        if np.iscomplexobj(found):
            self._imaginary += np.bincount(pixels, np.imag(found), minlength=self._pixels)

    def _values(self, part: Any, product: int, flags: NDArray[np.bool_]) -> tuple[Any, Any]:
        """The quantity of each row and channel, and where it counts."""
        quantity = self._plan.selection.quantity
        if quantity == "flag":
            return flags.astype(float), np.ones(flags.shape, dtype=bool)
        if quantity == "weight":
            values = _weights(part, product, flags.shape)
        else:
            column = self._plan.selection.column
            found = np.asarray(part.getcol(column))
            if found.ndim != 3 or found.shape[:2] != flags.shape or found.dtype.kind not in "bifc":
                raise _refuse(f"its column {column} holds no visibilities")
            values = found[:, :, product]
            if quantity == "amplitude":
                values = np.abs(values)
        return values, ~flags & np.isfinite(values)

    def _places(self, part: Any, shape: tuple[int, ...]) -> Any:
        """Of each row and channel the pixel that it falls into."""
        plan = self._plan
        channel = np.arange(shape[1])[None, :] / plan.channels
        first, last = plan.times
        time = ((np.asarray(part.getcol("TIME")) - first) / ((last - first) or 1.0))[:, None]
        x: Any
        y: Any = channel
        match plan.selection.x:
            case "time":
                x = time
            case "channel":
                x, y = channel, time
            case "baseline":
                number = np.searchsorted(plan.pairs, _pairs(part, 0, -1))
                x = (number / len(plan.pairs))[:, None]
            case "uvdist":
                x = (_distances(part, 0, -1) / (plan.longest or 1.0))[:, None]
        return _bin(y, plan.y_size) * plan.x_size + _bin(x, plan.x_size)

    def averages(self) -> NDArray[np.float64]:
        """The averages; NaN where there is nothing."""
        found = np.full(self._pixels, np.nan)
        known = self._count > 0
        if self._plan.selection.quantity == "phase":
            found[known] = np.degrees(np.arctan2(self._imaginary[known], self._real[known]))
        else:
            found[known] = self._real[known] / self._count[known]
        return found.reshape(self._plan.y_size, self._plan.x_size)


def _window_of_first_row(table: Any, descriptions: Sequence[tuple[int, int]]) -> int:
    if table.nrows() == 0:
        raise _refuse("it has no rows")
    id_ = int(table.getcell("DATA_DESC_ID", 0))
    if not 0 <= id_ < len(descriptions):
        raise _refuse("it does not say in which spectral window its first row is")
    return descriptions[id_][0]


def _bin(part: Any, size: int) -> Any:
    return np.clip((part * size).astype(int), 0, size - 1)


def _pairs(table: Any, start: int, count: int) -> Any:
    """Each row's baseline as one number that sorts by its antennas."""
    one = np.asarray(table.getcol("ANTENNA1", start, count), dtype=np.int64)
    two = np.asarray(table.getcol("ANTENNA2", start, count), dtype=np.int64)
    return (np.minimum(one, two) << 32) | np.maximum(one, two)


def _distances(table: Any, start: int, count: int) -> Any:
    uvw = np.asarray(table.getcol("UVW", start, count))
    return np.nan_to_num(np.hypot(uvw[:, 0], uvw[:, 1]))


def _weights(part: Any, product: int, shape: tuple[int, ...]) -> Any:
    if "WEIGHT_SPECTRUM" in part.colnames() and part.iscelldefined("WEIGHT_SPECTRUM", 0):
        return np.asarray(part.getcol("WEIGHT_SPECTRUM"))[:, :, product]
    return np.broadcast_to(np.asarray(part.getcol("WEIGHT"))[:, product, None], shape)
