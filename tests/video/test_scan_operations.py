"""What a scan writes, on every engine: in batches, never what people say, safe to repeat."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mustela.files.errors import ScanFailed
from mustela.files.root import AsyncRootRepository, RootRepository
from mustela.files.root_directory import RootDirectory
from mustela.files.scan_target import Found, Move, Observed
from mustela.store.testing import Harness
from mustela.video.probed import Probe
from mustela.video.record import Video
from mustela.video.repository import AsyncVideoRepository, VideoRepository

HOUR = 3_600_000_000


def probe(fingerprint: str, **fields: Any) -> Probe:
    return Probe(container="mp4", fingerprint=fingerprint, file_size=1, **fields)


def found(path: str, fingerprint: str = "f", **fields: Any) -> Found:
    return Found(path, 10, 20, probe(fingerprint, **fields))


@pytest.fixture
async def root(video_harness: Harness) -> str:
    roots = video_harness.bind(RootRepository, AsyncRootRepository)
    added = await roots.add(RootDirectory("/films", "here"), collections=["video"])
    id: str = added.id
    return id


@pytest.fixture
def videos(video_harness: Harness) -> Any:
    return video_harness.bind(VideoRepository, AsyncVideoRepository)


async def by_path(videos: Any, path: str) -> Video:
    video = await videos.get_by_path(f"/films/{path}")
    assert isinstance(video, Video)
    return video


async def test_found_files_become_records_of_their_root(videos: Any, root: str) -> None:
    recorded = datetime(2024, 1, 1, tzinfo=UTC)
    files = [
        found("a/one.mp4", width=64, recorded_at=recorded, audio_languages=("eng",)),
        found("two.mp4", frames_exact=True),
    ]
    await videos.store_found(root, files, "job-1")
    video = await by_path(videos, "a/one.mp4")
    assert (video.filename, video.width, video.recorded_at) == ("one.mp4", 64, recorded)
    assert (video.file_size, video.mtime_ns, video.job_id) == (10, 20, "job-1")
    assert (video.root_id, video.path, video.audio_languages) == (
        root,
        "/films/a/one.mp4",
        ("eng",),
    )
    assert [video.filename for video in await videos.search("one")] == ["one.mp4"]
    assert await videos.search("films") == []


async def test_storing_the_same_files_again_changes_nothing(videos: Any, root: str) -> None:
    await videos.store_found(root, [found("one.mp4")], None)
    before = await by_path(videos, "one.mp4")
    await videos.store_found(root, [found("one.mp4")], None)
    assert await by_path(videos, "one.mp4") == before
    assert len(await videos.history(before.id)) == 1


async def test_what_is_observed_leaves_what_people_say(videos: Any, root: str) -> None:
    await videos.store_found(root, [found("one.mp4", "f1", width=64, audio_codec="aac")], None)
    video = await by_path(videos, "one.mp4")
    await videos.update(video.id, rating=5, tags=("kept",))
    await videos.set_thumbnails([(video.id, "f1/f1/f1f1-thumb.jpg")])
    changed = Observed(video.id, "one.mp4", 11, 21, probe("f2", width=128))
    await videos.observe_files(root, [changed, changed._replace(id="gone")], None)
    after = await videos.get(video.id)
    assert (after.width, after.audio_codec, after.file_size, after.mtime_ns) == (128, None, 11, 21)
    assert (after.rating, after.tags, after.thumbnail_path) == (5, ("kept",), None)
    entry = (await videos.history(video.id))[0]
    assert (entry.before["width"], entry.after["width"]) == (64, 128)
    assert "rating" not in entry.after


async def test_files_that_swapped_names_keep_their_records(videos: Any, root: str) -> None:
    await videos.store_found(root, [found("one.mp4", "f1"), found("two.mp4", "f2")], None)
    one, two = await by_path(videos, "one.mp4"), await by_path(videos, "two.mp4")
    moves = [
        Move(one.id, root, "two.mp4", 10, 20),
        Move(two.id, root, "one.mp4", 10, 20),
        Move("gone", root, "three.mp4", 10, 20),
    ]
    await videos.relocate(moves, None)
    assert (await by_path(videos, "one.mp4")).id == two.id
    assert (await by_path(videos, "two.mp4")).id == one.id
    assert [video.id for video in await videos.search("two")] == [one.id]
    assert await videos.search("moving") == []


async def test_missing_records_are_marked_once_and_return(videos: Any, root: str) -> None:
    await videos.store_found(root, [found("one.mp4", "f1"), found("two.mp4", "f2")], None)
    video = await by_path(videos, "one.mp4")
    await videos.mark_missing([video.id, "gone"], HOUR)
    await videos.mark_missing([video.id], 2 * HOUR)
    missing = await videos.get(video.id)
    assert missing.missing_since == datetime(1970, 1, 1, 1, tzinfo=UTC)
    assert await videos.missing([10, 99]) == [(video.id, "one.mp4", 10, "f1")]
    assert await videos.missing([99]) == []
    await videos.mark_returned([video.id, "gone"])
    assert (await videos.get(video.id)).missing_since is None


async def test_known_rows_come_by_path_and_in_pages(videos: Any, root: str) -> None:
    names = ["b.mp4", "a/z.mp4", "a.mp4", "B.mp4", "ä.mp4"]
    await videos.store_found(root, [found(name) for name in names], None)
    page = await videos.known(root, "", None, 3)
    assert [row[:3] for row in page] == [(name, 10, 20) for name in sorted(names)[:3]]
    rest = await videos.known(root, page[-1][0], None, 10)
    assert [row[0] for row in rest] == sorted(names)[3:]
    upto = await videos.known(root, "", "a/z.mp4", 10)
    assert [row[0] for row in upto] == ["B.mp4", "a.mp4", "a/z.mp4"]
    assert await videos.known("other", "", None, 10) == []


async def test_videos_without_thumbnails_are_found_newest_first(videos: Any, root: str) -> None:
    await videos.store_found(root, [found(f"{n}.mp4", f"f{n}") for n in range(3)], None)
    await videos.add(Video(id="elsewhere", path="/outside.mp4"))
    gone = await by_path(videos, "2.mp4")
    await videos.mark_missing([gone.id], HOUR)
    assert await videos.count_without_thumbnail() == 2
    first = await videos.without_thumbnail(None, 1)
    assert first[0][1].filename == "1.mp4"
    second = await videos.without_thumbnail(first[0][0], 5)
    assert [video.filename for _, video in second] == ["0.mp4"]
    await videos.set_thumbnails([(video.id, "key") for _, video in first + second])
    assert await videos.count_without_thumbnail() == 0


async def test_a_root_that_leaves_takes_its_videos_and_can_come_back(
    videos: Any, root: str
) -> None:
    await videos.store_found(root, [found("one.mp4", "f1"), found("two.mp4", "f2")], None)
    await videos.add(Video(id="elsewhere", path="/outside.mp4"))
    one = await by_path(videos, "one.mp4")
    assert await videos.leave_root(root) == 2
    assert [video.id for video in await videos.list_videos()] == ["elsewhere"]
    await videos.revert((await videos.history(one.id))[0].change_id)
    assert await videos.get(one.id) == one
    assert await videos.count() == 3


async def test_nothing_is_written_below_a_root_that_was_removed(
    video_harness: Harness, videos: Any, root: str
) -> None:
    await videos.store_found(root, [found("stays.mp4")])
    roots = video_harness.bind(RootRepository, AsyncRootRepository)
    other = (await roots.add(RootDirectory("/other", "there"), collections=["video"])).id
    await roots.remove(other)
    kept = await by_path(videos, "stays.mp4")
    with pytest.raises(ScanFailed, match="removed"):
        await videos.store_found(other, [found("new.mp4")])
    with pytest.raises(ScanFailed, match="removed"):
        await videos.relocate([Move(kept.id, other, "moved.mp4", 10, 20)])
    assert await videos.list_videos() == [kept]


async def test_times_beyond_64_bits_of_nanoseconds_can_be_filtered_by(
    videos: Any, root: str
) -> None:
    await videos.store_found(root, [found("one.mp4")])
    for year, after, before in ((1, 1, 0), (9999, 0, 1)):
        time = datetime(year, 6, 1, tzinfo=UTC)
        assert await videos.count(modified_after=time) == after
        assert await videos.count(modified_before=time) == before


async def test_records_of_other_roots_are_found_by_size(
    video_harness: Harness, videos: Any, root: str
) -> None:
    roots = video_harness.bind(RootRepository, AsyncRootRepository)
    other = (await roots.add(RootDirectory("/other", "there"), collections=["video"])).id
    await videos.store_found(root, [found("a.mp4"), found("b.mp4"), found("gone.mp4")])
    a, b, gone = [await by_path(videos, name) for name in ("a.mp4", "b.mp4", "gone.mp4")]
    await videos.mark_missing([gone.id], HOUR)
    await videos.add(Video(path="/nowhere.mp4", file_size=10))
    assert await videos.elsewhere(other, [9, 10], 5) == [
        (b.id, root, "b.mp4"),
        (a.id, root, "a.mp4"),
    ]
    assert await videos.elsewhere(other, [10], 1) == [(b.id, root, "b.mp4")]
    assert await videos.elsewhere(root, [10], 5) == []
