"""Associating 5,000 detections with a million sources, against a hundred thousand.

Both catalogs cover the whole sky and are the same around the image (5,000 sources in it, nothing
else within four degrees), so that the candidates are equal and only the catalogs differ. Each round
is a new image in both; adding its detections is not counted.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec

from benchmarks.figure import Outcome, Skipped, compared
from benchmarks.options import Options
from benchmarks.sample_radio import Detections, detections, sources_database
from mustela.radio.images.repository import AsyncImageRepository
from mustela.radio.sources.associating import Associated
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.store import AsyncStore

LARGE, SMALL = 1_000_000, 100_000
_PART = 500


def measure(options: Options) -> Iterator[Outcome]:
    if find_spec("scipy") is None:
        yield Skipped("association", "scipy is not installed (pip install mustela[radio])")
        return
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        # Associations change the catalog: copies keep the databases for the next run.
        large, small = (
            shutil.copy(sources_database(options.directory, size), directory)
            for size in (LARGE, SMALL)
        )
        ours, peer = asyncio.run(_measure(large, small, 2 if options.quick else 7))
    yield compared(
        f"5,000 detections associated with {LARGE:,} sources",
        ours,
        peer,
        "s",
        target=1.5,
        at_least=False,
        peer_name=f"with {SMALL:,}",
    )


async def _measure(large: str, small: str, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds for one image, by round; a round before the first warms up."""
    ours: list[float] = []
    peer: list[float] = []
    async with AsyncStore.open(large) as one, AsyncStore.open(small) as other:
        for number in range(rounds + 1):
            found = detections(number)
            for store, seconds in ((one, ours), (other, peer)):
                await _add(store, found)
                start = time.perf_counter()
                answer = await AsyncSourceRepository(store).associate(found.image.id)
                took = time.perf_counter() - start
                if number:
                    seconds.append(took)
                _check(answer, found)
    return ours, peer


async def _add(store: AsyncStore, found: Detections) -> None:
    await AsyncImageRepository(store).add(found.image)
    for start in range(0, len(found.measurements), _PART):
        await AsyncSourceRepository(store).add_measurements(
            found.image.id, found.measurements[start : start + _PART]
        )


def _check(answer: Associated, found: Detections) -> None:
    """Nearly all detections of known sources must have found them."""
    if answer.matched < 0.9 * len(found.measurements):
        raise RuntimeError(f"only {answer.matched} of {len(found.measurements)} were matched")
