"""A root goes with the products below it, and with its rules."""

from __future__ import annotations

from mustela.radio.cal.repository import CalibrationTableOperations
from mustela.radio.images.repository import ImageOperations
from mustela.radio.ms.repository import MeasurementSetOperations
from mustela.radio.rules import repository as rules
from mustela.store import Unit

_OPERATIONS = (ImageOperations(), MeasurementSetOperations(), CalibrationTableOperations())


def leave_root(root_id: str) -> Unit[int]:
    """Take the products below a root out of the catalog; how many there were."""
    number = 0
    for operations in _OPERATIONS:
        number += yield from operations.leave_root.unit(root_id)
    yield from rules.records.delete(root_id)
    return number
