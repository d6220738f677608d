"""What the catalog says of itself: right after whatever was done, at a cost that does not grow."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from mustela.app import branches
from mustela.files.file_stats import FileStats
from mustela.files.file_sums import FileSum
from mustela.files.schema import files_metadata
from mustela.store import Statement, Store, migrate
from mustela.store.ddl import ddl_statements
from mustela.store.errors import AlreadyExists
from mustela.store.listing import COUNT_LIMIT
from mustela.store.schema import store_metadata
from mustela.store.sqlite.dialect import DIALECT
from mustela.store.testing import Harness
from mustela.video.collection import VIDEO
from mustela.video.record import Video
from mustela.video.repository import STATISTICS, VideoRepository
from mustela.video.schema import sums, video_metadata

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def sum_of(missing: bool, *sizes: int) -> FileSum:
    return FileSum(missing, len(sizes), sum(sizes))


async def figures(videos: Any) -> FileStats:
    found: FileStats = await videos.stats()
    return found


async def test_an_empty_catalog_has_sums_too(videos: Any) -> None:
    assert await figures(videos) == (sum_of(False), sum_of(True), 0, 0, None)


async def test_the_sums_follow_every_kind_of_change(videos: Any) -> None:
    await videos.add(Video(id="a", path="/a.mp4", file_size=100))
    await videos.add_many(
        [Video(id=f"v{n}", path=f"/v{n}.mp4", file_size=n) for n in (1, 2, 3)]
        + [Video(id="unknown", path="/unknown.mp4"), Video(id="b", path="/b.mp4", file_size=20)]
    )
    await videos.observe("a", missing_since=LONG_AGO)
    await videos.observe("v1", file_size=1000, missing_since=LONG_AGO)
    await videos.observe("v2", file_size=None)
    found = await figures(videos)
    assert found.present == sum_of(False, 0, 3, 0, 20)
    assert found.missing == sum_of(True, 100, 1000)
    await videos.observe("a", missing_since=None)
    await videos.update("v3", rating=5)
    await videos.delete("b")
    await videos.delete("v1")
    found = await figures(videos)
    assert (found.present, found.missing) == (sum_of(False, 100, 0, 3, 0), sum_of(True))
    (entry,) = await videos.history("v1", 1)
    await videos.revert(entry.id)
    assert (await figures(videos)).missing == sum_of(True, 1000)


async def test_a_change_that_fails_changes_no_sum(videos: Any) -> None:
    await videos.add(Video(id="a", path="/a.mp4", file_size=100))
    with pytest.raises(AlreadyExists):
        await videos.add_many(
            [Video(id="b", path="/b.mp4", file_size=7), Video(id="a", path="/c.mp4")]
        )
    assert (await figures(videos)).present == sum_of(False, 100)


async def test_sums_that_are_folded_stay_the_same(videos: Any, video_harness: Harness) -> None:
    """On PostgreSQL each change adds a row, and about every 256th folds them."""
    chosen = random.Random(3)
    sizes = [chosen.randrange(10**12) for _ in range(600)]
    await videos.add_many(
        [Video(id=f"v{n}", path=f"/{n}.mp4", file_size=size) for n, size in enumerate(sizes)]
    )
    assert (await figures(videos)).present == sum_of(False, *sizes)


async def test_what_is_recent_is_told_by_when_it_was_added(videos: Any) -> None:
    now = datetime.now(UTC)
    for id, age in (("hour", 1), ("day", 25), ("days", 6 * 24), ("week", 8 * 24)):
        added = now - timedelta(hours=age)
        await videos.add(Video(id=id, path=f"/{id}.mp4", created_at=added))
    found = await figures(videos)
    assert (found.last_day, found.last_week) == (1, 3)
    assert found.newest is not None
    assert found.newest[:2] == ("hour", "hour.mp4")


@pytest.mark.parametrize(
    ("statement", "plan"),
    [
        (STATISTICS.recent, "SEARCH videos USING COVERING INDEX ix_videos_created_at"),
        (STATISTICS.newest, "SCAN videos USING INDEX ix_videos_created_at"),
        (sums.read, "SCAN video_sums"),
    ],
)
def test_no_figure_costs_more_in_a_larger_catalog(statement: Statement, plan: str) -> None:
    """A search of an index up to a limit, its first row, or the few rows of the sums."""
    connection = apsw.Connection(":memory:")
    for create in ddl_statements((store_metadata, files_metadata, video_metadata), "sqlite"):
        connection.execute(create)
    text, values = statement.compiled(DIALECT)
    bound = {**values, "since": 1, "most": 1}
    found = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", bound)]
    assert any(line.startswith(plan) for line in found), found
    assert not any("B-TREE" in line for line in found), found
    others = [line for line in found if line.startswith("SCAN") and not line.startswith(plan)]
    assert all("subquery" in line or "anon" in line for line in others), found
    if statement is STATISTICS.newest:
        assert text.rstrip().split("LIMIT")[1].strip().startswith((":", "1", "?"))


def test_what_is_recent_is_counted_to_a_limit() -> None:
    with Store.memory(files_metadata, video_metadata) as store:
        videos = VideoRepository(store)
        videos.add_many([Video(path=f"/{n}.mp4") for n in range(COUNT_LIMIT + 20)])
        found = videos.stats()
    assert (found.last_day, found.last_week) == (COUNT_LIMIT + 1, COUNT_LIMIT + 1)
    assert found.present.files == COUNT_LIMIT + 20


def test_a_database_from_before_the_sums_gets_them_for_its_rows(tmp_path: Path) -> None:
    path, ours = tmp_path / "a.db", branches([VIDEO])
    migrate.upgrade(path, ours)
    with Store.open(path) as store:
        videos = VideoRepository(store)
        videos.add_many([Video(id=f"v{n}", path=f"/{n}.mp4", file_size=n) for n in range(10)])
        videos.observe("v7", missing_since=LONG_AGO)
        before = videos.stats()
    migrate.downgrade(path, ours, "video@video_0001")
    migrate.upgrade(path, ours)
    with Store.open(path) as store:
        after = VideoRepository(store).stats()
        assert after.present == before.present == sum_of(False, 0, 1, 2, 3, 4, 5, 6, 8, 9)
        assert after.missing == sum_of(True, 7)
        VideoRepository(store).delete("v9")
        assert VideoRepository(store).stats().present.files == 8
