"""Figures of the queue: right on every engine, and at a cost that does not grow with the queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import apsw
import pytest

from mustela.jobs.operations import AsyncJobRepository, JobRepository
from mustela.jobs.record import new_job
from mustela.jobs.schema import jobs_metadata
from mustela.store import Statement, Store, SyncRepository
from mustela.store.ddl import ddl_statements
from mustela.store.listing import COUNT_LIMIT
from mustela.store.schema import store_metadata
from mustela.store.sqlite.dialect import DIALECT
from mustela.store.testing import Harness
from mustela.system import queue_figures as figures_module
from mustela.system.queue_figures import SAMPLE, AsyncQueueFigures, QueueFigureOperations
from tests.fix_engines import OpenHarness


class Figures(QueueFigureOperations, SyncRepository):
    """The figures, for code that waits."""


@pytest.fixture
async def harness(open_engine: OpenHarness) -> AsyncIterator[Harness]:
    async with open_engine([jobs_metadata]) as harness:
        yield harness


async def test_an_empty_queue_has_figures_too(harness: Harness) -> None:
    found = await harness.bind(Figures, AsyncQueueFigures).figures(0)
    assert (found.total, found.oldest, found.types, found.running_of) == (0, None, {}, {})
    assert set(found.statuses.values()) == {0}
    assert set(found.statuses) == {
        "pending",
        "running",
        "completed",
        "failed",
        "timeout",
        "cancelled",
    }


async def test_figures_tell_what_waits_runs_and_is_over(harness: Harness) -> None:
    jobs: Any = harness.bind(JobRepository, AsyncJobRepository)
    for id, at in (("done", 10), ("under-way", 20), ("waits", 30), ("waits longer", 25)):
        await jobs.submit(new_job("scan", id=id.replace(" ", "-")), at=at)
        if id == "done":
            (job,) = (await jobs.claim("a", {"scan": 1}, 1, at=11)).jobs
            await jobs.finish(job.id, job.claim_id, "completed", at=15)
        if id == "under-way":
            assert (await jobs.claim("b", {"scan": 1}, 1, at=21)).jobs
    await jobs.submit(new_job("probe", id="held", paused=True), at=1)
    await jobs.submit(new_job("probe", id="later", run_at=500), at=1)
    await jobs.request_cancel("later", at=40)
    await jobs.submit(new_job("probe", id="later-still", run_at=500), at=1)

    found = await harness.bind(Figures, AsyncQueueFigures).figures(15)
    assert found.total == 7
    assert found.statuses == {
        "pending": 4,
        "running": 1,
        "completed": 1,
        "failed": 0,
        "timeout": 0,
        "cancelled": 1,
    }
    assert found.types == {
        "pending": {"scan": 2, "probe": 2},
        "running": {"scan": 1},
        "completed": {"scan": 1},
        "cancelled": {"probe": 1},
    }
    assert (found.ready, found.later) == (2, 1)
    assert found.oldest == ("waits-longer", "scan", 25)
    assert (found.submitted_lately, found.ended_lately) == (3, 2)
    assert found.running_of == {"b": 1}


@pytest.mark.parametrize(
    "statement",
    [
        figures_module.NUMBERS,
        figures_module.TYPES,
        figures_module.OLDEST,
        figures_module.RUNNING_OF,
    ],
)
def test_no_figure_reads_a_whole_table(statement: Statement) -> None:
    connection = apsw.Connection(":memory:")
    for create in ddl_statements((store_metadata, jobs_metadata), "sqlite"):
        connection.execute(create)
    text, values = statement.compiled(DIALECT)
    bound = {**values, "most": 1, "sample": 1, "since": 1}
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", bound)]
    seeks = ("ix_jobs_ready", "ix_jobs_later")  # they hold nothing but the rows that are counted
    whole = [line for line in plan if line.startswith("SCAN jobs") and not line.endswith(seeks)]
    assert not whole, plan
    assert any("INDEX ix_jobs_" in line for line in plan), plan
    assert not any("B-TREE FOR ORDER BY" in line for line in plan), plan


def test_a_long_queue_is_counted_to_a_limit() -> None:
    with Store.memory(jobs_metadata) as store:
        jobs = JobRepository(store)
        with store.transaction(limit=60) as tx:
            inside = JobRepository(tx)
            for n in range(COUNT_LIMIT + 5):
                inside.submit(new_job("scan" if n % 2 else "probe"), at=n)
        found = Figures(store).figures(0)
        assert found.total == jobs.total_jobs() == COUNT_LIMIT + 5
    assert found.statuses["pending"] == found.ready == found.submitted_lately == COUNT_LIMIT + 1
    assert found.types["pending"] == {"probe": SAMPLE // 2, "scan": SAMPLE // 2}
