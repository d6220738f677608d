"""The tables of the radio collection.

Sky positions are degrees (ICRS), beams, pixel scales and position errors arcseconds, flux
densities Jy (peaks Jy/beam), frequencies Hz, times of observation MJD (UTC); other times are
integer microseconds since 1970, UTC.
"""

from mustela.radio.schema.calibration import (
    ms_calibration,
    reference_catalogues,
    reference_sources,
)
from mustela.radio.schema.images import image_inputs, image_inputs_left, image_tags, images
from mustela.radio.schema.left import (
    measurements_left,
    ms_calibration_left,
    source_tombstones,
)
from mustela.radio.schema.metadata import radio_metadata
from mustela.radio.schema.rules import radio_rules
from mustela.radio.schema.sources import (
    measurements,
    source_statistics,
    source_tags,
    sources,
    stale_sources,
)
from mustela.radio.schema.turns import radio_turns
from mustela.radio.schema.visibilities import (
    calibration_tables,
    calibration_tags,
    measurement_sets,
    ms_tags,
)

__all__ = [
    "calibration_tables",
    "calibration_tags",
    "image_inputs",
    "image_inputs_left",
    "image_tags",
    "images",
    "measurement_sets",
    "measurements",
    "measurements_left",
    "ms_calibration",
    "ms_calibration_left",
    "ms_tags",
    "radio_metadata",
    "radio_rules",
    "radio_turns",
    "reference_catalogues",
    "reference_sources",
    "source_statistics",
    "source_tags",
    "source_tombstones",
    "sources",
    "stale_sources",
]
