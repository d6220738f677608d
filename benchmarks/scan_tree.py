"""How long a rescan of unchanged files takes, against a bare walk of the same tree.

``python -m benchmarks.scan_tree --files 100000`` makes a tree of small files and their records
(directly: reading files is measured elsewhere), then rescans it in a fresh process. Prints the
ratio to ``os.walk`` with ``os.stat``, the best of several runs of each in turn, and peak memory.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mustela.files.children import Children
from mustela.files.root import AsyncRootRepository
from mustela.files.root_directory import inspect
from mustela.files.scan import scan
from mustela.files.scan_target import Found
from mustela.store import AsyncStore
from tests.files.library import TABLES
from tests.files.toys import AsyncToys, ToyDetails

A_DIRECTORY = 500


def make_tree(directory: Path, files: int) -> None:
    """Files with a byte in them, ``A_DIRECTORY`` in each directory, two levels deep."""
    for number in range(files):
        group = number // A_DIRECTORY
        parent = directory / f"year {group // 20:03}" / f"day {group % 20:02}"
        if number % A_DIRECTORY == 0:
            parent.mkdir(parents=True)
        place = parent / f"clip {number:07}.toy"
        place.write_bytes(b"x")
        os.utime(place, ns=(10**18, 10**18))


def bare_walk(directory: Path) -> int:
    """What nothing can be faster than."""
    found = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            os.stat(f"{parent}/{name}")  # noqa: PTH116  # as bare as it gets
            found += 1
    return found


async def catalogue(toys: AsyncToys, root_id: str, directory: Path) -> None:
    """Records of everything, as a first scan would have made them."""
    number = 0
    for parent, _, names in os.walk(directory):
        found = []
        for name in names:
            path = f"{parent}/{name}"
            status = os.stat(path)  # noqa: PTH116  # as in bare_walk
            number += 1
            details = ToyDetails("x", f"{number:016x}")
            below = path[len(f"{directory}/") :]
            found.append(Found(below, status.st_size, status.st_mtime_ns, details))
        if found:
            await toys.store_found(root_id, found, None)


async def prepare(directory: Path, files: int) -> None:
    """The tree and its catalogue."""
    library = directory / "library"
    library.mkdir()
    make_tree(library, files)
    async with AsyncStore.open(directory / "catalog.db", create=TABLES) as store:
        root = await AsyncRootRepository(store).add(inspect(library), collections=["toys"])
        await catalogue(AsyncToys(store), root.id, library)


async def measure(directory: Path, files: int, rounds: int) -> None:
    """Rescans and bare walks in turn."""
    bare, rescan = [], []
    before = peak_megabytes(resource.RUSAGE_SELF)
    async with AsyncStore.open(directory / "catalog.db") as store, Children(size=1) as children:
        (root,) = await AsyncRootRepository(store).list_roots()
        toys = AsyncToys(store)
        for _ in range(rounds):
            start = time.perf_counter()
            assert bare_walk(directory / "library") == files
            bare.append(time.perf_counter() - start)
            start = time.perf_counter()
            result = await scan(store, children, toys, root.id)
            rescan.append(time.perf_counter() - start)
            assert result.unchanged == files, result
    print(f"{files:,} unchanged files, best of {rounds}")
    print(f"  os.walk + os.stat  {min(bare):7.3f} s")
    print(f"  rescan             {min(rescan):7.3f} s")
    print(f"  ratio              {min(rescan) / min(bare):7.2f}    (target <= 3)")
    print(
        f"  peak memory        {peak_megabytes(resource.RUSAGE_SELF):7.1f} MB"
        f" (target <= 150; before the first scan {before:.1f})"
    )
    print(f"  walking process    {peak_megabytes(resource.RUSAGE_CHILDREN):7.1f} MB at most")


def peak_megabytes(who: int) -> float:
    """The most memory that has been resident; Linux counts in KiB, macOS in bytes."""
    return resource.getrusage(who).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--prepare", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.prepare:
        asyncio.run(prepare(options.prepare, options.files))
    elif options.measure:
        asyncio.run(measure(options.measure, options.files, options.rounds))
    else:
        with tempfile.TemporaryDirectory(prefix="mustela-bench-") as directory:
            for stage in ("--prepare", "--measure"):  # processes of their own: memory is measured
                command = [sys.executable, "-m", "benchmarks.scan_tree", stage, directory]
                command += ["--files", str(options.files), "--rounds", str(options.rounds)]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
