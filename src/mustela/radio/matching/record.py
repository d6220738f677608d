"""What matching answers."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from mustela.radio.references.record import ReferenceSource

#: ``recorded``: a program, the table or the history of the Measurement Set says so. ``validity``:
#: the times that the table is valid for share a moment with the observation.
How: TypeAlias = Literal["recorded", "validity"]


class CalibrationMatch(msgspec.Struct, frozen=True):
    """A Measurement Set and a calibration table that belong together. Times are MJD, UTC.

    ``applied``: a program or the history says that it was applied to these data.
    """

    ms_id: str
    calibration_id: str
    how: How
    applied: bool
    job_id: str | None
    ms_path: str
    ms_start_mjd: float | None
    ms_end_mjd: float | None
    calibration_path: str
    calibration_type: str | None
    calibration_start_mjd: float | None
    calibration_end_mjd: float | None
    calibration_grade: str | None


class CalibratorMatch(msgspec.Struct, frozen=True):
    """A calibrator, and its distance from the pointing in degrees and in primary beam radii."""

    source: ReferenceSource
    separation_deg: float
    separation_beams: float


class CalibratorMatches(msgspec.Struct, frozen=True):
    """The calibrators within the primary beam of a Measurement Set, the nearest first."""

    ms_id: str
    ra_deg: float
    dec_deg: float
    radius_deg: float
    items: list[CalibratorMatch]
