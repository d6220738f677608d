"""A tree of many small files, and the walk that nothing can be faster than."""

from __future__ import annotations

import os
from pathlib import Path

IN_A_DIRECTORY = 500


def make_tree(directory: Path, files: int) -> Path:
    """Files with a byte in them, 500 in each directory, two levels deep; kept for the next run."""
    tree = directory / f"tree-{files}"
    if not tree.exists():
        part = directory / f"tree-{files}.part"
        for number in range(files):
            group = number // IN_A_DIRECTORY
            parent = part / f"year {group // 20:03}" / f"day {group % 20:02}"
            if number % IN_A_DIRECTORY == 0:
                parent.mkdir(parents=True, exist_ok=True)
            place = parent / f"clip {number:07}.mp4"
            place.write_bytes(b"x")
            os.utime(place, ns=(10**18, 10**18))
        part.rename(tree)
    return tree


def bare_walk(directory: str) -> int:
    """``os.walk`` and ``os.stat``; how many files."""
    found = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            os.stat(f"{parent}/{name}")  # noqa: PTH116  # as bare as it gets
            found += 1
    return found
