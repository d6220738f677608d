"""What a product of radio astronomy is, and what it says: called by scans in a child process."""

from __future__ import annotations

import importlib
import os
from typing import Any

from mustela.files.examination import NotAnItem
from mustela.files.failure import Unreadable

# Their libraries are there on some machines only, and slow to import: each when it is wanted.
_MEASUREMENT_SET = "mustela.radio.visibilities.measurement_set:measurement_set_facts"
_CALIBRATION = "mustela.radio.visibilities.calibration_table:calibration_table_facts"
_IMAGE = "mustela.radio.imaging.examine:examine"
_UVFITS = "mustela.radio.visibilities.uvfits"
_UVH5 = "mustela.radio.visibilities.uvh5"

_HDF5 = b"\x89HDF\r\n\x1a\n"
_FITS = b"SIMPLE  ="


def examine(path: bytes) -> Any:
    """Facts of a Measurement Set, calibration table, UVH5 or UVFITS file, or of an image.

    ``NotAnItem`` for a sound table or file of another kind. ``Unreadable`` where nothing can be
    read; at ``library`` where python-casacore is not there for this machine.
    """
    if os.path.isdir(path):  # noqa: PTH112  # bytes
        return _table(path)
    with open(path, "rb") as file:  # noqa: PTH123  # bytes
        start = file.read(9)
    if start.startswith(_HDF5):
        uvh5 = importlib.import_module(_UVH5)
        return uvh5.uvh5_facts(path) if uvh5.is_uvh5(path) else NotAnItem("it is another HDF5 file")
    if start == _FITS:
        uvfits = importlib.import_module(_UVFITS)
        if uvfits.is_uvfits(path):
            return uvfits.uvfits_facts(path)
    return _call(_IMAGE, path)


def _table(path: bytes) -> Any:
    kind, _ = table_kind(path)
    if kind == "Measurement Set":
        return _call(_MEASUREMENT_SET, path)
    if kind == "Calibration":
        return _call(_CALIBRATION, path)
    if kind == "Image":
        return _call(_IMAGE, path)
    if kind is None and not os.path.exists(path + b"/table.info"):  # noqa: PTH110  # bytes
        raise Unreadable("open", "the table has no table.info, which says what it is")
    return NotAnItem(f"it is a table of another kind: {kind or 'it does not say which'}")


def table_kind(path: bytes) -> tuple[str | None, str | None]:
    """Type and subtype as a table's ``table.info`` has them."""
    words: dict[str, str] = {}
    try:
        with open(path + b"/table.info", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            for line in file.read(4096).splitlines()[:2]:
                name, _, value = line.partition("=")
                words[name.strip()] = value.strip()
    except OSError:
        return None, None
    return words.get("Type") or None, words.get("SubType") or None


def _call(function: str, path: bytes) -> Any:
    module, _, name = function.partition(":")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "casacore":
            raise
        raise Unreadable(
            "library", "python-casacore, which reads this, is not there for this machine"
        ) from error
    return getattr(found, name)(path)
