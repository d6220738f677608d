"""A few small videos, made once, for tests that need a directory to scan."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.make_video import make_video

#: Long before any test: a file that has just changed may still be growing, and waits.
LONG_AGO = 1_500_000_000

NAMES = ("beach.mp4", "harbour at dawn.mp4", "trip/mountain.mp4")


def make_media(directory: Path) -> Path:
    """Videos that differ from each other, below ``directory``."""
    for number, name in enumerate(NAMES):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        make_video(path, frames=5 + number)
    settle(directory)
    return directory


def copy_media(media: Path, to: Path) -> Path:
    """A directory of its own for a test."""
    shutil.copytree(media, to)
    return to


def settle(directory: Path) -> None:
    """The files below have not changed for long."""
    for path in directory.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
