"""Rasters of Measurement Sets, written to files; called in child processes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from mustela.files.whole_file import write_whole
from mustela.radio.visibilities.raster_picture import raster


def make_raster(path: bytes, asked: dict[str, Any], target: bytes) -> None:
    """Write the ``RasterPicture`` in msgpack; ``asked`` are the arguments of ``raster``."""
    made = msgspec.msgpack.encode(raster(path, **asked))
    write_whole(Path(os.fsdecode(target)), made)
