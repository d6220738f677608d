"""What the video repository promises, on every engine, sync and async."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from mustela.store.errors import AlreadyExists, InvalidValue, NotFound
from mustela.store.listing import Cursor
from mustela.video.record import Video

CLIP = Video(
    id="clip",
    path="/films/Lisbon/tram 28.mp4",
    duration_frames=250,
    frames_exact=True,
    frame_rate_numerator=30000,
    frame_rate_denominator=1001,
    width=1920,
    height=1080,
    video_codec="h264",
    audio_codec="aac",
    audio_languages=("por", "eng"),
    file_size=1_000_000,
    duration_seconds=8.34,
    recorded_at=datetime(2024, 7, 1, 12, tzinfo=UTC),
    modified_at=datetime(2024, 7, 2, 12, 0, 0, 5, tzinfo=UTC),
    tags=("holiday", "tram"),
    rating=4,
    note="the yellow one",
)


async def test_a_video_is_read_back_as_it_was_added(videos: Any) -> None:
    added = await videos.add(CLIP)
    assert await videos.get("clip") == added
    assert added.filename == "tram 28.mp4"
    assert added.created_at is not None
    assert added.created_at == added.updated_at
    kept = set(Video.fields) - {"filename", "created_at", "updated_at", "mtime_ns"}
    assert {name: getattr(added, name) for name in kept} == {
        name: getattr(CLIP, name) for name in kept
    }
    assert await videos.get_by_path(CLIP.path) == added
    assert await videos.get_by_path("/films/Lisbon") is None
    assert await videos.count() == 1


async def test_a_video_without_an_id_gets_one(videos: Any) -> None:
    added = await videos.add(Video(path="/a.mp4"))
    assert len(added.id) == 36
    assert await videos.get(added.id) == added


@pytest.mark.parametrize("id", ["search", "a/b", ".hidden", "x" * 129, "ä"])
async def test_an_id_that_cannot_stand_in_a_url_is_refused(videos: Any, id: str) -> None:
    with pytest.raises(InvalidValue):
        await videos.add(Video(id=id, path="/a.mp4"))


async def test_a_taken_id_or_path_is_refused(videos: Any) -> None:
    await videos.add(CLIP)
    for twin in (CLIP.replace(path="/other.mp4"), CLIP.replace(id="other")):
        with pytest.raises(AlreadyExists):
            await videos.add(twin)
    with pytest.raises(AlreadyExists):
        await videos.add_many([Video(id="new", path="/new.mp4"), CLIP])
    assert [video.id for video in await videos.list_videos()] == ["clip"]


async def test_an_update_writes_the_named_fields_and_keeps_its_place(videos: Any) -> None:
    before = await videos.add(CLIP)
    after = await videos.update("clip", rating=5, tags=(" night ", "tram", "night"), note=None)
    assert (after.rating, after.tags, after.note) == (5, ("night", "tram"), None)
    assert after.width == before.width
    assert after.created_at == before.created_at
    with pytest.raises(NotFound):
        await videos.update("nobody", rating=1)


async def test_a_path_that_is_taken_changes_nothing(videos: Any) -> None:
    await videos.add_many([CLIP, Video(id="b", path="/b.mp4")])
    with pytest.raises(AlreadyExists):
        await videos.update("b", path=CLIP.path, rating=2)
    assert (await videos.get("b")).rating is None
    moved = await videos.update("b", path="/c/renamed.mp4")
    assert (moved.path, moved.filename) == ("/c/renamed.mp4", "renamed.mp4")
    assert [video.id for video in await videos.search("renamed")] == ["b"]
    assert await videos.search("b.mp4") == []


@pytest.mark.parametrize(
    "fields",
    [
        {"rating": "5"},
        {"rating": 3.5},
        {"width": True},
        {"note": "a\0b"},
        {"note": "\ud800"},
        {"duration_seconds": float("nan")},
        {"nonsense": 1},
        {"id": "other"},
        {"created_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"tags": ("",)},
        {"path": "relative.mp4"},
        {"path": "/bad\\escape.mp4"},
        {"modified_at": datetime(2400, 1, 1, tzinfo=UTC)},
    ],
)
async def test_a_value_that_cannot_be_kept_is_refused(videos: Any, fields: dict[str, Any]) -> None:
    await videos.add(CLIP)
    before = await videos.get("clip")
    with pytest.raises(ValueError, match=r".+"):
        await videos.update("clip", **fields) if "id" not in fields else await videos.update(
            "clip", filename="x"
        )
    assert await videos.get("clip") == before


async def test_what_a_scan_observes_cannot_name_what_people_say(videos: Any) -> None:
    await videos.add(CLIP)
    await videos.observe("clip", width=640, height=360, audio_languages=())
    with pytest.raises(InvalidValue, match="rating"):
        await videos.observe("clip", width=1, rating=1)
    seen = await videos.get("clip")
    assert (seen.width, seen.rating, seen.audio_languages) == (640, 4, ())


async def test_a_deleted_video_comes_back_with_everything(videos: Any) -> None:
    before = await videos.add(CLIP)
    assert await videos.delete("clip") is True
    assert await videos.delete("clip") is False
    assert await videos.get("clip") is None
    assert await videos.search("tram") == []
    await videos.revert((await videos.history("clip"))[0].id)
    assert await videos.get("clip") == before
    assert await videos.list_videos(tag="tram") == [before]
    assert await videos.search("tram") == [before]


async def test_an_edit_is_undone(videos: Any) -> None:
    await videos.add(CLIP)
    await videos.update("clip", tags=("x",), rating=1)
    await videos.revert((await videos.history("clip"))[0].change_id)
    video = await videos.get("clip")
    assert (video.tags, video.rating) == (CLIP.tags, 4)
    assert [video.id for video in await videos.list_videos(tag="holiday")] == ["clip"]
    assert await videos.list_videos(tag="x") == []


async def test_pages_follow_each_other_in_every_sort(videos: Any) -> None:
    await videos.add_many(
        [
            Video(
                id=f"v{n}",
                path=f"/{n % 3}/clip {n}.mp4",
                duration_seconds=None if n % 4 == 0 else float(n % 3),
                file_size=n,
                rating=n % 6,
            )
            for n in range(11)
        ]
    )
    for sort in ("-created_at", "duration_seconds", "-duration_seconds", "rating", "filename"):
        whole = [video.id for video in await videos.list_videos(sort=sort)]
        assert len(whole) == 11
        found: list[str] = []
        page = await videos.page(limit=4, sort=sort)
        while True:
            assert page.total == 11
            found += [video.id for video in page.items]
            if page.next is None:
                break
            page = await videos.page(limit=4, sort=sort, after=page.next)
        assert found == whole
        streamed = [video.id async for video in videos.everything(sort=sort, size=3)]
        assert streamed == whole
        for offset in range(12):
            rest = await videos.list_videos(2**63 - 1, offset, sort=sort)
            assert [video.id for video in rest] == whole[offset:]
            some = await videos.page(3, offset, sort=sort)
            assert [video.id for video in some.items] == whole[offset : offset + 3]
    with pytest.raises(InvalidValue, match="cannot sort"):
        await videos.list_videos(sort="secret")


async def test_half_a_surrogate_is_refused_wherever_it_is_said(videos: Any) -> None:
    await videos.add(CLIP)
    half = "ab\ud800"
    asked: list[Callable[[], Awaitable[object]]] = [
        lambda: videos.get(half),
        lambda: videos.history(half),
        lambda: videos.list_videos(codec=half),
        lambda: videos.list_videos(tag=half),
        lambda: videos.list_videos(folder=half),
        lambda: videos.list_videos(ids=["a", half]),
        lambda: videos.page(2, sort="filename", after=Cursor(half, "a")),
        lambda: videos.delete(half),
        lambda: videos.update(CLIP.id, note=half),
        lambda: videos.update(CLIP.id, tags=[half]),
        lambda: videos.update(half, note="a note"),
        lambda: videos.add(Video(path=f"/{half}.mp4")),
    ]
    for ask in asked:
        with pytest.raises(InvalidValue, match=r"is not Unicode text \(position [23]\)"):
            await ask()
    # A word that no name can have is in no name.
    assert await videos.search(half) == []
    assert [video.id for video in await videos.list_videos()] == [CLIP.id]


async def test_filters_combine(videos: Any) -> None:
    await videos.add(CLIP)
    await videos.add(Video(id="b", path="/films/b.mkv", video_codec="vp9", height=480))
    yes: list[dict[str, Any]] = [
        {"codec": "h264"},
        {"min_height": 720},
        {"max_width": 1920},
        {"tag": "tram"},
        {"language": "por"},
        {"min_frame_rate": 29.0, "max_frame_rate": 30.0},
        {"has_audio": True},
        {"has_rating": True},
        {"recorded_before": datetime(2025, 1, 1, tzinfo=UTC)},
        {"modified_after": CLIP.modified_at, "modified_before": CLIP.modified_at},
        {"ids": ["clip", "nobody"]},
        {"query": "tram", "min_rating": 4},
        {"has_note": True, "has_hdr": False, "missing": False},
    ]
    for filters in yes:
        assert [video.id for video in await videos.list_videos(**filters)] == ["clip"], filters
        assert await videos.count(**filters) == 1
        page = await videos.page(**filters)
        assert (page.total, page.total_is_exact) == (1, True)
    assert await videos.list_videos(codec="h264", min_height=2000) == []
    with pytest.raises(InvalidValue, match="no filter"):
        await videos.list_videos(colour="red")


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["e", "d", "c", "b", "a"]),
        ("   ", ["e", "d", "c", "b", "a"]),
        ("STRASSE", ["a"]),
        ("straße", ["a"]),
        ("film", ["b"]),
        ("ﬁlm", ["b"]),
        ("café", ["c"]),
        ("cafe\u0301", ["c"]),
        ("100%", ["d"]),
        ("%_", ["d"]),
        ("it's", ["e"]),
        ('say "hi"', ["e"]),
        ("*", ["e"]),
        ("\U0001f600", ["e"]),
        ("é", ["c"]),
        ("x", ["b", "a"]),
        ("x a", ["a"]),
        ("mp4 mkv", []),
        ("a" * 200, []),
        ("\0", []),
        ("\ud800", []),
        ("\\", []),
        ("OR", []),
        ("NEAR(a b)", []),
    ],
)
async def test_search_finds_what_is_written(videos: Any, query: str, ids: list[str]) -> None:
    await videos.add_many(
        [
            Video(id="a", path="/x/Hauptstraße.mp4"),
            Video(id="b", path="/x/ﬁlm.mov"),
            Video(id="c", path="/y/Cafe\u0301.mp4"),
            Video(id="d", path="/y/100%_done.mkv"),
            Video(id="e", path='/y/it\'s * "hi" say \U0001f600.mkv'),
        ]
    )
    assert [video.id for video in await videos.search(query)] == ids
    assert await videos.count(query=query) == len(ids)


def _moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # no time zone in there


ODD = [
    Video(id="plain", path="/plain.mp4"),
    Video(id="quoted", path='/a "quoted" \\\\ name\n\t\x7f.mp4', note='\x01 </script> "'),
    Video(id="wide", path="/Straße ﬁlm 🎬 \u2028.mp4", tags=("zwölf", 'a"b', "🎬"), note=""),
    Video(id="whole", path="/whole.mp4", recorded_at=_moment(2024, 2, 29, 23, 59, 59)),
    Video(id="parts", path="/parts.mp4", recorded_at=_moment(2024, 2, 29, 23, 59, 59, 7)),
    Video(id="early", path="/early.mp4", recorded_at=_moment(1969, 12, 31, 23, 59, 59, 999_999)),
    Video(id="eve", path="/eve.mp4", recorded_at=_moment(1969, 12, 31, 23, 59, 59)),
    Video(id="epoch", path="/epoch.mp4", recorded_at=_moment(1970, 1, 1), mtime_ns=0),
    Video(id="just", path="/just.mp4", recorded_at=_moment(1970, 1, 1, 0, 0, 0, 1), mtime_ns=999),
    Video(id="second", path="/second.mp4", recorded_at=_moment(1970, 1, 1, 0, 0, 1)),
    Video(id="first", path="/first.mp4", recorded_at=_moment(1, 1, 1)),
    Video(id="last", path="/last.mp4", recorded_at=_moment(9999, 12, 31, 23, 59, 59, 999_999)),
    Video(id="before", path="/before.mp4", mtime_ns=-1_500_000_001, frames_exact=False),
    Video(id="true", path="/true.mp4", frames_exact=True, duration_seconds=0.1 + 0.2),
    Video(id="tiny", path="/tiny.mp4", duration_seconds=5e-324, file_size=2**62),
    Video(id="huge", path="/huge.mp4", duration_seconds=1.7976931348623157e308, bit_rate=2**63 - 1),
    Video(id="third", path="/third.mp4", duration_seconds=1 / 3, audio_languages=("por", "")),
]


async def test_a_page_encoded_by_the_engine_says_what_its_records_do(videos: Any) -> None:
    for video in ODD:
        await videos.add(video)
    page, encoded = await videos.page(100), await videos.encoded_page(100)
    found = msgspec.json.decode(encoded.items)
    said = msgspec.json.decode(msgspec.json.encode([one.to_public() for one in page.items]))
    assert found == said
    assert {item["id"] for item in found} == {video.id for video in ODD}
    assert list(found[0]) == list(said[0])
    assert (encoded.total, encoded.total_is_exact, encoded.next) == (len(ODD), True, None)


@pytest.mark.parametrize("sort", ["-created_at", "duration_seconds", "-recorded_at", "filename"])
async def test_encoded_pages_follow_each_other_like_pages(videos: Any, sort: str) -> None:
    for video in ODD:
        await videos.add(video)
    cursor, seen = None, []
    while True:
        page = await videos.page(4, sort=sort, after=cursor)
        encoded = await videos.encoded_page(4, sort=sort, after=cursor)
        ids = [item["id"] for item in msgspec.json.decode(encoded.items)]
        assert ids == [video.id for video in page.items]
        assert encoded.next == page.next
        seen += ids
        cursor = page.next
        if cursor is None:
            break
    assert sorted(seen) == sorted(video.id for video in ODD)


async def test_an_encoded_page_heeds_words_filters_and_offsets(videos: Any) -> None:
    for video in ODD:
        await videos.add(video)
    for asked in (
        {"query": "film"},
        {"has_audio": True},
        {"offset": 3, "limit": 2},
        {"limit": 0},
        {"query": "no such video"},
    ):
        page, encoded = await videos.page(**asked), await videos.encoded_page(**asked)
        ids = [item["id"] for item in msgspec.json.decode(encoded.items)]
        assert ids == [video.id for video in page.items]
        assert (encoded.total, encoded.next) == (page.total, page.next)
