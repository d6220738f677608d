"""Examining a product for a scan: in a child process, and only there."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from mustela.files.directory_product import fingerprint_at
from mustela.files.examination import NotAnItem
from mustela.radio.imaging.facts import ImageFacts, NotAnImage
from mustela.radio.visibilities.examine import examine as examine_product
from mustela.radio.visibilities.products import CASACORE_TABLE


def examine(path: bytes) -> Any:
    """Facts of an image, a Measurement Set or a calibration table, whatever it is stored as.

    ``NotAnItem`` for a sound file of another kind. ``Unreadable`` where nothing can be read.
    """
    found = examine_product(path)
    if isinstance(found, NotAnImage):
        return NotAnItem(found.reason)
    if isinstance(found, ImageFacts) and os.path.isdir(path):  # noqa: PTH112  # bytes
        # The one that recognises moved directories, whatever they hold.
        return msgspec.structs.replace(found, fingerprint=fingerprint_at(path, CASACORE_TABLE))
    return found
