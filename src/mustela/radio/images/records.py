"""The audited rows of images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mustela.files.catalogued import ItemRecords
from mustela.radio.grading.graded_records import GradedRecords
from mustela.radio.images.reach import reach_of
from mustela.radio.schema import images
from mustela.radio.sky.healpix import cell_of

TOPIC = "images"


class ImageRecords(GradedRecords, ItemRecords):
    """The audited rows; where an image lies on the sky follows from its centre and radius."""

    def derive(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        derived = dict(super().derive(values))
        if "ra_deg" in values and "dec_deg" in values:
            ra, dec = values["ra_deg"], values["dec_deg"]
            derived["cell"] = None if ra is None or dec is None else cell_of(ra, dec)
        if "radius_deg" in values:
            derived["reach"] = reach_of(values["radius_deg"])
        return derived


records = ImageRecords(images, TOPIC)
