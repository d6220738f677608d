"""What is known of a calibration table."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from mustela.store.record import Record


class CalibrationTable(Record):
    """The solutions of one calibration step; what the table does not say is ``None``.

    ``type`` is the kind of the solutions, as in ``K Jones``. ``start_mjd`` to ``end_mjd`` (MJD,
    UTC) are the times that they are valid for, frequencies Hz. ``ms_name`` is the Measurement Set
    that the table says it was solved on.
    """

    __slots__ = ()

    hidden: ClassVar[tuple[str, ...]] = ("mtime_ns",)

    id: str = ""
    path: str = ""
    root_id: str | None = None
    filename: str = ""
    name: str | None = None
    type: str | None = None
    telescope: str | None = None
    field_names: tuple[str, ...] = ()
    ms_name: str | None = None
    start_mjd: float | None = None
    mid_mjd: float | None = None
    end_mjd: float | None = None
    reference_antennas: tuple[str, ...] = ()
    n_antennas: int | None = None
    n_spws: int | None = None
    n_solutions: int | None = None
    frequency_min_hz: float | None = None
    frequency_max_hz: float | None = None
    flagged_fraction: float | None = None
    flags: tuple[str, ...] = ()
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
