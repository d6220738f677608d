from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mustela.files.fingerprint import _sum_of_words, fingerprint

KIB = 1024


def by_definition(data: bytes) -> str:
    def words(part: bytes) -> int:
        padded = part + b"\0" * (-len(part) % 8)
        return sum(struct.unpack(f"<{len(padded) // 8}Q", padded))

    return f"{(len(data) + words(data[: 64 * KIB]) + words(data[-64 * KIB :])) % 2**64:016x}"


def some_bytes(size: int) -> bytes:
    return bytes((i * i + i // 251) & 0xFF for i in range(size))


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 17, 65535, 65536, 65537, 131072, 200_003])
def test_is_what_its_definition_says_for_every_size(tmp_path: Path, size: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(some_bytes(size))
    assert fingerprint(file) == by_definition(some_bytes(size))


def test_is_stable_across_versions(tmp_path: Path) -> None:
    """It is stored in databases and in the names of pictures."""
    file = tmp_path / "file"
    file.write_bytes(some_bytes(200_003))
    assert fingerprint(file) == "44ddab8d3af471c3"
    file.write_bytes(b"")
    assert fingerprint(file) == "0000000000000000"


def test_does_not_change_with_the_name(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(some_bytes(1000))
    before = fingerprint(file)
    assert fingerprint(str(file.rename(tmp_path / "another")).encode()) == before


def test_sees_a_change_at_the_start_at_the_end_and_of_size(tmp_path: Path) -> None:
    data = bytearray(some_bytes(300 * KIB))
    seen = set()
    for place in (None, 0, 64 * KIB - 7, 300 * KIB - 6, 300 * KIB - 64 * KIB + 5):
        changed = bytearray(data)
        if place is not None:
            changed[place] ^= 1
        (tmp_path / "file").write_bytes(changed)
        seen.add(fingerprint(tmp_path / "file"))
    (tmp_path / "file").write_bytes(data + b"\0")
    seen.add(fingerprint(tmp_path / "file"))
    assert len(seen) == 6


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fingerprint(tmp_path / "none")


@given(st.binary(max_size=400))
def test_adds_words_as_a_loop_would(data: bytes) -> None:
    padded = data + b"\0" * (-len(data) % 8)
    assert _sum_of_words(data) == sum(struct.unpack(f"<{len(padded) // 8}Q", padded))
