"""Many videos edited at once: one change, one undo, on every engine, sync and async."""

from __future__ import annotations

from typing import Any

import pytest

from mustela.store.errors import BulkTooLarge, InvalidValue, RevertConflict
from mustela.store.record import encode_texts
from mustela.video.record import Video
from mustela.video.schema import videos as table

PLAIN = [
    Video(id="a", path="/x/tram 1.mp4", tags=("tram", "old"), rating=2, video_codec="h264"),
    Video(id="b", path="/x/tram 2.mp4", tags=("new",), note="mine", video_codec="vp9"),
    Video(id="c", path="/y/beach.mp4", video_codec="h264"),
]
#: What JSON escapes, and what it does not.
PUNCTUATION = ('"', "\\", "/", "'", "a,b", "[]", "ß", "\x01", "\x1f", "\x7f", "\n", "\u2028")
ODD = (*(f"x{odd}y" for odd in PUNCTUATION), "\U0001f600")


async def said(videos: Any, *ids: str) -> list[tuple[Any, ...]]:
    found = [await videos.get(id) for id in ids or ("a", "b", "c")]
    return [(video.tags, video.rating, video.note) for video in found]


async def test_tags_are_added_and_removed_whatever_others_each_video_has(videos: Any) -> None:
    await videos.add_many(PLAIN)
    before = await said(videos)
    edited = await videos.edit_many(
        ["a", "b", "nobody"], tags_add=(" tram", "night"), tags_remove=("old", "nothing")
    )
    assert edited.changed == 2
    assert [tags for tags, *_ in await said(videos)] == [
        ("tram", "night"),
        ("new", "tram", "night"),
        (),
    ]
    assert sorted(v.id for v in await videos.list_videos(tag="night")) == ["a", "b"]
    assert await videos.list_videos(tag="old") == []
    histories = [await videos.history(id) for id in ("a", "b", "c")]
    assert [len(entries) for entries in histories] == [2, 2, 1]
    assert {entries[0].change_id for entries in histories[:2]} == {edited.change_id}
    assert histories[0][0].before == {"tags": '["tram","old"]'}
    assert histories[0][0].after == {"tags": '["tram","night"]'}
    undo = await videos.revert(edited.change_id)
    assert await said(videos) == before
    assert [v.id for v in await videos.list_videos(tag="old")] == ["a"]
    await videos.revert(undo)
    assert [v.id for v in await videos.list_videos(tag="night", sort="id")] == ["a", "b"]


async def test_an_edit_names_what_a_filter_and_words_select(videos: Any) -> None:
    await videos.add_many(PLAIN)
    assert await videos.would_edit({"codec": "h264"}, query="TRAM", rating=5) == 1
    edited = await videos.edit_where(
        {"codec": "h264"}, query="TRAM", tags=("only",), rating=5, note="bulk"
    )
    assert edited.changed == 1
    assert await said(videos) == [
        (("only",), 5, "bulk"),
        (("new",), None, "mine"),
        ((), None, None),
    ]
    everything = await videos.edit_where({}, note=None)
    assert everything.changed == 2
    assert {note for *_, note in await said(videos)} == {None}


async def test_what_is_selected_by_the_tag_that_goes_is_edited_once(videos: Any) -> None:
    await videos.add_many([Video(id=f"v{n}", path=f"/v{n}.mp4", tags=("x",)) for n in range(50)])
    edited = await videos.edit_where({"tag": "x"}, tags_remove=("x",), tags_add=("y",))
    assert edited.changed == 50
    assert await videos.count(tag="y") == 50
    assert await videos.count(tag="x") == 0
    await videos.revert(edited.change_id)
    assert await videos.count(tag="x") == 50


async def test_videos_that_are_so_already_are_left_alone(videos: Any) -> None:
    await videos.add_many(PLAIN)
    before = [await videos.get(id) for id in ("a", "b", "c")]
    edited = await videos.edit_many(["a"], tags_add=("tram",), tags_remove=("beach",), rating=2)
    assert (edited.change_id, edited.changed) == (None, 0)
    assert await videos.would_edit({}, tags_remove=("beach",)) == 0
    assert [await videos.get(id) for id in ("a", "b", "c")] == before


async def test_tags_are_written_as_a_single_edit_writes_them(videos: Any) -> None:
    await videos.add(Video(id="a", path="/a.mp4", tags=ODD[::2]))
    await videos.edit_many(["a"], tags_add=ODD)
    tags = (*ODD[::2], *ODD[1::2])
    assert (await videos.get("a")).tags == tags
    entry = (await videos.history("a"))[0]
    assert entry.after == {"tags": encode_texts(tags)}
    await videos.update("a", tags=tags)
    assert (await videos.history("a"))[0] == entry  # the same text, so nothing to write


async def test_an_edit_of_more_than_its_limit_changes_nothing(videos: Any) -> None:
    await videos.add_many(PLAIN)
    before = await said(videos)
    with pytest.raises(BulkTooLarge):
        await videos.edit_where({}, rating=1, limit=2)
    with pytest.raises(BulkTooLarge):
        await videos.would_edit({}, rating=1, limit=2)
    assert await said(videos) == before
    assert (await videos.edit_where({}, rating=2, limit=2)).changed == 2  # one has it already


@pytest.mark.parametrize(
    "edits",
    [
        {},
        {"tags": ("x",), "tags_add": ("y",)},
        {"tags_add": ("x", "y"), "tags_remove": ("y ",)},
        {"tags_add": (" ",)},
        {"rating": "5"},
        {"path": "/elsewhere.mp4"},
        {"tags_add": ("a\0b",)},
    ],
)
async def test_an_edit_that_cannot_be_is_refused(videos: Any, edits: dict[str, Any]) -> None:
    await videos.add_many(PLAIN)
    with pytest.raises(InvalidValue):
        await videos.edit_many(["a"], **edits)
    with pytest.raises(InvalidValue):
        await videos.would_edit({}, **edits)


async def test_an_undo_lists_every_field_in_its_way_and_changes_nothing(videos: Any) -> None:
    await videos.add_many(PLAIN)
    edited = await videos.edit_where({}, rating=5, tags_add=("z",))
    await videos.update("b", rating=1, tags=())
    await videos.delete("c")
    before = await said(videos, "a", "b")
    with pytest.raises(RevertConflict) as refused:
        await videos.revert(edited.change_id)
    listed = {(one.record, one.field): (one.expected, one.found) for one in refused.value.conflicts}
    assert listed == {
        ("b", "rating"): (5, 1),
        ("b", "tags"): ('["new","z"]', "[]"),
        ("c", "id"): ("c", None),
    }
    assert await said(videos, "a", "b") == before


async def test_a_change_larger_than_what_is_undone_at_a_time_is_one_undo(videos: Any) -> None:
    count = 2100
    await videos.add_many([Video(id=f"v{n}", path=f"/v{n}.mp4") for n in range(count)])
    edited = await videos.edit_where({}, rating=3, tags_add=("all",))
    assert edited.changed == count
    undo = await videos.revert(edited.change_id)
    assert await videos.count(has_rating=True) == await videos.count(tag="all") == 0
    assert {(await videos.history(f"v{n}"))[0].change_id for n in (0, 999, 2099)} == {undo}
    await videos.revert(undo)
    assert await videos.count(min_rating=3, tag="all") == count
    await videos.edit_where({}, rating=1)
    with pytest.raises(RevertConflict, match="at least") as refused:
        await videos.revert(edited.change_id)
    assert len(refused.value.conflicts) == 100
    assert await videos.count(max_rating=1) == count


def test_only_what_people_say_can_be_edited_for_many() -> None:
    edited = {column.name for column in table.c if column.info.get("role") == "edited"}
    assert edited == {"tags", "rating", "note"}
