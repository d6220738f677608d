"""Failures of files, and what scans keep in mind, on every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mustela.files.buried_files import AsyncBuriedFileRepository, BuriedFileRepository
from mustela.files.file_failures import (
    AsyncFileFailureRepository,
    FileFailureRepository,
    NewFailure,
)
from mustela.files.schema import files_metadata
from mustela.files.tombstones import write_tombstone
from mustela.store import AsyncRepository, SyncRepository, Unit, write
from mustela.store.testing import Harness

SCAN = ("root", "video")


@pytest.fixture
async def harness(open_engine: Any) -> AsyncIterator[Harness]:
    async with open_engine([files_metadata]) as harness:
        yield harness


def failure(path: str, stage: str = "open") -> NewFailure:
    return NewFailure(path, stage, "it is broken", 5, 6)


async def test_a_failure_takes_the_place_of_the_paths_last_one(harness: Harness) -> None:
    failures = harness.bind(FileFailureRepository, AsyncFileFailureRepository)
    assert not await failures.has_any(*SCAN)
    await failures.note(*SCAN, [failure("b"), failure("a")])
    await failures.note(*SCAN, [failure("b", "streams")])
    await failures.note(*SCAN, [])
    await failures.note("root", "radio", [failure("z")])
    assert await failures.has_any(*SCAN)
    listed = await failures.list_failures(*SCAN)
    assert [(f.path, f.stage, f.attempts) for f in listed] == [
        ("a", "open", 1),
        ("b", "streams", 2),
    ]
    assert [f.path for f in await failures.list_failures(*SCAN, limit=1, offset=1)] == ["b"]
    assert await failures.forget(*SCAN, ["a", "unknown"]) == 1
    assert await failures.forget(*SCAN, []) == 0
    assert [f.path for f in await failures.list_failures(*SCAN)] == ["b"]


async def test_failures_are_read_between_paths(harness: Harness) -> None:
    failures = harness.bind(FileFailureRepository, AsyncFileFailureRepository)
    await failures.note(*SCAN, [failure(path) for path in "abcd"])
    assert [row[0] for row in await failures.between(*SCAN, "a", "c", 10)] == ["b", "c"]
    assert await failures.between(*SCAN, "a", None, 1) == [("b", 5, 6, "open")]


async def test_places_that_can_be_looked_at_again_are_forgotten(harness: Harness) -> None:
    failures = harness.bind(FileFailureRepository, AsyncFileFailureRepository)
    await failures.note(*SCAN, [failure("a/", "list"), failure("b", "stat"), failure("c")])
    (first, *_) = await failures.list_failures(*SCAN)
    at = int(first.at.timestamp() * 1_000_000)
    assert await failures.forget_passed(*SCAN, at - 1_000) == 0
    assert await failures.forget_passed(*SCAN, at + 1_000_000) == 2
    assert [f.path for f in await failures.list_failures(*SCAN)] == ["c"]


class BurialOperations:
    @write
    def bury(self, path: str, size: int | None) -> Unit[None]:
        yield from write_tombstone(
            "video", "root", path, "id", size=size, mtime_ns=None, fingerprint=None
        )


class Burials(BurialOperations, SyncRepository): ...


class AsyncBurials(BurialOperations, AsyncRepository): ...


async def test_buried_files_are_read_between_paths(harness: Harness) -> None:
    buried = harness.bind(BuriedFileRepository, AsyncBuriedFileRepository)
    assert not await buried.has_any(*SCAN)
    burials = harness.bind(Burials, AsyncBurials)
    for path, size in (("a", 1), ("b", None), ("c", 3)):
        await burials.bury(path, size)
    assert await buried.has_any(*SCAN)
    assert await buried.between(*SCAN, "a", None, 10) == [("b", None), ("c", 3)]
    assert await buried.between(*SCAN, "", "b", 10) == [("a", 1), ("b", None)]
