"""File names may hold anything but a slash and a zero byte. None of them steers a terminal."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from mustela.console import printable
from tests.cli.conftest import Run
from tests.media import settle

pytestmark = pytest.mark.usefixtures("unmeasured_processes")

#: What a file may be called, and how it is shown.
NAMES = {
    b"clear \x1b[2J\x1b]0;title\x07.mp4": "clear \\x1b[2J\\x1b]0;title\\x07.mp4",
    b"two\nlines\r.mp4": "two\\nlines\\r.mp4",
    b"[bold red]markup[red] :smile:.mp4": "[bold red]markup[red] :smile:.mp4",
    b"latin \xe9t\xe9.mp4": "latin \\xe9t\\xe9.mp4",
    b"back\\slash.mp4": "back\\\\slash.mp4",
    "turned \u202e4pm.exe.mp4".encode(): "turned \\u202e4pm.exe.mp4",
    "\u05e9\u05dc\u05d5\u05dd.mp4".encode(): "\u05e9\u05dc\u05d5\u05dd.mp4",
    "c1 \x9b31m.mp4".encode(): "c1 \\x9b31m.mp4",
    b"-n --help.mp4": "-n --help.mp4",
    b"x" * 251 + b".mp4": "x" * 251 + ".mp4",
    ("\U0001f98a" * 62).encode() + b"abc.mp4": "\U0001f98a" * 62 + "abc.mp4",
}


@pytest.fixture
def hostile(media: Path, tmp_path: Path) -> Path:
    """A directory of videos with such names."""
    directory = tmp_path / "hostile"
    directory.mkdir()
    for name in NAMES:
        try:
            shutil.copy(media / "beach.mp4", directory / os.fsdecode(name))
        except OSError:
            pytest.skip("this file system does not take such names")
    settle(directory)
    return directory


def harmless(text: str) -> bool:
    return all(letter.isprintable() or letter == "\n" for letter in text)


def test_hostile_names_are_shown_harmlessly(mustela: Run, hostile: Path) -> None:
    done = mustela("scan", hostile)
    assert done.status == 0, done
    assert f"{len(NAMES)} catalogued" in done.err
    table = mustela("video", "list")
    assert harmless(table.out)
    assert len(table.lines) == len(NAMES) + 1
    for shown in NAMES.values():
        assert f"{hostile}/{shown}" in table.out


def test_json_holds_the_names_so_that_they_can_be_read_back(mustela: Run, hostile: Path) -> None:
    mustela("scan", hostile)
    listed = mustela("video", "list", "--json")
    assert harmless(listed.out)
    assert len(listed.json) == len(NAMES)
    names = {record["filename"] for record in listed.json}
    assert "two\nlines\r.mp4" in names
    assert "latin \\xe9t\\xe9.mp4" in names


def test_hostile_names_are_harmless_in_every_other_place(mustela: Run, hostile: Path) -> None:
    evil = hostile.with_name("evil \x1b[31m\n")
    hostile.rename(evil)
    (evil / "broken \x1b[0m.mp4").write_bytes(b"no video" * 1000)
    settle(evil)
    done = mustela("scan", evil)
    assert done.status == 1
    assert "broken \\x1b[0m.mp4: " in done.err
    id_ = mustela("video", "list", "--json").json[0]["id"]
    for answer in (
        done,
        mustela("roots", "list"),
        mustela("roots", "add", evil),
        mustela("video", "show", id_),
        mustela("video", "edit", id_, "--note", "\x1b[5m", "--tag", "\x07bell"),
        mustela("jobs", "list"),
        mustela("jobs", "logs", mustela("jobs", "list", "--json").json[0]["id"]),
        mustela("video", "show", "\x1b[31mred"),
        mustela("video", "list", "--sort", "\x1b[31mred"),
        mustela("roots", "remove", "\x1b[31mred"),
        mustela("scan", "\x1b[31mred"),
        mustela("serve", os.fsdecode(b"/nowhere/\xff\x1b"), "--port", "0"),
        mustela("\x1b[31mred"),
        mustela("roots", "remove", str(evil)),
    ):
        assert harmless(answer.out)
        assert harmless(answer.err), answer.err


def test_what_cannot_be_printed_is_escaped_and_the_rest_is_left() -> None:
    assert printable("caf\u00e9 \u65e5\u672c \U0001f98a") == "caf\u00e9 \u65e5\u672c \U0001f98a"
    assert printable("\x00\x7f\u2028\udcff") == "\\x00\\x7f\\u2028\\udcff"
