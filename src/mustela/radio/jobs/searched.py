"""What a search of an image answers. Free of astropy, for who only reads the answers."""

from __future__ import annotations

from typing import Literal

import msgspec

from mustela.radio.finding.detection import Detection


class Searched(msgspec.Struct, frozen=True):
    """``how`` they were got; ``catalogue`` is the name of the file that they stand in, and
    ``problems`` what of it could not be taken. ``plane`` was searched, where there are others."""

    how: Literal["catalogue", "find"]
    detections: tuple[Detection, ...]
    catalogue: str | None = None
    problems: tuple[str, ...] = ()
    plane: str | None = None
