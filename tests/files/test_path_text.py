"""One text for each path, and back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mustela.errors import MustelaError
from mustela.files import path_text
from mustela.files.errors import MalformedPath

paths = st.binary().map(lambda data: data.replace(b"\0", b"\\"))


@given(paths)
@example(b"\\xff")
@example(b"\xff\\")
@example(b"\xe2\x82/\xac")
@example("e\u0301/é".encode())
def test_any_path_survives_the_round_trip(path: bytes) -> None:
    text = path_text.encode(path)
    text.encode()  # no surrogates: it is text for every database and for JSON
    assert path_text.decode(text) == path
    assert path_text.encode(os.fsdecode(path)) == text


@given(paths, paths)
def test_the_text_of_a_path_is_the_texts_of_its_parts(first: bytes, second: bytes) -> None:
    joined = f"{path_text.encode(first)}/{path_text.encode(second)}"
    assert path_text.encode(first + b"/" + second) == joined


@given(st.text(alphabet="\\x9fé\ud800/a"))
def test_what_decodes_is_the_text_of_what_it_decodes_to(text: str) -> None:
    try:
        path = path_text.decode(text)
    except MalformedPath:
        return
    assert path_text.encode(path) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (b"plain.mp4", "plain.mp4"),
        ("naïve 😀.mp4".encode(), "naïve 😀.mp4"),
        (b"a\\b", r"a\\b"),
        (b"caf\xe9.mov", r"caf\xe9.mov"),
        ("e\u0301".encode(), "e\u0301"),
    ],
)
def test_a_path_reads_as_people_would_expect(path: bytes, text: str) -> None:
    assert path_text.encode(path) == text


@pytest.mark.parametrize(
    "text", ["\\", r"a\n", r"\x41", r"\xc3\xa9", r"\xFF", r"\xf", "\ud800", "a\0b", "\\\\\\"]
)
def test_text_that_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(MalformedPath) as refusal:
        path_text.decode(text)
    assert isinstance(refusal.value, ValueError)
    assert isinstance(refusal.value, MustelaError)


@pytest.mark.parametrize("path", ["\ud800", b"a\0b"])
def test_what_no_file_can_be_called_has_no_text(path: str | bytes) -> None:
    with pytest.raises(MalformedPath):
        path_text.encode(path)


def test_path_objects_are_paths_too() -> None:
    assert path_text.encode(Path("/films/a")) == "/films/a"
