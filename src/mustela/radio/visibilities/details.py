"""What the subtables of a Measurement Set tell. Free of casacore."""

from __future__ import annotations

import msgspec

from mustela.radio.visibilities.facts import SpectralWindow


class FieldDetails(msgspec.Struct, frozen=True):
    """A field; ICRS degrees of its phase centre."""

    name: str
    ra_deg: float | None
    dec_deg: float | None
    n_rows: int


class Scan(msgspec.Struct, frozen=True):
    """A scan: centres of its first and last integration (MJD, UTC), ids of fields, intents."""

    number: int
    start_mjd: float | None
    end_mjd: float | None
    n_rows: int
    fields: tuple[int, ...]
    intents: tuple[str, ...]


class HistoryLine(msgspec.Struct, frozen=True):
    """A line of HISTORY."""

    at_mjd: float | None
    origin: str
    message: str


class MeasurementSetMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What the subtables tell; ``flags`` as in ``MeasurementSetFacts``."""

    telescope: str | None
    observer: str | None
    project: str | None
    fields: tuple[FieldDetails, ...]
    spectral_windows: tuple[SpectralWindow, ...]
    polarization_setups: tuple[tuple[str, ...], ...]
    n_antennas: int | None
    columns: tuple[str, ...]
    scans: tuple[Scan, ...]
    intents: tuple[str, ...]
    history: tuple[HistoryLine, ...]
    flags: tuple[str, ...]
