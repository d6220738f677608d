"""Lists of videos are put together from records that are kept: whatever writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import bindparam, select, text

from mustela.app import branches
from mustela.files.root import AsyncRootRepository, RootRepository
from mustela.files.root_directory import RootDirectory
from mustela.files.scan_target import Found, Move, Observed
from mustela.store import Statement, Store, SyncRepository, Unit, migrate, read, rows
from mustela.store.ddl import ddl_statements
from mustela.store.migrations import connections
from mustela.store.testing import Harness
from mustela.video.collection import VIDEO
from mustela.video.probed import Probe
from mustela.video.record import Video
from mustela.video.repository import VideoRepository
from mustela.video.schema import video_metadata
from mustela.video.schema import videos as table


def probe(fingerprint: str = "f", **fields: Any) -> Probe:
    return Probe(container="mp4", file_size=10, fingerprint=fingerprint, **fields)


def found(path: str, fingerprint: str = "f") -> Found:
    return Found(path, 10, 20, probe(fingerprint))


async def listed(videos: Any) -> dict[str, dict[str, Any]]:
    """What a list says of each file below a root, once it is kept; it is what the rows say."""
    await videos.encoded_page(100)
    await videos.list_videos(100)
    encoded, true = await videos.encoded_page(100), await videos.list_videos(1000)
    assert await videos.list_videos(100) == (await videos.page(100)).items == true
    items = msgspec.json.decode(encoded.items)
    said = msgspec.json.encode([video.to_public() for video in true])
    assert items == msgspec.json.decode(said)
    return {item["path"].rpartition("/")[2]: item for item in items}


async def test_a_list_follows_what_scans_and_people_and_pictures_write(
    video_harness: Harness, videos: Any
) -> None:
    roots = video_harness.bind(RootRepository, AsyncRootRepository)
    root = await roots.add(RootDirectory("/films", "here"), collections=["video"])
    await videos.store_found(root.id, [found("one"), found("two", "g")], "job-1")
    one, two = (await listed(videos))["one"]["id"], (await listed(videos))["two"]["id"]

    await videos.observe_files(root.id, [Observed(one, "one", 11, 21, probe(width=64))])
    assert (await listed(videos))["one"]["width"] == 64
    await videos.mark_missing([one, two], 1_700_000_000_000_000)
    assert (await listed(videos))["two"]["missing_since"] == "2023-11-14T22:13:20Z"
    await videos.mark_returned([two])
    assert (await listed(videos))["two"]["missing_since"] is None
    await videos.relocate([Move(two, root.id, "three", 10, 20)], None)
    assert (await listed(videos))["three"]["id"] == two
    await videos.set_thumbnails([(one, "key one"), (two, "key two")])
    assert (await listed(videos))["three"]["thumbnail_path"] == "key two"

    edited = await videos.edit_many([one, two], tags_add=["red"], rating=4)
    assert (await listed(videos))["one"]["tags"] == ["red"]
    await videos.revert(edited.change_id)
    assert (await listed(videos))["one"]["rating"] is None
    await videos.update(one, note="mine", recorded_at=datetime(2024, 1, 1, tzinfo=UTC))
    assert (await listed(videos))["one"]["note"] == "mine"
    await videos.delete(one)
    assert (await listed(videos)).keys() == {"three"}
    await videos.revert((await videos.history(one, 1))[0].change_id)
    assert (await listed(videos))["one"]["note"] == "mine"
    await videos.leave_root(root.id)
    assert await listed(videos) == {}


async def test_a_list_says_where_a_root_is_now(video_harness: Harness, videos: Any) -> None:
    roots = video_harness.bind(RootRepository, AsyncRootRepository)
    root = await roots.add(RootDirectory("/films", "here"), collections=["video"])
    await videos.store_found(root.id, [found("one")], None)
    await videos.add(Video(path="/elsewhere/two"))
    for place in ("/films", "/volumes/films", "/films"):
        await roots.relocate(root.id, RootDirectory(place, "here"))
        items = await listed(videos)
        assert (items["one"]["path"], items["two"]["path"]) == (f"{place}/one", "/elsewhere/two")


async def test_a_root_that_moves_and_moves_back_within_a_transaction(
    video_harness: Harness, videos: Any
) -> None:
    roots = video_harness.bind(RootRepository, AsyncRootRepository)
    root = await roots.add(RootDirectory("/films", "here"), collections=["video"])
    await videos.store_found(root.id, [found("one")], None)
    async with video_harness.transaction() as tx:
        inside = video_harness.bind(RootRepository, AsyncRootRepository, tx)
        repository = type(videos.repository)
        seen = video_harness.bind(repository, repository, tx)
        for place in ("/a", "/b", "/a"):
            await inside.relocate(root.id, RootDirectory(place, "here"))
            assert (await listed(seen))["one"]["path"] == f"{place}/one"
    assert (await listed(videos))["one"]["path"] == "/a/one"


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_no_trigger_writes_the_rows_whose_encoded_records_are_kept(dialect: str) -> None:
    """It would leave their revision as it was."""
    statements = list(ddl_statements((video_metadata,), dialect))
    acting = [sql for sql in statements if re.match(r"CREATE (TRIGGER|FUNCTION)", sql)]
    assert acting
    for sql in acting:
        body = sql.partition("BEGIN")[2]
        assert not re.search(r"(UPDATE|INTO)\s+\"?videos\"?[\s(;]", body), sql
        assert "BEFORE" not in sql.partition("BEGIN")[0]
        assert not re.search(r"new\.\w+\s*:?=", body), sql


_REVISIONS = Statement(select(table.c.id, table.c.revision).where(table.c.id != bindparam("no")))


class Revisions(SyncRepository):
    @read
    def all(self) -> Unit[dict[str, int]]:
        return dict((yield from rows(_REVISIONS, no="")))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


def test_rows_from_before_there_were_revisions_get_the_time_of_their_last_change(url: str) -> None:
    ours = branches([VIDEO])
    migrate.upgrade(url, ours)
    with Store.open(url) as store:
        videos = VideoRepository(store)
        videos.add_many([Video(id=f"v{n}", path=f"/{n}.mp4") for n in range(100)])
        before = videos.list_videos(1000)
    migrate.downgrade(url, ours, "video@video_0002")
    engine = connections.plain_engine(url)
    with engine.begin() as connection:  # what an older version of Mustela wrote
        connection.execute(text("UPDATE videos SET rating = 3, updated_at = 7 WHERE id = 'v7'"))
    engine.dispose()
    migrate.upgrade(url, ours)
    with Store.open(url) as store:
        videos = VideoRepository(store)
        given = Revisions(store).all()
        assert given["v7"] == 7
        assert min(given.values()) > 0
        after = videos.list_videos(1000)
        assert [one.rating for one in after if one.id == "v7"] == [3]
        assert [one for one in after if one.id != "v7"] == [one for one in before if one.id != "v7"]
        for _ in range(2):
            items = msgspec.json.decode(videos.encoded_page(100).items)
            assert [item["rating"] for item in items] == [video.rating for video in after]
        assert store.kept.size > 0
