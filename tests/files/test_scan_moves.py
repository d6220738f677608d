"""A record follows its file: by content, wherever that is found."""

from __future__ import annotations

from pathlib import Path

from mustela.files.root_directory import inspect
from tests.files.library import Library, open_library


async def noted(library: Library) -> dict[str, str | None]:
    """What people said, by path, of records whose files are there."""
    return {path: toy.note for path, toy in (await library.by_path()).items() if not toy.missing}


async def annotate_all(library: Library) -> None:
    """Note of each record where it was first."""
    for path, toy in (await library.by_path()).items():
        await library.toys.annotate(toy.id, path)


async def test_a_renamed_file_keeps_its_record(library: Library) -> None:
    library.put("stays.toy", "car")
    library.put("old.toy", "bear")
    await library.scan()
    await annotate_all(library)
    before = await library.by_path()
    library.rename("old.toy", "box/new.toy")
    result = await library.scan()
    assert (result.moved, result.catalogued, result.missing) == (1, 1, 0)
    assert await noted(library) == {"stays.toy": "stays.toy", "box/new.toy": "old.toy"}
    assert (await library.by_path())["box/new.toy"].id == before["old.toy"].id
    assert (await library.scan()).unchanged == 2


async def test_a_renamed_directory_takes_its_records_along(library: Library) -> None:
    for number in range(30):
        library.put(f"old/{number}.toy", f"toy {number}")
    await library.scan()
    await annotate_all(library)
    library.rename("old", "a/new")
    result = await library.scan()
    assert (result.moved, result.missing) == (30, 0)
    assert await noted(library) == {f"a/new/{n}.toy": f"old/{n}.toy" for n in range(30)}


async def test_files_that_swapped_names_swap_paths(library: Library) -> None:
    library.put("a.toy", "bear")
    library.put("b.toy", "a bigger bear")
    await library.scan()
    await annotate_all(library)
    library.rename("a.toy", "c")
    library.rename("b.toy", "a.toy")
    library.rename("c", "b.toy")
    result = await library.scan()
    assert (result.moved, result.missing) == (2, 0)
    assert await noted(library) == {"a.toy": "b.toy", "b.toy": "a.toy"}


async def test_files_of_one_size_swap_too(library: Library) -> None:
    library.put("a.toy", "bear", at=1)
    library.put("b.toy", "doll", at=2)
    await library.scan()
    await annotate_all(library)
    library.rename("a.toy", "c")
    library.rename("b.toy", "a.toy")
    library.rename("c", "b.toy")
    assert (await library.scan()).moved == 2
    assert await noted(library) == {"a.toy": "b.toy", "b.toy": "a.toy"}


async def test_names_that_moved_on_by_one_are_followed_in_a_chain(library: Library) -> None:
    for number in range(10):
        library.put(f"{number}.toy", "x" * (number + 1))
    await library.scan()
    await annotate_all(library)
    for number in reversed(range(10)):
        library.rename(f"{number}.toy", f"{number + 1}.toy")
    result = await library.scan()
    assert (result.moved, result.missing) == (10, 0)
    assert await noted(library) == {f"{n + 1}.toy": f"{n}.toy" for n in range(10)}


async def test_a_file_put_aside_for_a_new_one_takes_its_record_along(library: Library) -> None:
    library.put("a.toy", "bear")
    await library.scan()
    await annotate_all(library)
    library.rename("a.toy", "a.old.toy")
    library.put("a.toy", "a new toy", at=5)
    result = await library.scan()
    assert (result.moved, result.catalogued, result.missing) == (1, 2, 0)
    assert await noted(library) == {"a.old.toy": "a.toy", "a.toy": None}


async def test_an_overwritten_file_keeps_its_record_where_it_is(library: Library) -> None:
    library.put("a.toy", "bear")
    library.put("b.toy", "a bigger bear")
    await library.scan()
    await annotate_all(library)
    library.rename("a.toy", "b.toy")
    result = await library.scan()
    assert (result.moved, result.missing, result.catalogued) == (0, 1, 1)
    assert await noted(library) == {"b.toy": "b.toy"}
    assert await library.missing() == {"a.toy"}
    assert (await library.there())["b.toy"] == "bear"


async def test_a_chain_that_ends_on_an_overwritten_file_stays_where_it_is(
    library: Library,
) -> None:
    for name, line in {"a": "1", "b": "22", "c": "333"}.items():
        library.put(f"{name}.toy", line)
    await library.scan()
    await annotate_all(library)
    library.rename("b.toy", "c.toy")
    library.rename("a.toy", "b.toy")
    result = await library.scan()
    assert (result.moved, result.missing) == (0, 1)
    assert await noted(library) == {"b.toy": "b.toy", "c.toy": "c.toy"}
    assert await library.there() == {"b.toy": "1", "c.toy": "22"}


async def test_a_file_that_was_only_touched_moves_nowhere(library: Library) -> None:
    library.put("a.toy", "bear")
    library.put("b.toy", "bear")
    await library.scan()
    await annotate_all(library)
    library.put("a.toy", "bear", at=7)
    (library.directory / "b.toy").unlink()
    result = await library.scan()
    assert (result.moved, result.catalogued, result.missing) == (0, 1, 1)
    assert await noted(library) == {"a.toy": "a.toy"}


async def test_of_copies_those_with_the_same_name_belong_together(library: Library) -> None:
    for name in ("x", "y", "z"):
        library.put(f"old/{name}.toy", "copy")
    await library.scan()
    await annotate_all(library)
    library.rename("old/y.toy", "new/y.toy")
    library.rename("old/x.toy", "new/x.toy")
    library.rename("old/z.toy", "new/a.toy")
    assert (await library.scan()).moved == 3
    assert await noted(library) == {
        "new/x.toy": "old/x.toy",
        "new/y.toy": "old/y.toy",
        "new/a.toy": "old/z.toy",
    }


async def test_a_copy_is_a_file_of_its_own(library: Library) -> None:
    library.put("a.toy", "bear")
    await library.scan()
    await annotate_all(library)
    library.put("copy.toy", "bear")
    result = await library.scan()
    assert (result.moved, result.catalogued) == (0, 1)
    assert await noted(library) == {"a.toy": "a.toy", "copy.toy": None}


async def test_a_missing_file_that_turns_up_elsewhere_is_restored_there(library: Library) -> None:
    library.put("stays.toy", "car")
    place = library.put("a.toy", "bear")
    await library.scan()
    await annotate_all(library)
    place.unlink()
    assert (await library.scan()).missing == 1
    library.put("found/a.toy", "bear", at=9)
    result = await library.scan()
    assert (result.moved, result.missing) == (1, 0)
    assert await noted(library) == {"stays.toy": "stays.toy", "found/a.toy": "a.toy"}
    assert await library.missing() == set()


async def test_one_missing_record_is_given_to_one_copy_only(library: Library) -> None:
    library.put("stays.toy", "car")
    place = library.put("a.toy", "bear")
    await library.scan()
    place.unlink()
    await library.scan()
    library.put("x/a.toy", "bear")
    library.put("y/b.toy", "bear")
    result = await library.scan()
    assert (result.moved, result.catalogued) == (1, 2)
    assert set(await library.there()) == {"stays.toy", "x/a.toy", "y/b.toy"}


async def test_a_file_that_moved_to_another_root_keeps_its_record(
    library: Library, tmp_path: Path
) -> None:
    library.put("stays.toy", "car")
    place = library.put("a.toy", "bear")
    await library.scan()
    await annotate_all(library)
    async with open_library(tmp_path / "second", library.store, library.children) as second:
        place.rename(second.directory / "b.toy")
        assert (await library.scan()).missing == 1
        assert (await second.scan()).moved == 1
        assert await noted(second) == {"b.toy": "a.toy"}
    assert set(await library.by_path()) == {"stays.toy"}


async def test_it_does_not_matter_which_of_two_roots_is_scanned_first(
    library: Library, tmp_path: Path
) -> None:
    library.put("stays.toy", "hare")
    place = library.put("a.toy", "bear")
    await library.scan()
    await annotate_all(library)
    async with open_library(tmp_path / "second", library.store, library.children) as second:
        second.put("copy.toy", "hare")
        place.rename(second.directory / "b.toy")
        assert (await second.scan()).moved == 1
        assert await noted(second) == {"b.toy": "a.toy", "copy.toy": None}
        assert (await library.scan()).missing == 0
    assert await noted(library) == {"stays.toy": "stays.toy"}


async def test_an_unplugged_root_has_lost_nothing_to_another_one(
    library: Library, tmp_path: Path
) -> None:
    library.put("a.toy", "bear")
    await library.scan()
    await annotate_all(library)
    library.directory.rename(tmp_path / "unplugged")
    for empty in (False, True):
        if empty:
            library.directory.mkdir()  # its mount point
        async with open_library(
            tmp_path / f"other{empty}", library.store, library.children
        ) as other:
            other.put("copy.toy", "bear")
            assert (await other.scan()).moved == 0
    assert await noted(library) == {"a.toy": "a.toy"}


async def test_empty_files_have_no_content_to_be_known_by(library: Library) -> None:
    library.put("a.toy", "")
    await library.scan()
    library.rename("a.toy", "b.toy")
    library.put("c.toy", "")
    result = await library.scan()
    assert (result.moved, result.missing, result.catalogued) == (0, 1, 2)


async def test_a_root_that_moved_as_a_whole_changes_no_record(
    library: Library, tmp_path: Path
) -> None:
    library.put("a.toy", "bear")
    await library.scan()
    before = await library.by_path()
    library.directory = library.directory.rename(tmp_path / "elsewhere")
    await library.roots.relocate(library.root.id, inspect(library.directory))
    assert (await library.scan()).unchanged == 1
    assert await library.by_path() == before
