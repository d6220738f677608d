"""What a scan writes of a product: columns from the facts that its file says."""

from __future__ import annotations

from typing import Any

import msgspec

from mustela.radio.imaging.facts import ImageFacts
from mustela.radio.visibilities.facts import CalibrationTableFacts, MeasurementSetFacts
from mustela.store.record import encode_texts

#: What describes the pixels: of another file under the same name it says nothing. The rest may
#: have been said by a program, of whatever file is at the path.
PIXELS = (
    "hdu",
    "ra_deg",
    "dec_deg",
    "radius_deg",
    "footprint",
    "projection",
    "wcs",
    "width_px",
    "height_px",
    "n_planes",
    "pixel_scale_arcsec",
    "beam_major_arcsec",
    "beam_minor_arcsec",
    "beam_pa_deg",
    "units",
    "noise_jy",
    "peak_jy",
    "min_jy",
    "dynamic_range",
    "blank_fraction",
    # What was made of them.
    "thumbnail_path",
    "n_sources",
)


def image_columns(facts: ImageFacts) -> dict[str, Any]:
    """The columns of an image."""
    columns = _plain(facts)
    del columns["file_size"]  # the scan's, which counts a directory as it compares it
    for name in ("footprint", "wcs", "imaging"):
        columns[name] = _json(columns[name])
    columns["flags"] = encode_texts(facts.flags)
    columns["pbcor"] = None if facts.pbcor is None else int(facts.pbcor)
    return columns


def ms_columns(facts: MeasurementSetFacts) -> dict[str, Any]:
    """The columns of a Measurement Set. Phase centres are kept where every field has one."""
    columns = _plain(facts)
    for name in ("spectral_windows", "flagged_is_exact"):
        del columns[name]
    complete = None not in facts.field_ra_deg and None not in facts.field_dec_deg
    for name in ("field_ra_deg", "field_dec_deg"):
        columns[name] = _json(columns[name] if complete else ())
    columns["field_names"] = encode_texts(columns.pop("fields"))
    columns["data_columns"] = encode_texts(columns.pop("columns"))
    for name in ("correlations", "calibration_applied", "flags"):
        columns[name] = encode_texts(columns[name])
    return columns


def calibration_columns(facts: CalibrationTableFacts) -> dict[str, Any]:
    """The columns of a calibration table."""
    columns = _plain(facts)
    del columns["flagged_is_exact"]
    columns["type"] = columns.pop("cal_type")
    columns["n_spws"] = len(columns.pop("spectral_windows"))
    columns["field_names"] = encode_texts(columns.pop("fields"))
    for name in ("reference_antennas", "flags"):
        columns[name] = encode_texts(columns[name])
    return columns


def name_at(path: str) -> str:
    """What people call the product at a path."""
    return path.rpartition("/")[2]


def _plain(facts: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in facts.__struct_fields__}


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
