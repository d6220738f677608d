"""The audited rows of calibration tables."""

from __future__ import annotations

from mustela.files.catalogued import ItemRecords
from mustela.radio.grading.graded_records import GradedRecords
from mustela.radio.matching.left import MatchedRecords
from mustela.radio.schema import calibration_tables

TOPIC = "cal"


class CalibrationTableRecords(MatchedRecords, GradedRecords, ItemRecords):
    """The audited rows."""


records = CalibrationTableRecords(calibration_tables, TOPIC)
