"""The audited rows of Measurement Sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mustela.files.catalogued import ItemRecords
from mustela.radio.grading.graded_records import GradedRecords
from mustela.radio.matching.left import MatchedRecords
from mustela.radio.schema import measurement_sets
from mustela.radio.sky.healpix import cell_of

TOPIC = "ms"


class MeasurementSetRecords(MatchedRecords, GradedRecords, ItemRecords):
    """The audited rows; name and cell follow from the path and the pointing."""

    def derive(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        derived = dict(super().derive(values))
        if "ra_deg" in values and "dec_deg" in values:
            ra, dec = values["ra_deg"], values["dec_deg"]
            derived["cell"] = None if ra is None or dec is None else cell_of(ra, dec)
        return derived


records = MeasurementSetRecords(measurement_sets, TOPIC)
