"""A file is examined only as what the walk met."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mustela.files.examination import check, examine
from mustela.files.failure import Unreadable
from tests.files.toys import ToyDetails

TOY = "tests.files.toys:examine"


def put(directory: Path, line: str) -> tuple[bytes, int, int]:
    place = directory / "a.toy"
    place.write_text(line)
    status = place.stat()
    return os.fsencode(place), status.st_size, status.st_mtime_ns


def test_a_file_is_examined(tmp_path: Path) -> None:
    details = examine(TOY, *put(tmp_path, "bear"))
    assert isinstance(details, ToyDetails)
    assert details.line == "bear"


def test_a_file_that_cannot_be_examined_fails_as_its_reader_says(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as failure:
        examine(TOY, *put(tmp_path, "broken"))
    assert failure.value.stage == "open"


def test_a_file_that_is_not_what_it_was_is_not_read(tmp_path: Path) -> None:
    path, size, mtime_ns = put(tmp_path, "bear")
    for stamp in ((size + 1, mtime_ns), (size, mtime_ns + 1)):
        with pytest.raises(Unreadable) as failure:
            examine(TOY, path, *stamp)
        assert failure.value.stage == "changing"


def test_a_file_that_changes_while_it_is_read_is_changing(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as failure:
        examine(TOY, *put(tmp_path, "grow"))
    assert failure.value.stage == "changing"


def test_a_file_that_went_away_is_gone(tmp_path: Path) -> None:
    path, size, mtime_ns = put(tmp_path, "bear")
    (tmp_path / "a.toy").unlink()
    with pytest.raises(Unreadable) as failure:
        examine(TOY, path, size, mtime_ns)
    assert failure.value.stage == "gone"


@pytest.mark.parametrize("call", ["stat", "open"])
def test_a_disk_that_refuses_is_not_the_files_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    stamped = put(tmp_path, "bear")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(Unreadable, match="Permission denied") as failure:
            examine(TOY, *stamped)
    assert failure.value.stage == "access"


def test_what_cannot_be_imported_is_told_before_any_file_is_read() -> None:
    assert check(TOY)
    with pytest.raises(ImportError):
        check("nowhere:examine")
