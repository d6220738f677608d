"""UVFITS files (random groups; AIPS memo 117): what the header and its tables say.

Covered: one primary array with its frequency axis and IFs (the first setup of ``AIPS FQ``), times,
baselines, weights, sources (``AIPS SU`` or the axes RA and DEC). Not covered: more arrays than
one, FITS-IDI, sources with an apparent position only, antennas and rasters.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

from mustela.files.failure import Unreadable
from mustela.files.fingerprint import fingerprint
from mustela.radio.visibilities.facts import MeasurementSetFacts, SpectralWindow
from mustela.radio.visibilities.measurement_set import of_fields, of_times, of_windows
from mustela.radio.visibilities.measures import SECONDS_OF_DAY, icrs_degrees, utc_mjd
from mustela.radio.visibilities.polarizations import POLARIZATIONS
from mustela.radio.visibilities.rows import CHUNK_CELLS, MOST_CELL_CHUNKS, spread
from mustela.radio.visibilities.subtables import Field, text

_JD_OF_MJD = 2400000.5
_CARD, _CARDS = 80, 36


def is_uvfits(path: bytes | str) -> bool:
    """Whether a FITS file is of random groups: its first axis has no length, ``GROUPS`` is true."""
    with open(path, "rb") as file:  # noqa: PTH123  # bytes
        block = file.read(_CARD * _CARDS)
        cards = {block[n : n + 8].strip(): block[n + 10 : n + 30] for n in _starts(block)}
        while block and b"GROUPS" not in cards and b"END" not in cards:
            block = file.read(_CARD * _CARDS)
            cards |= {block[n : n + 8].strip(): block[n + 10 : n + 30] for n in _starts(block)}
    return cards.get(b"NAXIS1", b"").strip() == b"0" and cards.get(b"GROUPS", b"").strip() == b"T"


def _starts(block: bytes) -> range:
    return range(0, len(block), _CARD)


def uvfits_facts(path: bytes | str) -> MeasurementSetFacts:
    """Read the headers, and the parameters of all groups; ``Unreadable`` where FITS cannot."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AstropyWarning)
            with fits.open(os.fsdecode(path), memmap=True) as file:
                return _facts(path, file)
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise Unreadable("open", f"it is no sound UVFITS file: {error}") from error


def _facts(path: bytes | str, file: Any) -> MeasurementSetFacts:
    header, groups = file[0].header, file[0].data
    tables = {part.name.strip(): part for part in file[1:]}
    axes = _axes(header)
    names = [str(name).upper() for name in groups.parnames]
    flags: list[str] = []
    fields, ids = _fields(header, axes, tables, groups, names)
    rows = {int(i): int(n) for i, n in zip(*np.unique(ids, return_counts=True), strict=True)}
    lengths = _parameter(groups, names, "INTTIM")
    scale = str(tables["AIPS AN"].header.get("TIMSYS", "UTC")) if "AIPS AN" in tables else "UTC"
    days = _parameter(groups, names, "DATE")
    fraction, is_exact = _flagged(groups)
    stokes = axes.get("STOKES")
    codes = () if stokes is None else stokes.values()
    if any(field.ra_deg is None for field in fields):
        flags.append("direction_frame_unknown")
    return MeasurementSetFacts(
        format="uvfits",
        fingerprint=fingerprint(path),
        telescope=text(header.get("TELESCOP", "")),
        observer=text(header.get("OBSERVER", "")),
        n_antennas=len(tables["AIPS AN"].data) if "AIPS AN" in tables else None,
        n_rows=int(header["GCOUNT"]),
        n_baselines=_baselines(groups, names),
        correlations=tuple(POLARIZATIONS.get(round(c), str(round(c))) for c in codes),
        integration_seconds=_median(lengths),
        flagged_fraction=fraction,
        flagged_is_exact=is_exact,
        **of_fields(fields, rows),
        **of_windows(_windows(header, axes, tables)),
        **of_times(*_times(days, lengths, scale.strip() or "UTC", flags)),
        flags=tuple(flags),
    )


class _Axis:
    """A linear axis of the groups' arrays."""

    def __init__(self, header: Any, number: int) -> None:
        self.length = int(header[f"NAXIS{number}"])
        self.value = float(header.get(f"CRVAL{number}", 0.0))
        self._step = float(header.get(f"CDELT{number}", 1.0))
        self._pixel = float(header.get(f"CRPIX{number}", 1.0))

    @property
    def step(self) -> float:
        return self._step

    def values(self) -> list[float]:
        return [self.value + (n + 1 - self._pixel) * self._step for n in range(self.length)]


def _axes(header: Any) -> dict[str, _Axis]:
    found = {}
    for number in range(2, int(header["NAXIS"]) + 1):
        name = str(header.get(f"CTYPE{number}", "")).strip().upper()
        found[name.partition("-")[0]] = _Axis(header, number)
    return found


def _parameter(groups: Any, names: list[str], name: str) -> Any | None:
    """A parameter of all groups; one that stands there several times is their sum."""
    numbers = [number for number, found in enumerate(names) if found == name]
    if not numbers:
        return None
    return sum(np.asarray(groups.par(number), dtype=float) for number in numbers)


def _fields(
    header: Any, axes: dict[str, _Axis], tables: dict[str, Any], groups: Any, names: list[str]
) -> tuple[list[Field], Any]:
    """Sources, and of each group which one it is of."""
    none = np.zeros(int(header["GCOUNT"]), dtype=int)
    if "AIPS SU" in tables:
        sources = tables["AIPS SU"].data
        fields = [
            Field(
                str(row["SOURCE"]).strip(),
                *_place(float(row["RAEPO"]), float(row["DECEPO"]), float(row["EPOCH"])),
            )
            for row in sources
        ]
        number = {int(id_): n for n, id_ in enumerate(sources["ID. NO."])}
        ids = _parameter(groups, names, "SOURCE")
        if ids is None:
            return fields, none
        return fields, np.array([number.get(int(id_), -1) for id_ in ids], dtype=int)
    place: tuple[float | None, float | None] = (None, None)
    if "RA" in axes and "DEC" in axes:
        equinox = header.get("EPOCH", header.get("EQUINOX", 2000.0))
        year = float(str(equinox).strip().lstrip("JB"))
        place = _place(axes["RA"].value, axes["DEC"].value, year)
    return [Field(str(header.get("OBJECT", "")).strip(), *place)], none


def _place(ra: float, dec: float, year: float) -> tuple[float | None, float | None]:
    frame = {2000.0: "J2000", 1950.0: "B1950"}.get(year)
    return icrs_degrees(np.deg2rad(ra), np.deg2rad(dec), frame) or (None, None)


def _windows(header: Any, axes: dict[str, _Axis], tables: dict[str, Any]) -> list[SpectralWindow]:
    axis = axes.get("FREQ")
    if axis is None:
        return []
    centres = np.array(axis.values())
    offsets = np.zeros(1)
    widths = np.full(1, abs(axis.step))
    if "AIPS FQ" in tables and len(tables["AIPS FQ"].data):
        setup = tables["AIPS FQ"].data[0]
        offsets = np.ravel(setup["IF FREQ"]).astype(float)
        widths = np.abs(np.ravel(setup["CH WIDTH"]).astype(float))
    found = []
    for offset, width in zip(offsets, np.broadcast_to(widths, offsets.shape), strict=True):
        low, high = float(centres.min() + offset), float(centres.max() + offset)
        found.append(
            SpectralWindow(
                frequency_min_hz=low,
                frequency_max_hz=high,
                frequency_centre_hz=(low + high) / 2,
                n_channels=axis.length,
                channel_width_hz=float(width),
                bandwidth_hz=float(width) * axis.length,
            )
        )
    return found


def _times(
    days: Any | None, lengths: Any | None, scale: str, flags: list[str]
) -> tuple[float | None, float | None]:
    """First and last edge, MJD (UTC); the file has centres of integrations in JD."""
    if days is None or not len(days):
        return None, None
    half = 0.0 if lengths is None else lengths / 2
    seconds = (days - _JD_OF_MJD) * SECONDS_OF_DAY
    first, last = float((seconds - half).min()), float((seconds + half).max())
    start, end = utc_mjd(first, scale), utc_mjd(last, scale)
    if start is None or end is None:
        is_time = utc_mjd(first, "UTC") is not None and utc_mjd(last, "UTC") is not None
        flags.append("time_scale_unknown" if is_time else "times_impossible")
        return None, None
    return start, end


def _median(lengths: Any | None) -> float | None:
    known = [] if lengths is None else lengths[lengths > 0]
    return float(np.median(known)) if len(known) else None


def _baselines(groups: Any, names: list[str]) -> int | None:
    """Pairs of different antennas, which are numbered 256 or (beyond 255) 2048 apart."""
    one, two = _parameter(groups, names, "ANTENNA1"), _parameter(groups, names, "ANTENNA2")
    if one is None or two is None or not one.any():
        codes = _parameter(groups, names, "BASELINE")
        if codes is None:
            return None
        whole = np.floor(codes).astype(int)
        many = whole >= 65536
        one = np.where(many, (whole - 65536) // 2048, whole // 256)
        two = np.where(many, (whole - 65536) % 2048, whole % 256)
    pairs = np.unique(np.stack([np.minimum(one, two), np.maximum(one, two)], axis=1), axis=0)
    return int((pairs[:, 0] != pairs[:, 1]).sum())


def _flagged(groups: Any) -> tuple[float | None, bool | None]:
    """Visibilities without a positive weight, of all or of a bounded sample."""
    cells = groups.data
    rows = len(groups)
    per_row = max(1, int(np.prod(cells.shape[1:-1])))
    chunk = max(1, CHUNK_CELLS // per_row)
    seen = bad = 0
    for start, count in spread(rows, chunk, MOST_CELL_CHUNKS):
        weights = np.asarray(cells[start : start + count, ..., 2])
        seen += weights.size
        bad += int((~(weights > 0)).sum())
    return (bad / seen, -(-rows // chunk) <= MOST_CELL_CHUNKS) if seen else (None, None)
