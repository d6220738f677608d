"""What Measurement Sets and calibration tables say of themselves. Free of casacore.

What a file does not say is ``None``, and so is what could not be read; then a word in ``flags``
says so: ``empty:NAME`` (a table without rows), ``unreadable:NAME`` (a subtable or column that is
not there or is damaged), ``time_scale_unknown``, ``direction_frame_unknown``, ``times_impossible``,
``rows_sampled`` (of a very long table not all rows were looked at).

Positions are ICRS in degrees, frequencies Hz in the frame of the file, times MJD in days, UTC.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

#: How the visibilities are kept.
Format: TypeAlias = Literal["ms", "uvh5", "uvfits"]


class SpectralWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A spectral window. ``channel_width_hz`` is the median of the channels', without its sign.

    ``frequency_min_hz`` and ``frequency_max_hz`` are centres of the outermost channels,
    ``bandwidth_hz`` is all channels together.
    """

    name: str | None = None
    frequency_min_hz: float | None = None
    frequency_max_hz: float | None = None
    frequency_centre_hz: float | None = None
    n_channels: int | None = None
    channel_width_hz: float | None = None
    bandwidth_hz: float | None = None


class MeasurementSetFacts(msgspec.Struct, frozen=True, kw_only=True, tag="ms"):
    """What stands in a Measurement Set, or in a UVH5 or UVFITS file.

    ``fields`` are names, ``field_ra_deg`` and ``field_dec_deg`` their phase centres, in the
    order of the file; ``ra_deg`` and ``dec_deg`` are those of the field with the most rows (the
    first of several). ``correlations`` are those of the first polarization setup (``XX``).
    ``start_mjd`` and ``end_mjd`` are the outer edges of the first and the last integration;
    ``integration_seconds`` is the median ``INTERVAL``. ``n_baselines`` counts pairs of different
    antennas; ``n_antennas`` those listed. ``columns`` are those with data or weights.

    ``flagged_fraction`` is that of all visibilities where ``flagged_is_exact``, else of a sample
    of rows spread evenly. ``calibration_applied`` are the tables that HISTORY says CASA's
    ``applycal`` has applied, in that order. ``stage`` is ``calibrated`` where HISTORY names such
    tables, or where sampled rows of ``CORRECTED_DATA`` differ from ``DATA``; else ``None``:
    nothing in the file tells raw data from data that were calibrated elsewhere.
    """

    format: Format
    fingerprint: str
    telescope: str | None = None
    observer: str | None = None
    project: str | None = None
    fields: tuple[str, ...] = ()
    field_ra_deg: tuple[float | None, ...] = ()
    field_dec_deg: tuple[float | None, ...] = ()
    ra_deg: float | None = None
    dec_deg: float | None = None
    n_fields: int | None = None
    spectral_windows: tuple[SpectralWindow, ...] = ()
    frequency_min_hz: float | None = None
    frequency_max_hz: float | None = None
    n_spws: int | None = None
    n_channels: int | None = None
    correlations: tuple[str, ...] = ()
    n_antennas: int | None = None
    n_rows: int | None = None
    n_baselines: int | None = None
    integration_seconds: float | None = None
    duration_seconds: float | None = None
    start_mjd: float | None = None
    mid_mjd: float | None = None
    end_mjd: float | None = None
    columns: tuple[str, ...] = ()
    flagged_fraction: float | None = None
    flagged_is_exact: bool | None = None
    stage: str | None = None
    calibration_applied: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class Antenna(msgspec.Struct, frozen=True, kw_only=True):
    """An antenna. ``east_m``, ``north_m`` and ``up_m`` are about the mean of all positions.

    ``flagged_fraction`` is of the rows that were looked at; ``n_baselines`` of other antennas.
    """

    name: str
    station: str | None = None
    east_m: float | None = None
    north_m: float | None = None
    up_m: float | None = None
    diameter_m: float | None = None
    mount: str | None = None
    flagged_fraction: float | None = None
    n_baselines: int | None = None


class CalibrationTableFacts(msgspec.Struct, frozen=True, kw_only=True, tag="cal"):
    """What stands in a calibration table of CASA's.

    ``cal_type`` is the kind as the table names it (``K Jones``, ``B Jones``, ``G Jones``). The
    times are those of its solutions: the first, the last and the middle between.
    ``spectral_windows`` are the ids for which there are solutions, ``fields`` the names.
    ``ms_name`` is the Measurement Set as the table records it, without a directory.
    """

    fingerprint: str
    cal_type: str | None = None
    start_mjd: float | None = None
    mid_mjd: float | None = None
    end_mjd: float | None = None
    reference_antennas: tuple[str, ...] = ()
    n_antennas: int | None = None
    n_solutions: int | None = None
    flagged_fraction: float | None = None
    flagged_is_exact: bool | None = None
    spectral_windows: tuple[int, ...] = ()
    frequency_min_hz: float | None = None
    frequency_max_hz: float | None = None
    fields: tuple[str, ...] = ()
    ms_name: str | None = None
    flags: tuple[str, ...] = ()
