"""Two stores on one database, as of two processes: one sums what the other makes stale."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from mustela.radio.images.repository import AsyncImageRepository, ImageRepository
from mustela.radio.schema import images, measurements, source_statistics, sources
from mustela.radio.sources import stale
from mustela.radio.sources.repository import AsyncSourceRepository, SourceRepository
from mustela.radio.sources.stale import IS_STALE
from mustela.store import AsyncRepository, Statement, SyncRepository, Unit, read, rows
from mustela.store.errors import Conflict
from mustela.store.testing import harness_url, open_harness
from tests.radio.fix_radio import METADATA
from tests.radio.sources.made import image, measurement, source

SOURCES = [f"s{n}" for n in range(4)]
IMAGES = [f"i{n}" for n in range(5)]

m, s, t = measurements.c, sources.c, source_statistics.c
_counting = (
    select(func.count(m.image.distinct()))
    .select_from(measurements.join(images, images.c.seq == m.image))
    .where(m.source == s.seq, images.c.counts == 1)
)
_SHOWN = Statement(
    select(
        s.id,
        IS_STALE,
        s.n_measurements,
        select(func.count()).where(m.source == s.seq).scalar_subquery(),
        func.coalesce(s.n_epochs, 0),
        _counting.scalar_subquery(),
        select(func.count()).where(m.source == s.seq, m.counts == 1).scalar_subquery(),
        select(func.coalesce(func.sum(t.n_epochs), 0)).where(t.source == s.seq).scalar_subquery(),
    )
)


class Looking:
    """Figures of sources, and the same from their measurements, in one snapshot."""

    @read
    def shown(self) -> Unit[list[Any]]:
        return (yield from rows(_SHOWN))


class SyncLooking(Looking, SyncRepository):
    """Sync."""


class AsyncLooking(Looking, AsyncRepository):
    """Async."""


def check(found: list[Any]) -> int:
    """What says nothing else is right; answers how many are stale."""
    for id, waits, shown, there, *epochs in found:
        if not waits:
            assert shown == there, id
            assert len(set(map(int, epochs))) == 1, (id, epochs)
    return sum(row[1] for row in found)


async def insisting(operation: Any, *arguments: Any, **named: Any) -> Any:
    """Again where others were faster too often."""
    while True:
        try:
            return await operation(*arguments, **named)
        except Conflict as conflict:
            if "gave up" not in str(conflict):
                raise


@pytest.mark.unmeasured
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize("most", [0, 3])
async def test_no_wrong_sum_is_served_as_right_while_two_write_and_one_sums(
    engine: Any,
    most: int,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stale, "SUMMED_AT_ONCE", most)
    server_url = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    url = harness_url(engine, tmp_path, server_url)
    options = {} if engine == "postgresql" else {"synchronous": "OFF"}
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(open_harness(engine, "async", url, METADATA, **options))
            for _ in range(2)
        ]
        images = [one.bind(ImageRepository, AsyncImageRepository) for one in opened]
        sums = [one.bind(SourceRepository, AsyncSourceRepository) for one in opened]
        looking = opened[1].bind(SyncLooking, AsyncLooking)
        await sums[0].add_many([source(id) for id in SOURCES])
        for n, id in enumerate(IMAGES):
            await images[0].add(image(id, 59000.0 + n))
            new = [measurement(0.01 * (n + k + 1)) for k in range(len(SOURCES))]
            await sums[0].add_measurements(id, new, source_ids=SOURCES)

        async def change(side: int, its: list[str], seed: int) -> None:
            chance = random.Random(seed)
            for n in range(15):
                id = chance.choice(its)
                match chance.randrange(4):
                    case 0:
                        grade = chance.choice([None, "fail"])
                        await insisting(images[side].update, id, grade_given=grade)
                    case 1:
                        await insisting(images[side].delete, id)
                        entry = (await images[side].history(id))[0].id
                        await insisting(images[side].revert, entry)
                    case 2:
                        of = chance.choice(SOURCES[2 * side : 2 * side + 2])
                        new = [measurement(0.001 * (n + 1), kind="forced")]
                        await insisting(sums[side].delete_measurements, id, ["forced"])
                        await insisting(sums[side].add_measurements, id, new, source_ids=[of])
                    case _:
                        of = chance.choice(SOURCES[2 * side : 2 * side + 2])
                        await insisting(sums[side].delete, of)
                        entry = (await sums[side].history(of))[0].id
                        await insisting(sums[side].revert, entry)

        async def keep_on(step: Any) -> None:
            while True:
                await insisting(step)
                await asyncio.sleep(0)

        async def look() -> None:
            check(await looking.shown())

        steady = [asyncio.create_task(keep_on(step)) for step in (look, sums[0].refresh_some)]
        try:
            await asyncio.gather(change(0, IMAGES[:3], 1), change(1, IMAGES[3:], 2))
        finally:
            for task in steady:
                task.cancel()
            told = await asyncio.gather(*steady, return_exceptions=True)
        assert [type(one) for one in told] == [asyncio.CancelledError] * 2, told
        await sums[0].refresh()
        assert check(await looking.shown()) == 0
