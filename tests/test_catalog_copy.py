"""A catalog of both collections moves to another engine and back, and is the same catalog."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from mustela.jobs import AsyncioJobQueue, AsyncJobRepository, JobContext
from mustela.jobs.presence import this_worker
from mustela.jobs.worker_operations import WorkerRepository
from mustela.radio.images.repository import ImageRepository
from mustela.store import AsyncStore, Store, acting_as, migrate
from mustela.store.copy import CopyRefused, compare_databases, copy_database
from mustela.store.migrations import snapshot
from mustela.store.sqlite.file import check
from mustela.store.upgrade import prepare
from mustela.video.repository import VideoRepository
from tests.filled_catalog import answers, connected, fill, is_empty, shipped, tables, video

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A catalog with rows in every table. It is read only."""
    url = f"sqlite:///{tmp_path_factory.mktemp('catalog')}/mustela.db"
    migrate.upgrade(url, shipped())
    fill(url)
    with connected(url) as connection:
        assert [t.name for t in tables(shipped()) if is_empty(connection, t)] == []
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def copied(request: pytest.FixtureRequest, catalog: str, tmp_path: Path) -> str:
    """A copy of it on each engine."""
    target = f"sqlite:///{tmp_path}/copy.db"
    if request.param == "postgresql":
        target = request.getfixturevalue("postgres_url")
    done = copy_database(catalog, target, shipped())
    assert min(done.tables.values()) > 0
    assert done.left_behind == ()
    return target


def rows(url: str) -> snapshot.Rows:
    with connected(url) as connection:
        return snapshot.rows(connection)


def test_from_sqlite_to_postgresql_and_back_it_is_the_original_row_by_row(
    catalog: str, postgres_url: str, tmp_path: Path
) -> None:
    back = f"sqlite:///{tmp_path}/back.db"
    there = copy_database(catalog, postgres_url, shipped())
    again = copy_database(postgres_url, back, shipped())
    assert again.tables == there.tables == compare_databases(catalog, back, shipped())
    assert rows(back) == {**rows(catalog), "job_workers": []}
    assert answers(back) == answers(catalog)
    assert check(back.removeprefix("sqlite:///")).problems == ()


@pytest.mark.postgres
def test_a_target_that_a_living_worker_uses_is_refused(catalog: str, postgres_url: str) -> None:
    migrate.upgrade(postgres_url, shipped())
    with Store.open(postgres_url) as store:
        WorkerRepository(store).join(this_worker("somebody", (), 1), 30.0)
    with pytest.raises(CopyRefused, match="rows in job_workers"):
        copy_database(catalog, postgres_url, shipped())


def test_the_copy_answers_what_the_catalog_does(catalog: str, copied: str) -> None:
    assert answers(copied) == answers(catalog)


def test_the_copy_takes_changes_and_their_undoing(copied: str) -> None:
    with Store.open(copied) as store, acting_as("ben"):
        videos = VideoRepository(store)
        before = videos.history("v1")
        change = next(entry for entry in before if "note" in (entry.after or {}))
        videos.revert(change.id)
        undone = videos.get("v1")
        assert undone is not None
        assert undone.note == "the yellow one"
        newest = videos.history("v1")[0]
        assert newest.id > max(entry.id for entry in before)
        deletion = next(entry for entry in videos.history("v2") if entry.action == "delete")
        videos.revert(deletion.id)
        assert videos.get("v2") is not None
        counted, size = videos.count(), videos.stats()
        videos.add(video(90, tags=("brand new",)))
        assert videos.count() == counted + 1
        assert videos.stats() != size
        assert [one.id for one in videos.list_videos(tag="brand new")] == ["v90"]
        assert [one.id for one in videos.search("tram 90")] == ["v90"]
        images = ImageRepository(store)
        assert images.delete("i1")
        assert [one.id for one in images.inputs("i0")] == ["i2"]


def test_a_server_starts_on_the_copy_and_finds_nothing_to_do(copied: str, tmp_path: Path) -> None:
    done = prepare(copied, shipped(), tmp_path / "data")
    done.lock.release()
    assert (done.created, done.upgraded) == (False, False)


async def test_jobs_that_ran_in_the_catalog_are_settled_where_the_copy_is_first_served(
    copied: str, tmp_path: Path
) -> None:
    """Nobody who runs them is there: what may run again does, once, and what may not has failed."""
    ran: list[str] = []

    async def handle(job: JobContext) -> None:
        ran.append(job.id)

    async with AsyncStore.open(copied) as store:
        queue = AsyncioJobQueue(store, data_dir=tmp_path / "data", drain=1.0)
        queue.register_handler("toy.scan", handle, repeatable=True, retries=2)
        async with queue.running():
            for id in ("running", "repeatable", "waiting"):
                assert (await queue.wait(id, 20.0)).ended
        jobs = AsyncJobRepository(store)
        failed, again, done = [await jobs.get(id) for id in ("running", "repeatable", "done")]
    assert sorted(ran) == ["repeatable", "waiting"]
    assert failed is not None
    assert again is not None
    assert done is not None
    assert (failed.status, failed.error and failed.error.code) == ("failed", "worker_died")
    assert (again.status, again.attempt) == ("completed", 2)
    assert (done.status, done.attempt) == ("completed", 1)


def test_the_sums_of_postgresql_s_shards_become_one_row_again(
    catalog: str, postgres_url: str, tmp_path: Path
) -> None:
    copy_database(catalog, postgres_url, shipped())
    with Store.open(postgres_url) as store:
        videos = VideoRepository(store)
        for n in range(40, 60):
            videos.add(video(n))
        said = videos.stats()
    with connected(postgres_url) as connection:
        spread = connection.scalar(text("SELECT count(*) FROM video_sums"))
    back = f"sqlite:///{tmp_path}/back.db"
    copy_database(postgres_url, back, shipped())
    with connected(back) as connection:
        assert connection.scalar(text("SELECT count(*) FROM video_sums")) < spread
        assert not connection.scalar(text("SELECT count(*) FROM topics WHERE shard <> 0"))
    with Store.open(back) as store:
        assert VideoRepository(store).stats() == said
        assert len(VideoRepository(store).list_videos(limit=1000)) == said.present.files
