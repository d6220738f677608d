"""Lists put together from records that are kept: they say what the rows say, always."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, literal_column, select, update

from mustela.store import (
    AsyncRepository,
    AsyncStore,
    Statement,
    Store,
    SyncRepository,
    Unit,
    count,
    write,
)
from mustela.store.errors import InvalidValue
from mustela.store.listing import Listing
from mustela.store.operation import Call
from mustela.store.sqlite.connection import MEMORY
from mustela.store.sqlite.engine import prepare
from mustela.store.sqlite.sync_store import SQLiteStore
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness
from tests.store.books import (
    AsyncBookRepository,
    Book,
    BookOperations,
    BookRepository,
    books,
    metadata,
    shelves,
)


@pytest.fixture
async def harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine((metadata,)) as harness:
        yield harness


@pytest.fixture
def library(harness: Harness) -> Any:
    return harness.bind(BookRepository, AsyncBookRepository)


async def titles(library: Any) -> list[Any]:
    """The titles listed, which are those of the rows; asked twice, so that all is kept."""
    await library.listed()
    encoded, found, true = await library.listed()
    assert encoded == found == true
    return [book["title"] for book in found]


async def last_change(library: Any, id: str) -> str:
    change_id: str = (await library.history_of("books", id, 1))[0].change_id
    return change_id


async def test_a_list_follows_every_way_to_write_a_record(library: Any) -> None:
    await library.add("a", title="one")
    assert await titles(library) == ["one"]
    await library.add("b", "c", title="two")
    assert await titles(library) == ["one", "two", "two"]
    await library.edit("b", title="three")
    assert await titles(library) == ["one", "three", "two"]
    await library.revert(await last_change(library, "b"))
    assert await titles(library) == ["one", "two", "two"]
    await library.write_many(["a", "c"], title="four")
    assert await titles(library) == ["four", "two", "four"]
    await library.edit_all(title="five")
    assert await titles(library) == ["five", "five", "five"]
    await library.revert(await last_change(library, "a"))
    assert await titles(library) == ["four", "two", "four"]
    await library.compute_all()
    assert await titles(library) == ["four!", "two!", "four!"]
    await library.delete("c")
    assert await titles(library) == ["four!", "two!"]
    await library.revert(await last_change(library, "c"))
    assert await titles(library) == ["four!", "two!", "four!"]
    await library.delete_all()
    assert await titles(library) == []
    await library.revert(await last_change(library, "a"))
    assert await titles(library) == ["four!", "two!", "four!"]


async def test_every_write_gives_a_revision_that_there_never_was(library: Any) -> None:
    writes: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("add", ("a",), {"title": "one"}),
        ("add", ("b", "c"), {"title": "one"}),
        ("edit", ("a",), {"title": "two"}),
        ("write_many", (["a", "b"],), {"title": "three"}),
        ("edit_all", (), {"title": "four"}),
        ("compute_all", (), {}),
        ("delete", ("c",), {}),
    ]
    before: dict[str, int] = {}
    ever: set[tuple[str, int]] = set()
    for name, arguments, fields in writes:
        await getattr(library, name)(*arguments, **fields)
        after = await library.revisions()
        fresh = after.items() - before.items()
        assert fresh or name == "delete"
        assert not fresh & ever
        assert all(0 < number < 2**63 for number in after.values())
        ever |= fresh
        before = after
    await library.revert(await last_change(library, "c"))
    assert not (await library.revisions()).items() - before.items() & ever


async def test_what_changes_nothing_leaves_the_revision(library: Any) -> None:
    await library.add("a", title="one")
    before = await library.revisions()
    await library.edit("a", title="one")
    await library.edit_all(title="one")
    assert await library.revisions() == before


async def test_the_revision_is_no_field_and_not_in_the_audit(library: Any) -> None:
    with pytest.raises(InvalidValue, match="no field 'revision'"):
        await library.add("a", revision=5)
    await library.add("a", title="one")
    with pytest.raises(InvalidValue, match="no field 'revision'"):
        await library.edit("a", revision=5)
    await library.delete("a")
    deleted = (await library.history_of("books", "a", 1))[0]
    assert deleted.before == {"id": "a", "shelf_id": None, "title": "one", "pages": None}


async def test_a_record_that_takes_the_place_of_a_deleted_one_is_not_mistaken_for_it(
    library: Any,
) -> None:
    await library.add("a", title="one")
    assert await titles(library) == ["one"]
    await library.delete("a")
    await library.add("b", title="two")  # on SQLite its key is that of the deleted row
    assert await titles(library) == ["two"]


async def test_what_a_record_shows_of_other_tables_is_part_of_its_name(library: Any) -> None:
    await library.add("a", title="one", shelf_id="s")
    steps: list[tuple[str, tuple[Any, ...], str | None]] = [
        ("listed", (), None),
        ("shelve", ("s", "left"), "LEFT"),
        ("relabel", ("s", "right"), "RIGHT"),
        ("relabel", ("s", None), None),
        ("relabel", ("s", "left"), "LEFT"),
        ("remove_shelf", ("s",), None),
    ]
    for name, arguments, label in steps:
        await getattr(library, name)(*arguments)
        assert await titles(library) == ["one"]
        assert (await library.listed())[0][0]["shelf"] == label


async def test_units_of_one_transaction_see_what_the_one_before_wrote(
    harness: Harness, library: Any
) -> None:
    await library.add("a", title="one")
    assert await titles(library) == ["one"]
    async with harness.transaction() as tx:
        inside = harness.bind(BookRepository, AsyncBookRepository, tx)
        for title in ("two", "three", "two"):
            await inside.edit("a", title=title)
            assert await titles(inside) == [title]
        with pytest.raises(ZeroDivisionError):
            await inside.edit_look_and_fail("a", "four")
        assert await titles(inside) == ["two"]
        await inside.edit("a", title="five")
        assert await titles(inside) == ["five"]
    assert await titles(library) == ["five"]


async def test_what_was_read_before_a_rollback_is_not_read_again(
    harness: Harness, library: Any
) -> None:
    async def edit_and_give_up(title: str) -> None:
        async with harness.transaction() as tx:
            inside = harness.bind(BookRepository, AsyncBookRepository, tx)
            await inside.edit("a", title=title)
            await inside.add("b", title=title)
            assert await titles(inside) == [title, title]
            raise ZeroDivisionError

    await library.add("a", title="one")
    for title in ("two", "three"):
        with pytest.raises(ZeroDivisionError):
            await edit_and_give_up(title)
        assert await titles(library) == ["one"]


def test_a_unit_that_runs_again_does_not_find_what_its_first_attempt_wrote() -> None:
    said = iter(["of the first attempt", "of the second"])
    with SQLiteStore(MEMORY) as store:
        session = store.memory_session
        prepare(session, (metadata,))
        library = BookRepository(store)
        library.add("a", title="one")
        call = Call(BookOperations.edit_and_look, library, ("a", lambda: next(said)), {})
        session.begin()
        first = session.run(call)
        session.rollback()  # as the writer does with a group in which another unit fails
        session.begin()
        second = session.run(call)
        session.commit()
        for looked, title in ((first, "of the first attempt"), (second, "of the second")):
            assert looked[0] == looked[1] == looked[2]
            assert looked[0][0]["title"] == title
        assert library.listed() == second


class _Awaited:
    """A repository whose calls are awaited already: for what takes a harness's."""

    def __init__(self, repository: Any) -> None:
        self.listed = repository.listed


async def test_what_another_process_writes_is_listed(harness: Harness, library: Any) -> None:
    if harness.engine == "memory":
        pytest.skip("a database in memory has no others")
    await library.add("a", title="one")
    assert await titles(library) == ["one"]
    with Store.open(harness.url) as store:  # what another process is, but for its address space
        other = BookRepository(store)
        other.edit("a", title="two")
        other.add("b", title="three")
    assert await titles(library) == ["two", "three"]


async def test_stores_share_nothing() -> None:
    for title in ("one", "two"):
        async with AsyncStore.memory(metadata) as store:
            library = AsyncBookRepository(store)
            await library.add("a", title=title)
            assert await titles(_Awaited(library)) == [title]
            assert store.kept.size > 0


async def test_a_store_that_may_keep_nothing_lists_the_same() -> None:
    async with AsyncStore.open("sqlite:///:memory:", create=(metadata,), kept_bytes=0) as store:
        library = AsyncBookRepository(store)
        await library.add("a", "b", title="one")
        assert await titles(_Awaited(library)) == ["one", "one"]
        assert store.kept.size == 0


async def test_a_row_whose_past_nobody_knows_is_never_kept(harness: Harness, library: Any) -> None:
    await library.add("a", title="one")
    unknown = Statement(update(books).values(revision=0))

    class Forgetting(BookOperations):
        @write
        def forget(self) -> Unit[int]:
            return (yield from count(unknown))

    class Sync(Forgetting, SyncRepository):
        pass

    class Async(Forgetting, AsyncRepository):
        pass

    await harness.bind(Sync, Async).forget()
    assert await titles(library) == ["one"]
    await library.smuggle("two")
    assert await titles(library) == ["two"]


async def test_records_of_a_table_without_revisions_are_read_each_time(
    harness: Harness, library: Any
) -> None:
    assert await library.listed_shelves() == ([], [])
    for label in ("left", "right"):
        await library.shelve(label, label)
        await library.relabel("left", label)
        encoded, found = await library.listed_shelves()
        assert encoded == found
        assert encoded[0] == {"id": "left", "label": label}
    assert harness.store.kept.size == 0


async def test_these_tests_would_notice_a_stale_record(library: Any) -> None:
    await library.add("a", title="one")
    assert await titles(library) == ["one"]
    await library.smuggle("two")  # a write that forgets the revision
    with pytest.raises(AssertionError):
        await titles(library)


@pytest.mark.parametrize(
    "shown",
    [
        select(func.max(shelves.c.label)).scalar_subquery().label("shelf"),
        literal_column("shelves.label").label("shelf"),
    ],
)
def test_a_list_whose_records_show_what_nobody_can_follow_is_refused(shown: Any) -> None:
    base: Any = select(books.c.id, books.c.title, books.c.pages, shown).select_from(books)
    with pytest.raises(TypeError, match="nobody could tell"):
        Listing(base, books.c.id, {"id": books.c.id}, {}, Book)
