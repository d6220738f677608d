"""Two tables are scanned as one collection, and every file is accounted for once."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mustela.files import scan_compare
from mustela.files.children import Children
from mustela.files.composed_target import ComposedTarget, Part
from mustela.files.errors import ScanFailed
from mustela.files.file_failures import AsyncFileFailureRepository
from mustela.files.root import AsyncRootRepository, Root
from mustela.files.root_directory import inspect
from mustela.files.scan import scan
from mustela.files.scan_record import ScanOptions, ScanResult
from mustela.files.scan_target import Found, Move
from mustela.files.schema import files_metadata
from mustela.store import AsyncStore
from tests.files.library import LONG_AGO_NS
from tests.files.shelf import Shelf, shelf_metadata


class Room:
    """A root with sheets."""

    def __init__(self, store: AsyncStore, children: Children, directory: Path, root: Root) -> None:
        self.store = store
        self.children = children
        self.directory = directory
        self.root = root
        self.shelf = Shelf(store)
        self._writes = 0

    def put(self, path: str, line: str) -> None:
        place = self.directory / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(line)
        self._writes += 1
        at = LONG_AGO_NS + self._writes * 1_000_000_000
        os.utime(place, ns=(at, at))

    async def scan(self) -> ScanResult:
        result = await scan(
            self.store,
            self.children,
            self.shelf.target,
            self.root.id,
            ScanOptions(),
            settle_seconds=0,
        )
        assert result.entries == (
            result.catalogued
            + result.unchanged
            + result.excluded
            + result.not_media
            + result.unsupported
            + result.waiting
            + result.failed
        )
        return result

    async def books(self) -> dict[str, tuple[str, bool]]:
        """Line, and whether it is missing, by path."""
        found = await self.shelf.books.everything()
        return {path: (line, missing) for path, _, line, missing in found}

    async def maps(self) -> dict[str, tuple[str, bool]]:
        found = await self.shelf.maps.everything()
        return {path: (line, missing) for path, _, line, missing in found}


@pytest.fixture
async def room(tmp_path: Path, unmeasured_processes: None) -> AsyncIterator[Room]:
    directory = tmp_path / "room"
    directory.mkdir()
    async with (
        AsyncStore.memory(files_metadata, shelf_metadata) as store,
        Children(size=1) as children,
    ):
        root = await AsyncRootRepository(store).add(inspect(directory), collections=["shelf"])
        yield Room(store, children, directory, root)


async def test_what_the_examination_says_decides_the_table(room: Room) -> None:
    room.put("a.sheet", "book of bears")
    room.put("b.sheet", "map of bears")
    room.put("c.sheet", "a shopping list")
    result = await room.scan()
    assert (result.entries, result.catalogued, result.not_media) == (3, 2, 1)
    assert await room.books() == {"a.sheet": ("book of bears", False)}
    assert await room.maps() == {"b.sheet": ("map of bears", False)}
    result = await room.scan()
    assert (result.unchanged, result.not_media, result.catalogued) == (2, 1, 0)


async def test_records_of_both_tables_move_and_go_missing_and_return(room: Room) -> None:
    room.put("a.sheet", "book of bears")
    room.put("b.sheet", "map of cars")
    room.put("c.sheet", "map of dolls")
    await room.scan()
    ids = {line: id_ for _, id_, line, _ in await room.shelf.maps.everything()}
    (room.directory / "a.sheet").rename(room.directory / "d.sheet")
    (room.directory / "b.sheet").rename(room.directory / "a.sheet")
    (room.directory / "c.sheet").rename(room.directory / "aside")
    result = await room.scan()
    assert (result.moved, result.missing) == (2, 1)
    assert await room.books() == {"d.sheet": ("book of bears", False)}
    assert await room.maps() == {
        "a.sheet": ("map of cars", False),
        "c.sheet": ("map of dolls", True),
    }
    (room.directory / "aside").rename(room.directory / "c.sheet")
    assert (await room.scan()).returned == 1
    assert {line: id_ for _, id_, line, _ in await room.shelf.maps.everything()} == ids


async def test_what_becomes_another_kind_of_thing_gets_another_record(room: Room) -> None:
    room.put("a.sheet", "book of bears")
    await room.scan()
    ((_, first, _, _),) = await room.shelf.books.everything()
    room.put("a.sheet", "map of bears, larger")
    assert (await room.scan()).catalogued == 1
    assert await room.books() == {"a.sheet": ("book of bears", True)}
    assert await room.maps() == {"a.sheet": ("map of bears, larger", False)}
    result = await room.scan()
    assert (result.unchanged, result.returned, result.missing) == (1, 0, 0)
    room.put("a.sheet", "book again")
    await room.scan()
    assert await room.books() == {"a.sheet": ("book again", False)}
    assert await room.maps() == {"a.sheet": ("map of bears, larger", True)}
    ((_, again, _, _),) = await room.shelf.books.everything()
    assert again == first
    (room.directory / "a.sheet").unlink()
    room.put("other.sheet", "book")
    assert (await room.scan()).missing == 1


async def test_what_becomes_nothing_of_the_collection_is_missing(room: Room) -> None:
    room.put("a.sheet", "book of bears")
    await room.scan()
    room.put("a.sheet", "a shopping list")
    result = await room.scan()
    assert (result.not_media, result.missing, result.failed) == (1, 1, 0)
    result = await room.scan()
    assert (result.not_media, result.missing, result.returned) == (1, 0, 0)
    assert await room.books() == {"a.sheet": ("book of bears", True)}
    failures = AsyncFileFailureRepository(room.store)
    assert await failures.list_failures(room.root.id, "shelf") == []
    room.put("a.sheet", "book of bears, second edition")
    await room.scan()
    assert await room.books() == {"a.sheet": ("book of bears, second edition", False)}
    assert not await failures.has_any(room.root.id, "shelf")


async def test_the_tombstones_of_every_table_are_honoured(room: Room) -> None:
    room.put("a.sheet", "book of bears")
    room.put("b.sheet", "map of bears")
    await room.scan()
    for sheets in (room.shelf.books, room.shelf.maps):
        ((_, id_, _, _),) = await sheets.everything()
        await sheets.delete(id_)
    result = await room.scan()
    assert (result.excluded, result.catalogued) == (2, 0)
    assert (await room.books(), await room.maps()) == ({}, {})
    room.put("b.sheet", "map of quite other bears")
    assert (await room.scan()).catalogued == 1


async def test_a_deleted_map_stays_away_where_a_book_was_before(room: Room) -> None:
    room.put("a.sheet", "book of bears")
    await room.scan()
    room.put("a.sheet", "map of bears")
    await room.scan()
    ((_, id_, _, _),) = await room.shelf.maps.everything()
    await room.shelf.maps.delete(id_)
    for _ in range(2):
        result = await room.scan()
        assert (result.excluded, result.catalogued, result.returned) == (1, 0, 0)
    assert (await room.books(), await room.maps()) == ({"a.sheet": ("book of bears", True)}, {})


async def test_a_record_moves_to_a_path_behind_which_another_one_is_missing(room: Room) -> None:
    room.put("a.sheet", "book of bears")
    await room.scan()
    room.put("a.sheet", "map of bears and more")
    room.put("z.sheet", "book of cars, long")
    await room.scan()
    (room.directory / "a.sheet").rename(room.directory / "m.sheet")
    (room.directory / "z.sheet").rename(room.directory / "a.sheet")
    result = await room.scan()
    assert (result.moved, result.missing) == (2, 0)
    assert await room.maps() == {"m.sheet": ("map of bears and more", False)}
    assert await room.books() == {
        "a.sheet": ("book of cars, long", False),
        "z.sheet": ("book of bears", True),
    }
    assert (await room.scan()).unchanged == 2


async def test_records_give_way_along_a_chain(room: Room) -> None:
    books = room.shelf.books
    for id_, path in (("p", "P"), ("q", "Q"), ("r", "R")):
        await books.put({"id": id_, "root_id": room.root.id, "path": path, "file_size": 1})
    await books.relocate(
        [Move("q", room.root.id, "P", 1, 1), Move("r", room.root.id, "Q", 1, 1)], None
    )
    assert {id_: path for path, id_, _, _ in await books.everything()} == {
        "q": "P",
        "r": "Q",
        "p": "R",
    }


async def test_more_records_than_a_page_are_merged_in_order(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_compare, "PAGE", 4)
    for number in range(30):
        kind = "book" if number % 5 < 2 or number > 20 else "map"
        room.put(f"{number:02}.sheet", f"{kind} {number}")
    assert (await room.scan()).catalogued == 30
    assert (await room.scan()).unchanged == 30
    for number in (0, 3, 7, 21, 29):
        (room.directory / f"{number:02}.sheet").unlink()
    result = await room.scan()
    assert (result.unchanged, result.missing) == (25, 5)


async def test_what_left_another_root_is_recognised(room: Room, tmp_path: Path) -> None:
    room.put("a.sheet", "map of bears")
    room.put("b.sheet", "book of bears, long")
    await room.scan()
    ((_, id_, _, _),) = await room.shelf.maps.everything()
    (tmp_path / "attic").mkdir()
    roots = AsyncRootRepository(room.store)
    attic = await roots.add(inspect(tmp_path / "attic"), collections=["shelf"])
    (room.directory / "a.sheet").rename(tmp_path / "attic" / "c.sheet")
    result = await scan(
        room.store, room.children, room.shelf.target, attic.id, ScanOptions(), settle_seconds=0
    )
    assert (result.moved, result.catalogued) == (1, 1)
    assert await room.shelf.maps.everything() == [("c.sheet", id_, "map of bears", False)]


async def test_details_that_no_part_takes_end_the_scan_with_the_reason(room: Room) -> None:
    with pytest.raises(ScanFailed, match=r"answers str for a\.sheet"):
        await room.shelf.target.store_found(room.root.id, [Found("a.sheet", 1, 1, "x")], None)


class _Sheets:
    """A repository of which only ``known`` is asked."""

    def __init__(self, topic: str, rows: list[Any]) -> None:
        self.records = type("R", (), {"topic": topic})
        self.rows = sorted(rows)

    async def known(self, root_id: str, after: str, upto: str | None, limit: int) -> list[Any]:
        return [r for r in self.rows if after < r[0] and (upto is None or r[0] <= upto)][:limit]


rows_of_a_part = st.dictionaries(
    st.sampled_from("abcdefghij"), st.none() | st.integers(1, 3), max_size=10
)


@given(rows_of_a_part, rows_of_a_part, rows_of_a_part, st.integers(1, 4))
async def test_pages_of_several_tables_are_one_row_for_each_path(
    one: dict[str, int | None],
    two: dict[str, int | None],
    three: dict[str, int | None],
    limit: int,
) -> None:
    parts = [
        Part(_Sheets(str(n), [(p, 1, 1, p, None, since) for p, since in rows.items()]), dict)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # one method
        for n, rows in enumerate((one, two, three))
    ]
    target = ComposedTarget("x", parts, extensions={}, examine="", details=dict)
    found: list[Any] = []
    after = ""
    while page := await target.known("root", after, None, limit):
        assert len(page) <= limit
        found += page
        if len(page) < limit:
            break
        after = page[-1][0]
    assert [row[0] for row in found] == sorted(one.keys() | two.keys() | three.keys())
    for path, _, _, id_, _, since in found:
        states = [rows[path] for rows in (one, two, three) if path in rows]
        assert since == (None if None in states else max(s for s in states if s is not None))
        assert (one, two, three)[int(id_[0])][path] == since
