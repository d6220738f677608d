"""Where jobs come from and what came of them, on every engine, sync and async."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from mustela.jobs.external_operations import new_run
from mustela.jobs.operations import AsyncJobRepository, JobRepository
from mustela.jobs.provenance import Made, MadeRecord, RelatedJob
from mustela.jobs.record import new_job
from mustela.jobs.schema import jobs_metadata
from mustela.store import Statement, Unit, rows
from mustela.store.testing import Harness
from tests.fix_engines import OpenHarness


@pytest.fixture
async def harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine([jobs_metadata]) as harness:
        yield harness


@pytest.fixture
def jobs(harness: Harness) -> Any:
    return harness.bind(JobRepository, AsyncJobRepository)


def made_by(job_id: str, limit: int) -> Unit[Made]:
    """A collection whose records are read in the same snapshot."""
    ((number,),) = yield from rows(Statement(text("SELECT 3")))
    items = [MadeRecord(f"{job_id}-{n}", f"image {n}") for n in range(number)]
    return Made(number, True, items[:limit])


async def test_a_job_is_shown_with_all_that_it_was_made_from_and_made(jobs: Any) -> None:
    run = await jobs.open_run(
        new_run("imaging", {"band": 3}, id="run", inputs=["a.ms"], software_version="wsclean 3")
    )
    await jobs.report_run("run", run.claim_id, outputs=["x.fits"])
    found = await jobs.provenance("run", {"radio": made_by}, limit=2)
    assert (found.job_id, found.type, found.status) == ("run", "imaging", "running")
    assert (found.parameters, found.software_version) == ({"band": 3}, "wsclean 3")
    assert (found.inputs, found.outputs) == (("a.ms",), ("x.fits",))
    assert found.records == {
        "radio": Made(3, True, [MadeRecord("run-0", "image 0"), MadeRecord("run-1", "image 1")])
    }
    assert (found.parents, found.children, found.children_are_all) == ([], [], True)


async def test_a_chain_of_jobs_is_followed_in_both_directions(jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="first", parent="removed"))
    await jobs.submit(new_job("scan", id="second", parent="first"))
    await jobs.request_cancel("second")
    await jobs.submit(new_job("scan", id="third", parent="second"))
    for n in range(3):
        await jobs.submit(new_job("thumbnails", id=f"child{n}", parent="third"))
    found = await jobs.provenance("third", limit=2)
    assert found.parents == [
        RelatedJob("second", "scan", "cancelled"),
        RelatedJob("first", "scan", "pending"),
    ]
    assert [child.id for child in found.children] == ["child0", "child1"]
    assert not found.children_are_all
    assert (await jobs.provenance("third", limit=3)).children_are_all


async def test_a_ring_of_parents_is_walked_once(jobs: Any) -> None:
    await jobs.submit(new_job("scan", id="a", parent="b"))
    await jobs.submit(new_job("scan", id="b", parent="a"))
    assert [job.id for job in (await jobs.provenance("a")).parents] == ["b"]


async def test_a_job_that_is_not_there_has_no_provenance(jobs: Any) -> None:
    assert await jobs.provenance("nobody") is None
