"""Examining FITS images with two child processes, against one."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.figure import Outcome, Skipped, compared
from benchmarks.options import Options
from mustela.files.children import Children
from mustela.radio.imaging.facts import ImageFacts

FILES = 400


def measure(options: Options) -> Iterator[Outcome]:
    if find_spec("astropy") is None:
        yield Skipped("ingest", "astropy is not installed (pip install mustela[radio])")
        return
    # Not there where only the tools of the tests are installed.
    from benchmarks.sample_fits import make_images  # noqa: PLC0415

    files = make_images(options.directory / "fits", 100 if options.quick else FILES)
    ours, peer = asyncio.run(_measure(files, 2 if options.quick else 7))
    yield compared(
        f"examining {len(files)} FITS images with two children, files a second",
        [len(files) / seconds for seconds in ours],
        [len(files) / seconds for seconds in peer],
        "/s",
        target=1.5,
        peer_name="with one",
    )


async def _measure(files: list[Path], rounds: int) -> tuple[list[float], list[float]]:
    """Seconds for all files, by round; each round with each number of children."""
    ours: list[float] = []
    peer: list[float] = []
    async with Children(size=2) as two, Children(size=1) as one:
        for number in range(rounds + 1):
            for children, seconds in ((two, ours), (one, peer)):
                start = time.perf_counter()
                await asyncio.gather(*(_examine(children, path) for path in files))
                if number:  # the first starts the processes and loads their libraries
                    seconds.append(time.perf_counter() - start)
    return ours, peer


async def _examine(children: Children, path: Path) -> None:
    found = await children.run(
        "mustela.radio.imaging.examine:examine", os.fsencode(path), result=ImageFacts
    )
    if not isinstance(found, ImageFacts):
        raise TypeError(f"{path}: {found}")
