"""Files below a root, and attempts to reach others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mustela.files.below import (
    FileMissing,
    NotAFile,
    OutsideRoots,
    open_below,
    resolve_below,
    resolve_below_any,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    inside = tmp_path / "root" / "folder"
    inside.mkdir(parents=True)
    (inside / "film.mov").write_bytes(b"film")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "root-2").mkdir()
    return tmp_path / "root"


def test_files_below_are_found_by_either_kind_of_path(root: Path) -> None:
    film = root / "folder" / "film.mov"
    assert resolve_below(root, "folder/film.mov") == film
    assert resolve_below(root, film) == film
    assert resolve_below(root, root) == root
    assert resolve_below(root, "not/yet/there") == root / "not/yet/there"
    assert resolve_below_any([root.parent / "root-2", root], film) == film


@pytest.mark.parametrize(
    "path", ["../secret", "folder/../../secret", "/etc/passwd", "../root-2/x", ".."]
)
def test_paths_that_lead_out_are_refused(root: Path, path: str) -> None:
    with pytest.raises(OutsideRoots):
        resolve_below(root, path)
    with pytest.raises(OutsideRoots):
        resolve_below_any([root], root / path)
    with pytest.raises(OutsideRoots):
        open_below(root, path)


def test_links_are_followed_before_anything_is_compared(root: Path) -> None:
    (root / "out").symlink_to(root.parent / "secret")
    (root / "up").symlink_to(root.parent)
    (root / "in").symlink_to(root / "folder")
    for path in ("out", "up/secret"):
        with pytest.raises(OutsideRoots):
            resolve_below(root, path)
    assert resolve_below(root, "in/film.mov") == root / "folder" / "film.mov"
    alias = root.parent / "alias"
    alias.symlink_to(root)
    assert resolve_below(alias, alias / "folder" / "film.mov") == root / "folder" / "film.mov"


def test_an_open_file_is_the_one_that_was_checked(root: Path) -> None:
    descriptor, found = open_below(root, "folder/film.mov")
    try:
        assert os.pread(descriptor, 10, 0) == b"film"
        assert found.st_size == 4
    finally:
        os.close(descriptor)


def test_what_is_no_file_is_refused_without_waiting_for_it(root: Path) -> None:
    os.mkfifo(root / "pipe")
    for path in ("pipe", "folder"):
        with pytest.raises(NotAFile):
            open_below(root, path)
    with pytest.raises(FileMissing):
        open_below(root, "absent")
    with pytest.raises(FileMissing):
        open_below(root, "nul\0byte")


def test_a_link_put_there_meanwhile_is_found_out(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = root / "folder"
    really_open = os.open

    def swapped(path: Path, flags: int) -> int:
        folder.rename(root.parent / "moved")
        (root.parent / "evil").mkdir()
        (root.parent / "evil" / "film.mov").write_bytes(b"secret")
        folder.symlink_to(root.parent / "evil")
        return really_open(path, flags)

    monkeypatch.setattr(os, "open", swapped)
    with pytest.raises(OutsideRoots):
        open_below(root, "folder/film.mov")


def test_a_path_that_is_no_unicode_is_shown_escaped(root: Path) -> None:
    with pytest.raises(FileMissing) as caught:
        open_below(root, os.fsdecode(b"\xff.mov"))
    assert caught.value.message.isascii()
