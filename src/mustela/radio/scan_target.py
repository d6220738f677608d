"""Products as the scan sees them: images, Measurement Sets and calibration tables, in one walk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mustela.files.composed_target import ComposedTarget, Part
from mustela.radio.cal.repository import AsyncCalibrationTableRepository
from mustela.radio.extensions import EXTENSIONS
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.imaging.facts import ImageFacts
from mustela.radio.ms.repository import AsyncMeasurementSetRepository
from mustela.radio.scan_columns import (
    PIXELS,
    calibration_columns,
    image_columns,
    ms_columns,
    name_at,
)
from mustela.radio.visibilities.facts import CalibrationTableFacts, MeasurementSetFacts
from mustela.radio.visibilities.products import CASACORE_TABLE

#: The collection, as roots name it.
COLLECTION = "radio"
_EXAMINE = "mustela.radio.scan_examine:examine"


class ScannedImages(AsyncImageRepository):
    """Images as scans write them.

    What a program said of an image stays where the file is silent. A kind that is known stays,
    too: the file tells it by its name and unit only.
    """

    silence_keeps = True

    def columns_of(self, details: Any) -> dict[str, Any]:
        return image_columns(details)

    def content_changed(self) -> Mapping[str, Any]:
        return dict.fromkeys(PIXELS)

    def _said(self, file: Any, row: Mapping[str, Any]) -> dict[str, Any]:
        said = super()._said(file, row)
        return {**said, "kind": row["kind"] or said["kind"]}


class ScannedMeasurementSets(AsyncMeasurementSetRepository):
    """Measurement Sets as scans write them."""

    silence_keeps = True

    def columns_at(self, path: str, details: Any) -> dict[str, Any]:
        return {"name": name_at(path), **ms_columns(details)}

    def content_changed(self) -> Mapping[str, Any]:
        return {"flagged_fraction": None}


class ScannedCalibrationTables(AsyncCalibrationTableRepository):
    """Calibration tables as scans write them."""

    silence_keeps = True

    def columns_at(self, path: str, details: Any) -> dict[str, Any]:
        return {"name": name_at(path), **calibration_columns(details)}

    def content_changed(self) -> Mapping[str, Any]:
        return {"flagged_fraction": None}


def radio_target(
    images: ScannedImages, sets: ScannedMeasurementSets, tables: ScannedCalibrationTables
) -> ComposedTarget:
    """See :class:`~mustela.files.composed_target.ComposedTarget`."""
    return ComposedTarget(
        COLLECTION,
        [
            Part(images, ImageFacts),
            Part(sets, MeasurementSetFacts),
            Part(tables, CalibrationTableFacts),
        ],
        extensions=EXTENSIONS,
        examine=_EXAMINE,
        details=ImageFacts | MeasurementSetFacts | CalibrationTableFacts,
        directories=CASACORE_TABLE,
    )
