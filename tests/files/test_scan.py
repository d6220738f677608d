"""What a scan does with files as they come, change, and go."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from mustela.files import scan_compare
from mustela.files.errors import ScanFailed
from mustela.files.tombstones import write_tombstone
from mustela.store import AsyncRepository, Unit, write
from mustela.store.errors import NotFound
from tests.files.library import LONG_AGO_NS, Library
from tests.files.toys import records


async def test_a_first_scan_catalogues_what_it_finds(library: Library) -> None:
    library.put("a.toy", "bear")
    library.put("box/b.TOY", "car")
    library.put("box/c.doll", "unsupported")
    library.put("notes.txt", "not media")
    library.put(".hidden.toy", "hidden")
    library.put(".git/x.toy", "hidden")
    result = await library.scan()
    assert await library.there() == {"a.toy": "bear", "box/b.TOY": "car"}
    assert (result.entries, result.catalogued, result.unsupported, result.not_media) == (5, 2, 1, 1)
    assert (result.excluded, result.excluded_directories, result.directories) == (1, 1, 2)
    assert result.problem is None


async def test_a_rescan_of_unchanged_files_opens_nothing_and_writes_nothing(
    library: Library,
) -> None:
    for number in range(20):
        library.put(f"{number}.toy", f"toy number {number}")
    await library.scan()
    before = await library.toys.everything(library.root.id)
    for place in library.directory.iterdir():  # who opens them now fails, even as root
        stamp = place.stat()
        place.write_text("broken" + "x" * (stamp.st_size - 6))
        os.utime(place, ns=(stamp.st_mtime_ns, stamp.st_mtime_ns))
    result = await library.scan()
    assert (result.unchanged, result.catalogued, result.failed) == (20, 0, 0)
    assert await library.toys.everything(library.root.id) == before


async def test_names_of_any_bytes_and_any_unicode_form_are_files_of_their_own(
    library: Library,
) -> None:
    names = [
        b"caf\xe9.toy",
        "café.toy".encode(),
        "cafe\u0301.toy".encode(),
        b"a\\b.toy",
        b"\xff/\xfe.toy",
    ]
    for name in names:
        library.put(name, "toy")
    result = await library.scan()
    assert result.catalogued == 5
    assert set(await library.there()) == {
        r"caf\xe9.toy",
        "café.toy",
        "cafe\u0301.toy",
        r"a\\b.toy",
        r"\xff/\xfe.toy",
    }
    assert (await library.scan()).unchanged == 5


async def test_a_changed_file_is_read_again_and_keeps_what_people_said(library: Library) -> None:
    library.put("a.toy", "bear")
    await library.scan()
    old = (await library.by_path())["a.toy"]
    await library.toys.annotate(old.id, "mine")
    library.put("a.toy", "a bigger bear", at=5)
    result = await library.scan()
    new = (await library.by_path())["a.toy"]
    assert (new.id, new.line, new.note) == (old.id, "a bigger bear", "mine")
    assert result.catalogued == 1


async def test_a_vanished_file_is_marked_missing_and_restored_when_it_returns(
    library: Library,
) -> None:
    library.put("stays.toy", "car")
    place = library.put("goes.toy", "bear")
    await library.scan()
    place.unlink()
    result = await library.scan()
    assert result.missing == 1
    assert await library.missing() == {"goes.toy"}
    assert (await library.scan()).missing == 0
    library.put("goes.toy", "bear")
    result = await library.scan()
    assert (result.returned, result.unchanged) == (1, 2)
    assert await library.missing() == set()


async def test_a_missing_file_that_returns_changed_is_read(library: Library) -> None:
    library.put("stays.toy", "car")
    place = library.put("goes.toy", "bear")
    await library.scan()
    place.unlink()
    await library.scan()
    library.put("goes.toy", "another bear", at=9)
    result = await library.scan()
    assert (result.returned, result.catalogued) == (1, 1)
    assert (await library.there())["goes.toy"] == "another bear"


async def test_a_file_that_cannot_be_read_is_kept_in_mind_and_left_in_peace(
    library: Library,
) -> None:
    library.put("good.toy", "bear")
    library.put("bad.toy", "broken")
    result = await library.scan()
    assert (result.catalogued, result.failed) == (1, 1)
    assert (await library.scan()).failed == 1
    (failure,) = await library.failures.list_failures(library.root.id, "toys")
    assert (failure.path, failure.stage, failure.message, failure.attempts) == (
        "bad.toy",
        "open",
        "the toy is broken",
        1,
    )
    assert (await library.scan(retry_failed=True)).failed == 1
    (failure,) = await library.failures.list_failures(library.root.id, "toys")
    assert failure.attempts == 2
    library.put("bad.toy", "mended", at=3)
    result = await library.scan()
    assert (result.catalogued, result.failed) == (1, 0)
    assert await library.failures.list_failures(library.root.id, "toys") == []


async def test_a_file_whose_library_is_not_there_is_tried_again_by_each_scan(
    library: Library,
) -> None:
    library.put("box.toy", "locked")
    for attempts in (1, 2):
        assert (await library.scan()).failed == 1
        (failure,) = await library.failures.list_failures(library.root.id, "toys")
        assert (failure.stage, failure.attempts) == ("library", attempts)


async def test_a_file_that_crashes_its_reader_costs_one_file(library: Library) -> None:
    for number in range(5):
        library.put(f"{number}.toy", f"toy {number}")
    library.put("crash.toy", "crash")
    result = await library.scan()
    assert (result.catalogued, result.failed) == (5, 1)
    (failure,) = await library.failures.list_failures(library.root.id, "toys")
    assert (failure.path, failure.stage) == ("crash.toy", "crashed")


async def test_a_failure_is_forgotten_with_its_file(library: Library) -> None:
    library.put("good.toy", "bear")
    bad = library.put("bad.toy", "broken")
    await library.scan()
    bad.unlink()
    await library.scan()
    assert await library.failures.list_failures(library.root.id, "toys") == []


async def test_a_failure_is_forgotten_when_the_file_is_put_back_as_it_was(
    library: Library,
) -> None:
    place = library.put("a.toy", "bear")
    await library.scan()
    library.put("a.toy", "broken", at=5)
    assert (await library.scan()).failed == 1
    library.put("a.toy", "bear")
    assert (await library.scan()).unchanged == 1
    assert place.exists()
    assert await library.failures.list_failures(library.root.id, "toys") == []


async def test_a_file_that_fails_after_it_was_catalogued_is_not_missing(library: Library) -> None:
    library.put("a.toy", "bear")
    await library.scan()
    library.put("a.toy", "broken", at=3)
    result = await library.scan()
    assert (result.failed, result.missing) == (1, 0)
    assert await library.there() == {"a.toy": "bear"}
    assert (await library.scan()).failed == 1


async def test_a_file_that_was_just_written_is_read_once_it_has_settled(library: Library) -> None:
    place = library.put("a.toy", "bear")
    os.utime(place)
    result = await library.scan(settle_seconds=0.05)
    assert (result.catalogued, result.waiting) == (1, 0)


async def test_a_file_that_grows_while_it_is_read_waits_for_the_next_scan(
    library: Library,
) -> None:
    place = library.put("a.toy", "grow\n")
    library.put("b.toy", "bear")
    result = await library.scan(settle_seconds=0.01)
    assert (result.catalogued, result.waiting) == (1, 1)
    assert await library.there() == {"b.toy": "bear"}
    place.write_text("grown")
    library.stamp(place, 4)
    assert (await library.scan()).catalogued == 1


async def test_a_time_in_the_future_does_not_make_a_file_wait_for_ever(library: Library) -> None:
    place = library.put("a.toy", "bear")
    os.utime(place, ns=(LONG_AGO_NS * 2, LONG_AGO_NS * 2))
    assert (await library.scan(settle_seconds=60)).catalogued == 1


async def test_times_that_no_database_can_hold_are_the_nearest(library: Library) -> None:
    place = library.put("future.toy", "bear")
    os.utime(place, (13_569_465_600, 13_569_465_600))  # the year 2400
    if place.stat().st_mtime_ns < 2**63:
        pytest.skip("this file system does not keep such times")
    assert (await library.scan()).catalogued == 1
    assert (await library.scan()).unchanged == 1


async def test_patterns_of_the_root_and_of_the_scan_leave_files_out(library: Library) -> None:
    for path in ("a.toy", "proxies/a.toy", "keep/b.toy", "keep/b.part.toy"):
        library.put(path, path)
    await library.roots.update(library.root.id, exclude=["proxies/"])
    result = await library.scan(exclude=("*.part.toy",))
    assert set(await library.there()) == {"a.toy", "keep/b.toy"}
    assert (result.excluded, result.excluded_directories) == (1, 1)


async def test_a_pattern_of_one_scan_marks_nothing_missing(library: Library) -> None:
    library.put("a.toy", "a")
    gone = library.put("keep/b.toy", "b")
    await library.scan()
    gone.unlink()
    result = await library.scan(exclude=("keep",))
    assert (result.missing, await library.missing()) == (0, set())
    await library.roots.update(library.root.id, exclude=["keep"])
    assert (await library.scan()).missing == 0
    await library.roots.update(library.root.id, exclude=[])
    assert (await library.scan()).missing == 1


async def test_a_flat_scan_looks_at_the_root_alone(library: Library) -> None:
    library.put("a.toy", "a")
    below = library.put("keep/b.toy", "b")
    result = await library.scan(recursive=False)
    assert (result.catalogued, result.excluded_directories) == (1, 1)
    await library.scan()
    below.unlink()
    assert (await library.scan(recursive=False)).missing == 0
    assert (await library.scan()).missing == 1


async def test_a_file_that_a_person_took_out_stays_out_until_it_is_another(
    library: Library,
) -> None:
    library.put("a.toy", "bear")
    await library.scan()
    toy = (await library.by_path())["a.toy"]
    burials = Burials(library.store)
    await burials.bury(library.root.id, toy.path, toy.id, toy.size)
    result = await library.scan()
    assert (result.excluded, result.catalogued) == (1, 0)
    assert await library.there() == {}
    library.put("a.toy", "another file", at=1)
    assert (await library.scan()).catalogued == 1


async def test_a_link_is_followed_to_a_file_below_the_root_and_nowhere_else(
    library: Library, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.toy"
    outside.write_text("outside")
    library.put("real/a.toy", "bear")
    for name, target in {
        "inside.toy": "real/a.toy",
        "outside.toy": str(outside),
        "nowhere.toy": "nowhere",
        "directory.toy": "real",
        "loop": ".",
        "up": "..",
    }.items():
        (library.directory / name).symlink_to(target)
    result = await library.scan()
    assert set(await library.there()) == {"inside.toy", "real/a.toy"}
    # `loop` and `up` have no extension of the collection; nothing behind a link is entered.
    assert (result.excluded, result.not_media) == (3, 2)
    assert result.directories == 2


async def test_what_is_not_a_regular_file_is_not_media(library: Library) -> None:
    library.put("a.toy", "bear")
    os.mkfifo(library.directory / "pipe.toy")
    (library.directory / "directory.toy").mkdir()
    result = await library.scan()
    assert (result.catalogued, result.not_media, result.directories) == (1, 1, 2)


async def test_more_files_than_a_page_are_compared_in_order(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_compare, "PAGE", 64)
    names = [f"{'d!' * (n % 3)}d{n % 7}/{n:04}.toy" for n in range(1_100)]
    for name in names:
        library.put(name, "")
    library.put("bad.toy", "broken")
    result = await library.scan()
    assert (result.catalogued, result.failed) == (1_100, 1)
    for name in names[::10]:
        (library.directory / name).unlink()
    library.put("d3!/new.toy", "new")
    result = await library.scan()
    assert (result.unchanged, result.missing, result.catalogued) == (990, 110, 1)
    assert result.failed == 1
    assert await library.missing() == set(names[::10])


async def test_a_scan_that_is_cancelled_leaves_its_work_to_the_next(library: Library) -> None:
    for number in range(400):
        library.put(f"{number:03}.toy", f"toy {number}")
    scan = asyncio.create_task(library.scan())
    while not await library.there():
        await asyncio.sleep(0)
    scan.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scan
    stored = len(await library.there())
    assert 0 < stored < 400
    result = await library.scan()
    assert (result.unchanged, result.catalogued) == (stored, 400 - stored)


async def test_the_root_remembers_its_last_scan(library: Library) -> None:
    library.put("a.toy", "bear")
    await library.scan()
    root = await library.roots.get(library.root.id)
    assert root is not None
    assert root.last_scan is not None
    assert root.last_scan["toys"]["catalogued"] == 1
    assert root.last_scan_at is not None
    assert root.problem is None


async def test_a_scan_of_no_root_is_refused(library: Library) -> None:
    await library.roots.remove(library.root.id)
    with pytest.raises(NotFound, match="no root"):
        await library.scan()


@pytest.mark.parametrize("function", ["tests.files.toys:nothing", "nowhere:examine"])
async def test_a_collection_that_cannot_examine_blames_no_file(
    library: Library, function: str
) -> None:
    library.put("a.toy", "bear")
    library.toys.examine = function
    with pytest.raises(ScanFailed, match="cannot be used"):
        await library.scan()
    assert await library.failures.list_failures(library.root.id, "toys") == []


async def test_a_scan_says_how_far_it_is(library: Library) -> None:
    for number in range(3):
        library.put(f"{number}.toy", f"toy {number}")
    await library.scan()
    assert library.reports[0] == (3, None, "looking for files")
    assert library.reports[-1] == (3, 3, "reading files")


class Burials(AsyncRepository):
    """Deletes as a collection does."""

    @write
    def bury(self, root_id: str, path: str, id: str, size: int) -> Unit[None]:
        yield from records.delete(id)
        yield from write_tombstone(
            "toys", root_id, path, id, size=size, mtime_ns=None, fingerprint=None
        )
