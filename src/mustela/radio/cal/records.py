"""The audited rows of calibration tables."""

from __future__ import annotations

from mustela.files.catalogued import ItemRecords
from mustela.radio.schema import calibration_tables

TOPIC = "cal"

records = ItemRecords(calibration_tables, TOPIC)
