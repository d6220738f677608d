"""A directory that holds a marker is one item, whatever is in it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from mustela.files import directory_product, scan_compare, walk_main
from mustela.files.directory_product import (
    DirectoryRule,
    fingerprint_at,
    is_being_written,
    is_there,
    link_out_of,
    stamp_at,
)
from mustela.files.examination import examine
from mustela.files.failure import Unreadable
from mustela.files.walk_wire import WalkBatch, WalkOrder
from tests.files.library import LONG_AGO_NS, Library
from tests.files.toys import SETS

EXAMINE = "tests.files.toys:examine"


async def test_a_directory_with_a_marker_is_one_item_and_is_not_walked_into(
    library: Library,
) -> None:
    library.put_set("bears.set", "bears")
    library.put_set("box/no extension", "cars")
    library.put("bears/a.toy", "a")
    result = await library.scan()
    assert await library.there() == {
        "bears.set": "bears",
        "box/no extension": "cars",
        "bears/a.toy": "a",
    }
    assert (result.entries, result.catalogued, result.directories) == (3, 3, 3)
    assert (await library.scan()).unchanged == 3


async def test_without_a_rule_a_directory_is_walked_into(library: Library) -> None:
    library.toys.directories = None
    library.put_set("bears.set", "bears")
    result = await library.scan()
    assert (result.catalogued, result.not_media) == (1, 1)
    assert await library.there() == {"bears.set/parts/a.toy": "part of bears"}


async def test_its_size_is_that_of_its_members_and_its_time_the_newest(library: Library) -> None:
    place = library.put_set("bears.set", "bears")
    (place / "set.lock").write_text("says nothing")
    library.stamp_set(place, 0)
    library.stamp(place / "set.lock", 99)
    library.stamp(place / "parts", 7)
    await library.scan()
    toy = (await library.by_path())["bears.set"]
    assert toy.size == len("bears") + len("part of bears")
    assert toy.mtime_ns == LONG_AGO_NS + 7 * 1_000_000_000


async def test_a_member_that_changes_changes_it(library: Library) -> None:
    place = library.put_set("bears.set", "bears")
    await library.scan()
    library.stamp(place / "parts" / "a.toy", 5)
    assert (await library.scan()).catalogued == 1
    (place / "parts" / "b.toy").write_text("")
    library.stamp_set(place, 6)
    assert (await library.scan()).catalogued == 1
    library.stamp_set(place, 6)
    assert (await library.scan()).unchanged == 1


async def test_it_is_recognised_where_it_is_moved_to(library: Library) -> None:
    place = library.put_set("bears.set", "bears")
    library.put_set("cars.set", "cars!")
    await library.scan()
    old = (await library.by_path())["bears.set"]
    (place / "set.lock").write_text("somebody has read it meanwhile")
    library.rename("bears.set", "new/bears")
    result = await library.scan()
    assert (result.moved, result.missing) == (1, 0)
    assert (await library.by_path())["new/bears"].id == old.id


async def test_it_is_missing_when_it_is_gone_or_only_a_directory_is_left(
    library: Library,
) -> None:
    place = library.put_set("bears.set", "bears")
    library.put("a.toy", "a")
    await library.scan()
    (place / "set.txt").unlink()
    result = await library.scan()
    assert result.missing == 1
    assert await library.missing() == {"bears.set"}
    assert await library.there() == {"a.toy": "a", "bears.set/parts/a.toy": "part of bears"}
    library.put_set("bears.set", "bears")
    result = await library.scan()
    assert (result.returned, result.missing) == (1, 1)
    assert await library.missing() == {"bears.set/parts/a.toy"}


async def test_a_flat_scan_finds_those_in_the_root(library: Library) -> None:
    library.put_set("bears.set", "bears")
    library.put_set("box/cars.set", "cars")
    result = await library.scan(recursive=False)
    assert (result.catalogued, result.excluded_directories) == (1, 1)


async def test_patterns_for_directories_leave_it_out(library: Library) -> None:
    library.put_set("bears.set", "bears")
    library.put_set(".hidden.set", "hidden")
    library.put("a.toy", "a")
    await library.scan()
    result = await library.scan(exclude=("*.set/",))
    assert (result.excluded_directories, result.missing, result.unchanged) == (2, 0, 1)


async def test_a_scan_of_a_directory_inside_is_one_of_the_directory_around_it(
    library: Library,
) -> None:
    library.put_set("box/bears.set", "bears")
    library.put("a.toy", "a")
    result = await library.scan(below="box/bears.set/parts/")
    assert result.catalogued == 1
    assert await library.there() == {"box/bears.set": "bears"}


async def test_one_that_was_just_written_is_read_once_it_has_settled(library: Library) -> None:
    place = library.put_set("bears.set", "bears")
    os.utime(place / "parts" / "a.toy")
    result = await library.scan(settle_seconds=0.05)
    assert (result.catalogued, result.waiting) == (1, 0)


async def test_one_that_grows_while_it_is_read_waits(library: Library) -> None:
    library.put_set("bears.set", "grow\n")
    result = await library.scan(settle_seconds=0.01)
    assert (result.catalogued, result.waiting) == (0, 1)


async def test_one_that_cannot_be_looked_at_is_a_failure_and_not_missing(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def walk_here(order: WalkOrder) -> AsyncGenerator[WalkBatch, None]:
        for batch in walk_main.walk(order):
            yield batch

    library.put_set("bears.set", "bears")
    await library.scan()
    with monkeypatch.context() as patch:
        patch.setattr(scan_compare, "walk", walk_here)
        patch.setattr(directory_product, "MOST_MEMBERS", 1)
        result = await library.scan()
    assert (result.entries, result.failed, result.missing) == (1, 1, 0)
    (failure,) = await library.failures.list_failures(library.root.id, "toys")
    assert (failure.path, failure.stage) == ("bears.set", "stat")
    assert (await library.scan()).unchanged == 1
    assert await library.failures.list_failures(library.root.id, "toys") == []


def test_it_is_examined_only_as_what_the_walk_met(tmp_path: Path) -> None:
    place = tmp_path / "bears"
    place.mkdir()
    (place / "set.txt").write_text("bears")
    path = os.fsencode(place)
    size, mtime_ns = stamp_at(path, SETS)
    assert examine(EXAMINE, path, size, mtime_ns, (("set.txt",), "set.lock")).line == "bears"
    with pytest.raises(Unreadable) as failure:
        examine(EXAMINE, path, size + 1, mtime_ns, SETS)
    assert failure.value.stage == "changing"
    (place / "set.txt").unlink()
    with pytest.raises(Unreadable) as failure:
        examine(EXAMINE, path, size, mtime_ns, SETS)
    assert failure.value.stage == "gone"


WRITER = """
import fcntl, sys
with open(sys.argv[1], "r+b") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    print("locked", flush=True)
    sys.stdin.readline()
"""


def test_one_that_a_program_has_locked_is_changing_and_the_lock_is_not_touched(
    tmp_path: Path,
) -> None:
    place = tmp_path / "bears"
    place.mkdir()
    (place / "set.txt").write_text("bears")
    (place / "set.lock").write_text("x")
    path = os.fsencode(place)
    stamp = stamp_at(path, SETS)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(place / "set.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"locked\n"
        with pytest.raises(Unreadable, match="a program is writing to it") as failure:
            examine(EXAMINE, path, *stamp, SETS)
        assert failure.value.stage == "changing"
    assert examine(EXAMINE, path, *stamp, SETS).line == "bears"
    with (place / "set.lock").open("rb") as reader:
        fcntl.lockf(reader, fcntl.LOCK_SH | fcntl.LOCK_NB)
        assert not is_being_written(path, SETS)


def test_a_fingerprint_is_of_names_and_contents_not_of_times_and_locks(tmp_path: Path) -> None:
    def made(name: str, line: str, member: str = "a") -> str:
        place = tmp_path / name
        (place / "parts").mkdir(parents=True)
        (place / "set.txt").write_text(line)
        (place / "parts" / member).write_text("part")
        (place / "set.lock").write_text(name)
        (place / "link").symlink_to("parts")
        return fingerprint_at(os.fsencode(place), SETS)

    one = made("one", "bears")
    assert len(one) == 16
    assert made("two", "bears") == one
    assert made("three", "cars!") != one
    assert made("four", "bears", member="b") != one
    (tmp_path / "two" / "link").unlink()
    (tmp_path / "two" / "link").symlink_to("elsewhere")
    assert fingerprint_at(os.fsencode(tmp_path / "two"), SETS) != one


def test_a_link_that_leads_out_of_where_a_product_lies_is_found(tmp_path: Path) -> None:
    place = tmp_path / "root" / "set"
    (place / "parts").mkdir(parents=True)
    (place / "set.txt").touch()
    (place / "inside").symlink_to("parts")
    (place / "beside").symlink_to("../other/parts")
    (place / "set.lock").symlink_to("/nowhere")  # which nobody opens for what is in it
    assert link_out_of(os.fsencode(place), SETS) is None
    link = place / "parts" / "out"
    for target in (tmp_path / "secret", "../../../secret", "/"):
        link.symlink_to(target)
        assert link_out_of(os.fsencode(place), SETS) == b"parts/out"
        link.unlink()


def test_a_directory_of_too_many_files_is_no_product(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_product, "MOST_MEMBERS", 3)
    for name in ("set.txt", "a", "b", "c"):
        (tmp_path / name).touch()
    with pytest.raises(OSError, match="more than 3 files"):
        stamp_at(os.fsencode(tmp_path), SETS)


def test_what_is_there_is_a_file_or_a_product(tmp_path: Path) -> None:
    rule = DirectoryRule(("mark",))
    (tmp_path / "product").mkdir()
    (tmp_path / "product" / "mark").touch()
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").touch()
    there = {
        name: is_there(os.fsencode(tmp_path / name), rule)
        for name in ("product", "directory", "file", "nothing", "file/below")
    }
    assert there == {
        "product": True,
        "directory": False,
        "file": True,
        "nothing": False,
        "file/below": False,
    }
    assert not is_there(os.fsencode(tmp_path / "product"), None)
    assert not is_being_written(os.fsencode(tmp_path / "product"), rule)
