"""A scan as a queue runs it."""

from __future__ import annotations

from typing import Any

import pytest

from mustela.files.errors import ScanRefused
from mustela.files.scan_job import make_scan_handler, scan_key
from tests.files.library import Library


class Job:
    """What a handler needs of its context."""

    def __init__(self, **parameters: Any) -> None:
        self.id = "job"
        self.parameters = parameters
        self.reports: list[tuple[Any, ...]] = []
        self.lines: list[tuple[str, str]] = []

    def progress(self, *how_far: Any) -> None:
        self.reports.append(how_far)

    def log(self, line: str, level: str = "info") -> None:
        self.lines.append((line, level))


async def run(library: Library, job: Any) -> dict[str, Any]:
    toys: Any = library.toys
    handler = make_scan_handler(library.store, library.children, toys, settle_seconds=0)
    return await handler(job)


@pytest.mark.parametrize("by", ["root_id", "path"])
async def test_a_root_is_scanned_by_its_id_or_its_path(library: Library, by: str) -> None:
    library.put("a.toy", "bear")
    library.put("b/a.toy", "bear")
    root = {"root_id": library.root.id, "path": f"{library.root.path}/"}[by]
    job = Job(**{by: root}, recursive=False, exclude=["x"])
    result = await run(library, job)
    assert result["root_id"] == library.root.id
    assert (result["catalogued"], result["excluded_directories"]) == (1, 1)
    assert job.reports
    assert job.lines == []


async def test_a_problem_is_said_in_the_log(library: Library) -> None:
    library.directory.rmdir()
    job = Job(root_id=library.root.id)
    result = await run(library, job)
    assert job.lines == [(result["problem"], "warning")]


@pytest.mark.parametrize(
    "parameters",
    [{}, {"root_id": "nobody"}, {"path": "/nowhere"}, {"path": "/", "recursive": "perhaps"}],
)
async def test_what_cannot_be_scanned_is_refused(
    library: Library, parameters: dict[str, Any]
) -> None:
    with pytest.raises(ScanRefused):
        await run(library, Job(**parameters))


def test_scans_of_one_root_and_collection_share_a_key() -> None:
    assert scan_key("video", "r") == scan_key("video", "r")
    assert len({scan_key("video", "r"), scan_key("radio", "r"), scan_key("video", "s")}) == 3
