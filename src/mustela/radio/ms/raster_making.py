"""Rasters of Measurement Sets, written to files; called in child processes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from mustela.radio.visibilities.raster_picture import raster


def make_raster(path: bytes, asked: dict[str, Any], target: bytes) -> None:
    """Write the ``RasterPicture`` in msgpack; ``asked`` are the arguments of ``raster``."""
    made = msgspec.msgpack.encode(raster(path, **asked))
    place = Path(os.fsdecode(target))
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(made)
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)
