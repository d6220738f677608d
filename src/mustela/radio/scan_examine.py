"""Examining a product for a scan: in a child process, and only there."""

from __future__ import annotations

from typing import Any

from mustela.files.examination import NotAnItem
from mustela.radio.imaging.facts import NotAnImage
from mustela.radio.visibilities.examine import examine as examine_product


def examine(path: bytes) -> Any:
    """Facts of an image, a Measurement Set or a calibration table, whatever it is stored as.

    ``NotAnItem`` for a sound file of another kind. ``Unreadable`` where nothing can be read.
    """
    found = examine_product(path)
    if isinstance(found, NotAnImage):
        return NotAnItem(found.reason)
    return found
