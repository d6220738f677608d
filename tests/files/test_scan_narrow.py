"""Scans of one directory below a root."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from mustela.files.root import Root
from mustela.files.scan_lock import held
from mustela.files.scan_target import Move
from tests.files.library import Library
from tests.files.test_scan_moves import annotate_all, noted
from tests.jobs.rig import until


async def root_of(library: Library) -> Root:
    root = await library.roots.get(library.root.id)
    assert root is not None
    return root


async def test_only_the_directory_is_walked_and_only_its_records_are_compared(
    library: Library,
) -> None:
    for path in ("a/one.toy", "trip/one.toy", "trip/sub/two.toy", "trip0.toy", "trips/x.toy"):
        library.put(path, path)
    await library.scan()
    library.put("trip/new.toy", "new")
    library.put("a/unseen.toy", "unseen")
    (library.directory / "trip/sub/two.toy").unlink()
    for path in ("a/one.toy", "trip0.toy", "trips/x.toy"):
        (library.directory / path).unlink()
    result = await library.scan(below="trip/")
    assert (result.entries, result.catalogued, result.unchanged, result.missing) == (2, 1, 1, 1)
    assert await library.missing() == {"trip/sub/two.toy"}
    assert "a/unseen.toy" not in await library.by_path()
    assert (await library.scan()).missing == 3


async def test_a_record_at_the_very_end_of_the_range_is_not_of_the_directory(
    library: Library,
) -> None:
    """``trip0`` is the first path that cannot be in ``trip/``."""
    library.put("trip/one.toy", "one")
    library.put("trip.toy/two.toy", "two")
    library.put("trip.toz0.toy", "three")
    await library.scan()
    await library.toys.relocate(
        [_as_move((await library.by_path())["trip.toz0.toy"].id, library, "trip0")], None
    )
    result = await library.scan(below="trip")
    assert (result.unchanged, result.missing) == (1, 0)


def _as_move(id: str, library: Library, path: str) -> Move:
    return Move(id, library.root.id, path, 1, 1)


async def test_of_the_root_as_a_whole_it_says_nothing(library: Library) -> None:
    library.put("trip/one.toy", "one")
    await library.scan(below="trip/")
    before = await root_of(library)
    assert before.last_scan_at is None
    await library.scan()
    known = await root_of(library)
    library.put("trip/two.toy", "two")
    assert (await library.scan(below="trip/")).catalogued == 1
    assert await root_of(library) == known


async def test_what_was_moved_from_elsewhere_in_the_root_keeps_its_record(
    library: Library,
) -> None:
    library.put("a/bear.toy", "bear")
    library.put("b/doll.toy", "doll")
    await library.scan()
    await annotate_all(library)
    library.rename("a/bear.toy", "b/bear.toy")
    result = await library.scan(below="b/")
    assert (result.moved, result.catalogued) == (1, 1)
    assert await noted(library) == {"b/bear.toy": "a/bear.toy", "b/doll.toy": "b/doll.toy"}
    assert (await library.scan(below="a/")).missing == 0


async def test_the_order_of_two_scans_does_not_matter(library: Library) -> None:
    library.put("a/bear.toy", "bear")
    await library.scan()
    await annotate_all(library)
    library.rename("a/bear.toy", "b/bear.toy")
    assert (await library.scan(below="a/")).missing == 1
    assert (await library.scan(below="b/")).moved == 1
    assert await noted(library) == {"b/bear.toy": "a/bear.toy"}


async def test_a_copy_gets_a_record_of_its_own(library: Library) -> None:
    library.put("a/bear.toy", "bear")
    await library.scan()
    await annotate_all(library)
    library.put("b/bear.toy", "bear", at=7)
    result = await library.scan(below="b/")
    assert (result.moved, result.catalogued) == (0, 1)
    assert await noted(library) == {"a/bear.toy": "a/bear.toy", "b/bear.toy": None}


async def test_a_directory_that_went_away_is_missed_in_the_one_above(library: Library) -> None:
    library.put("a/b/c/one.toy", "one")
    library.put("a/two.toy", "two")
    await library.scan()
    shutil.rmtree(library.directory / "a/b")
    result = await library.scan(below="a/b/c/")
    assert (result.missing, result.unchanged, result.directories) == (1, 1, 1)
    shutil.rmtree(library.directory / "a")
    library.put("x.toy", "x")
    assert (await library.scan(below="a/")).catalogued == 1
    assert (await root_of(library)).last_scan_at is not None, "it was a scan of all"


async def test_an_emptied_directory_is_nothing_strange(library: Library) -> None:
    library.put("a/one.toy", "one")
    library.put("b/two.toy", "two")
    await library.scan()
    (library.directory / "a/one.toy").unlink()
    result = await library.scan(below="a/")
    assert (result.missing, result.distrust) == (1, None)


@pytest.mark.parametrize("below", [".cache/", "skip/deep/", "link/", "../", "nothing/here/"])
async def test_no_scan_enters_what_a_whole_one_does_not(
    library: Library, tmp_path: Path, below: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "far.toy").write_text("far")
    (library.directory / "link").symlink_to(outside)
    library.put(".cache/one.toy", "one")
    library.put("skip/deep/two.toy", "two")
    library.put("x.toy", "x")
    await library.scan(below=below, exclude=("skip",))
    assert set(await library.by_path()) == {"x.toy"}


async def test_another_drive_in_the_place_of_the_root_is_not_catalogued(library: Library) -> None:
    library.put("a/one.toy", "one")
    await library.scan()
    library.directory.rename(library.directory.with_name("away"))
    library.put("b/other.toy", "other")
    result = await library.scan(below="b/")
    assert result.distrust == "replaced"
    assert result.problem is not None
    assert set(await library.by_path()) == {"a/one.toy"}
    assert (await root_of(library)).problem is None


async def test_two_who_want_one_lock_take_turns(tmp_path: Path) -> None:
    file = tmp_path / "scans" / "one.lock"
    waited = entered = 0

    def waits() -> None:
        nonlocal waited
        waited += 1

    async def second() -> None:
        nonlocal entered
        async with held(file, waits):
            entered += 1

    async with held(file, lambda: pytest.fail("nobody else holds it")):
        task = asyncio.create_task(second())
        await until(lambda: waited)
        assert entered == 0
    await task
    assert entered == 1
