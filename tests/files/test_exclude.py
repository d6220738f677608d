"""Patterns for what scans leave out."""

from __future__ import annotations

import pytest

from mustela.errors import MustelaError
from mustela.files.errors import InvalidPattern
from mustela.files.exclude import Exclusion, is_hidden


def left_out(pattern: str, path: str) -> bool:
    return Exclusion([pattern]).covers(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.tmp", "a.tmp"),
        ("*.tmp", "deep/down/a.tmp"),
        ("proxies", "proxies/a.mov"),
        ("proxies", "2024/proxies/deep/a.mov"),
        ("proxies/", "2024/proxies/a.mov"),
        ("/intro.mp4", "intro.mp4"),
        ("2024/raw", "2024/raw/a.mov"),
        ("2024/*/raw", "2024/may/raw/a.mov"),
        ("**/raw/*.mov", "raw/a.mov"),
        ("**/raw/*.mov", "2024/may/raw/a.mov"),
        ("2024/**/a.mov", "2024/a.mov"),
        ("2024/**/a.mov", "2024/x/y/a.mov"),
        ("2024/**", "2024/x/y/a.mov"),
        ("a?.mov", "ab.mov"),
        ("[a-c].mov", "b.mov"),
        ("[!a-c].mov", "d.mov"),
        ("[]x].mov", "].mov"),
        ("[!]name", "!name"),
        ("[a", "[a"),
        ("a+(b)", "a+(b)"),
        ("[&&x].mov", "&.mov"),
        (r"caf\xe9*", r"caf\xe9.mov"),
        ("été", "été/a.mov"),
        ("a\nb", "a\nb"),
    ],
)
def test_a_pattern_leaves_out(pattern: str, path: str) -> None:
    assert left_out(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.tmp", "a.tmp.mov"),
        ("proxies/", "proxies"),
        ("/intro.mp4", "2024/intro.mp4"),
        ("2024/raw", "old/2024/raw/a.mov"),
        ("2024/*", "2023/a.mov"),
        ("a?.mov", "a.mov"),
        ("a*b", "a/b"),
        ("x/a?b", "x/a/b"),
        ("[!a-c].mov", "b.mov"),
        ("x/[!a]b", "x//b"),
        ("Proxies", "proxies/a.mov"),
        ("a.mov", "axmov"),
    ],
)
def test_a_pattern_lets_through(pattern: str, path: str) -> None:
    assert not left_out(pattern, path)


@pytest.mark.parametrize("pattern", ["", "/", " ", "!keep.mov", "[z-a]"])
def test_a_pattern_that_means_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPattern) as refusal:
        Exclusion([pattern])
    assert isinstance(refusal.value, MustelaError)


def test_without_patterns_only_hidden_names_are_left_out() -> None:
    nothing = Exclusion([])
    assert not nothing.covers("a/b.mov")
    assert nothing.covers(".git/b.mov")
    assert nothing.covers("a/.b.mov")
    assert nothing.covers("@eaDir/b.mov")


@pytest.mark.parametrize(
    "name",
    [".git", ".Trash-1000", "._a.mov", "$RECYCLE.BIN", "System Volume Information", "lost+found"],
)
def test_names_of_systems_are_hidden(name: str) -> None:
    assert is_hidden(name)
    assert not is_hidden(f"my {name}")
