"""A cone of one degree among a million sources, against a scan of all of them.

The scan reads the same columns on the same condition, and is spared what our condition pays for:
its values are bound as numbers, and nothing is sorted.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import bindparam, func, select

from benchmarks.figure import Outcome, compared
from benchmarks.options import Options
from benchmarks.sample_radio import sources_database
from mustela.radio.schema import sources
from mustela.radio.sources.record import Source
from mustela.radio.sources.repository import AsyncSourceRepository
from mustela.radio.sources.stale import IS_STALE
from mustela.store import REAL, AsyncStore, Statement, Unit, heavy_read, rows

SOURCES = 1_000_000
RADIUS_DEG = 1.0
#: Our cones of a round; one alone would be too short to measure.
_CONES = 20

_ra, _dec = bindparam("ra", type_=REAL), bindparam("dec", type_=REAL)
_across = func.sin(func.radians(sources.c.ra_deg - _ra) / 2)
_along = func.sin(func.radians(sources.c.dec_deg - _dec) / 2)
_cosines = func.cos(func.radians(sources.c.dec_deg)) * func.cos(func.radians(_dec))
_SCAN = Statement(
    select(*(IS_STALE if name == "stale" else sources.c[name] for name in Source.fields)).where(
        _along * _along + _cosines * _across * _across <= bindparam("reach")
    )
)


class Scanned(AsyncSourceRepository):
    """Sources with a cone that knows no index."""

    @heavy_read
    def scan(self, ra: float, dec: float, radius: float) -> Unit[list[Source]]:
        reach = math.sin(math.radians(radius) / 2) ** 2
        return Source.from_rows((yield from rows(_SCAN, ra=ra, dec=dec, reach=reach)))


def measure(options: Options) -> Iterator[Outcome]:
    made = sources_database(options.directory, SOURCES)
    ours, peer = asyncio.run(_measure(made, 3 if options.quick else 9))
    yield compared(
        f"a cone of 1° among {SOURCES:,} sources",
        [1 / seconds for seconds in ours],
        [1 / seconds for seconds in peer],
        "/s",
        target=100,
        peer_name="a scan of the table, same condition",
    )


async def _measure(made: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds for one cone, by round."""
    rng = random.Random(7)
    ours, peer = [], []
    async with AsyncStore.open(made) as store:
        catalog = Scanned(store)
        for _ in range(rounds):
            places = [
                (rng.uniform(0, 360), math.degrees(math.asin(rng.uniform(-1, 1))))
                for _ in range(_CONES)
            ]
            start = time.perf_counter()
            found = [
                await catalog.list_sources(10_000, near=(*place, RADIUS_DEG)) for place in places
            ]
            ours.append((time.perf_counter() - start) / _CONES)
            start = time.perf_counter()
            scanned = await catalog.scan(*places[0], RADIUS_DEG)
            peer.append(time.perf_counter() - start)
            if {one.id for one in found[0]} != {one.id for one in scanned}:
                raise RuntimeError(f"the cone at {places[0]} and the scan disagree")
    return ours, peer
