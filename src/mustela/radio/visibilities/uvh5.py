"""UVH5 files (pyuvdata's format on HDF5, memo 11; versions 0.1 to 1.2): what the header says.

Covered: times, frequencies and windows, polarizations, baselines, flags, the phase centres of
sidereal sources. Not covered: data that drift or are not phased have no direction; antennas and
rasters; HDF5 filters that are no part of the library, then flags stay unknown. The file is
opened without HDF5's file lock, so that no writer ever meets it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np

from mustela.files.failure import Unreadable
from mustela.files.fingerprint import fingerprint
from mustela.radio.visibilities.facts import MeasurementSetFacts, SpectralWindow
from mustela.radio.visibilities.measurement_set import of_fields, of_times, of_windows
from mustela.radio.visibilities.measures import SECONDS_OF_DAY, icrs_degrees, utc_mjd
from mustela.radio.visibilities.polarizations import POLARIZATIONS
from mustela.radio.visibilities.rows import CHUNK_CELLS, MOST_CELL_CHUNKS, spread
from mustela.radio.visibilities.subtables import Field, text

_JD_OF_MJD = 2400000.5
MAGIC = b"\x89HDF\r\n\x1a\n"


def is_uvh5(path: bytes | str) -> bool:
    """Whether an HDF5 file holds visibilities; ``Unreadable`` where HDF5 cannot open it."""
    with _opened(path) as file:
        return "Header" in file and "Data" in file and "time_array" in file["Header"]


def uvh5_facts(path: bytes | str) -> MeasurementSetFacts:
    """Read the header; ``Unreadable`` where it is not sound."""
    try:
        with _opened(path) as file:
            return _facts(path, file)
    except (KeyError, OSError, ValueError) as error:
        raise Unreadable("header", f"it is no sound UVH5 file: {error}") from error


def _facts(path: bytes | str, file: Any) -> MeasurementSetFacts:
    header = file["Header"]
    flags: list[str] = []
    try:
        fields, ids = _fields(header)
    except (KeyError, ValueError, OSError):
        flags.append("unreadable:FIELD")
        fields, ids = [], np.zeros(0, dtype=int)
    rows = {int(i): int(n) for i, n in zip(*np.unique(ids, return_counts=True), strict=True)}
    fraction, is_exact = _flagged(file, flags)
    one, two = header["ant_1_array"][()], header["ant_2_array"][()]
    pairs = {(min(a, b), max(a, b)) for a, b in zip(one.tolist(), two.tolist(), strict=True)}
    lengths = np.atleast_1d(header["integration_time"][()])
    codes = np.atleast_1d(header["polarization_array"][()])
    return MeasurementSetFacts(
        format="uvh5",
        fingerprint=fingerprint(path),
        telescope=_text(header, "telescope_name"),
        n_antennas=len(header["antenna_names"]),
        n_rows=len(header["time_array"]),
        n_baselines=sum(a != b for a, b in pairs),
        correlations=tuple(POLARIZATIONS.get(int(code), str(int(code))) for code in codes),
        integration_seconds=float(np.median(lengths)) if lengths.size else None,
        flagged_fraction=fraction,
        flagged_is_exact=is_exact,
        **of_fields(fields, rows),
        **of_windows(_windows(header)),
        **of_times(*_times(header["time_array"][()], lengths, flags)),
        flags=tuple(flags),
    )


@contextmanager
def _opened(path: bytes | str) -> Iterator[Any]:
    try:
        found = h5py.File(os.fsencode(path), "r", locking=False)
    except OSError as error:
        raise Unreadable("open", f"HDF5 cannot open it: {error}") from error
    with found as file:
        links: dict[str, Any] = {}
        try:
            file.visititems_links(links.__setitem__)
        except RuntimeError as error:
            raise Unreadable("open", f"the HDF5 file is damaged: {error}") from error
        for name, link in links.items():
            _expect_here(file, name, link)
        yield file


def _expect_here(file: Any, name: str, link: Any) -> None:
    """``Unreadable`` for what HDF5 would fetch from other files, of whatever kind, by their names.

    A soft link leads to a place in the same file, which is met where it is.
    """
    if isinstance(link, h5py.SoftLink):
        return
    elsewhere = isinstance(link, h5py.ExternalLink)
    if not elsewhere:
        try:
            item = file[name]
        except (KeyError, OSError):  # damaged: nor can it be read later
            return
        elsewhere = isinstance(item, h5py.Dataset) and bool(item.external or item.is_virtual)
    if elsewhere:
        raise Unreadable("open", f"its part {name} lies in another file")


def _text(group: Any, name: str) -> str | None:
    if name not in group:
        return None
    value = group[name][()]
    return text(value.decode("utf-8", "replace") if isinstance(value, bytes) else value)


def _fields(header: Any) -> tuple[list[Field], Any]:
    """Phase centres, and of each row which one it has."""
    count = len(header["time_array"])
    if "phase_center_catalog" not in header:
        name = _text(header, "object_name") or ""
        place = None
        if _text(header, "phase_type") == "phased":
            longitude = float(header["phase_center_ra"][()])
            latitude = float(header["phase_center_dec"][()])
            place = _place(longitude, latitude, _text(header, "phase_center_frame"))
        return [Field(name, *(place or (None, None)))], np.zeros(count, dtype=int)
    catalog = header["phase_center_catalog"]
    keys = sorted(catalog, key=int)
    fields = []
    for key in keys:
        one = catalog[key]
        place = None
        if _text(one, "cat_type") == "sidereal":
            place = _place(
                float(np.ravel(one["cat_lon"][()])[0]),
                float(np.ravel(one["cat_lat"][()])[0]),
                _text(one, "cat_frame"),
            )
        fields.append(Field(_text(one, "cat_name") or "", *(place or (None, None))))
    order = {int(key): number for number, key in enumerate(keys)}
    ids = header["phase_center_id_array"][()]
    return fields, np.array([order.get(int(id_), -1) for id_ in ids], dtype=int)


def _place(longitude: float, latitude: float, frame: str | None) -> tuple[float, float] | None:
    names = {"icrs": "ICRS", "fk5": "J2000", "fk4": "B1950", "galactic": "GALACTIC"}
    return icrs_degrees(longitude, latitude, names.get((frame or "").lower()))


def _windows(header: Any) -> list[SpectralWindow]:
    centres = np.ravel(header["freq_array"][()]).astype(float)
    widths = np.broadcast_to(np.ravel(header["channel_width"][()]), centres.shape)
    of = np.zeros(centres.shape, dtype=int)
    ids = np.ravel(header["spw_array"][()]) if "spw_array" in header else np.zeros(1, dtype=int)
    if "flex_spw_id_array" in header and len(ids) > 1:
        of = np.ravel(header["flex_spw_id_array"][()])
    else:
        ids = np.zeros(1, dtype=int)
    found = []
    for id_ in ids:
        part, width = centres[of == id_], np.abs(widths[of == id_])
        if part.size:
            low, high = float(part.min()), float(part.max())
            found.append(
                SpectralWindow(
                    frequency_min_hz=low,
                    frequency_max_hz=high,
                    frequency_centre_hz=(low + high) / 2,
                    n_channels=len(part),
                    channel_width_hz=float(np.median(width)),
                    bandwidth_hz=float(width.sum()),
                )
            )
    return found


def _times(days: Any, lengths: Any, flags: list[str]) -> tuple[float | None, float | None]:
    """First and last edge, MJD; the file has centres of integrations in JD, UTC."""
    if not len(days):
        return None, None
    half = np.broadcast_to(lengths, days.shape) / 2 / SECONDS_OF_DAY
    mjd = days - _JD_OF_MJD
    start = utc_mjd(float((mjd - half).min()) * SECONDS_OF_DAY, "UTC")
    end = utc_mjd(float((mjd + half).max()) * SECONDS_OF_DAY, "UTC")
    if start is None or end is None:
        flags.append("times_impossible")
        return None, None
    return start, end


def _flagged(file: Any, flags: list[str]) -> tuple[float | None, bool | None]:
    try:
        cells = file["Data/flags"]
        rows = cells.shape[0]
        chunk = max(1, CHUNK_CELLS // max(1, int(np.prod(cells.shape[1:]))))
        seen = bad = 0
        for start, count in spread(rows, chunk, MOST_CELL_CHUNKS):
            part = cells[start : start + count]
            seen += part.size
            bad += int(part.sum())
    except (KeyError, OSError):
        flags.append("unreadable:FLAG")
        return None, None
    return (bad / seen, -(-rows // chunk) <= MOST_CELL_CHUNKS) if seen else (None, None)
