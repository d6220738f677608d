"""What is known of a Measurement Set."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from mustela.store.record import Record


class MeasurementSet(Record):
    """Visibilities of one observation; what they do not say is ``None``, never invented.

    ``ra_deg`` and ``dec_deg`` are the pointing (degrees, ICRS) of the field observed most;
    ``fields`` are names, with a position each. Frequencies are Hz, times of observation MJD (UTC),
    ``integration_seconds`` the median integration. ``stage`` is what the data are known to have
    gone through, ``status`` what the pipeline says. ``calibration_applied`` are names of tables
    that the history says were applied. ``format`` is ms, uvh5 or uvfits.
    """

    __slots__ = ()

    hidden: ClassVar[tuple[str, ...]] = ("mtime_ns", "cell")

    id: str = ""
    path: str = ""
    root_id: str | None = None
    filename: str = ""
    name: str | None = None
    format: str | None = None
    telescope: str | None = None
    observer: str | None = None
    project: str | None = None
    field_names: tuple[str, ...] = ()
    field_ra_deg: tuple[float, ...] = ()
    field_dec_deg: tuple[float, ...] = ()
    n_fields: int | None = None
    ra_deg: float | None = None
    dec_deg: float | None = None
    n_spws: int | None = None
    n_channels: int | None = None
    frequency_min_hz: float | None = None
    frequency_max_hz: float | None = None
    correlations: tuple[str, ...] = ()
    n_antennas: int | None = None
    n_baselines: int | None = None
    n_rows: int | None = None
    integration_seconds: float | None = None
    duration_seconds: float | None = None
    start_mjd: float | None = None
    mid_mjd: float | None = None
    end_mjd: float | None = None
    data_columns: tuple[str, ...] = ()
    flagged_fraction: float | None = None
    stage: str | None = None
    status: str | None = None
    calibration_applied: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    cell: int | None = None
    grade: str | None = None
    grade_computed: str | None = None
    grade_reasons: tuple[str, ...] = ()
    graded_at: datetime | None = None
    grade_given: str | None = None
    retired_at: datetime | None = None
    retired_reason: str | None = None
    file_size: int | None = None
    mtime_ns: int | None = None
    modified_at: datetime | None = None
    fingerprint: str | None = None
    missing_since: datetime | None = None
    tags: tuple[str, ...] = ()
    rating: int | None = None
    note: str | None = None
    job_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
