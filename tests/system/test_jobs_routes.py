"""Jobs over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mustela.jobs import JobContext
from tests.system.jobs_server import Jobs, jobs_server


@pytest.fixture
async def jobs(tmp_path: Path) -> AsyncIterator[Jobs]:
    async with jobs_server(tmp_path) as found:
        yield found


async def test_a_job_reads_the_same_under_both_names(jobs: Jobs) -> None:
    id = await jobs.queue.submit("toy.wait", {"n": 1})
    await jobs.began.wait()
    running = await jobs.get(f"/jobs/{id}")
    assert running["status"] == "running"
    assert running["parameters"] == {"n": 1}
    assert running["progress"]["done"] == 1
    assert running["created_at"].endswith("Z")
    jobs.go.set()
    done = await jobs.get(f"/queue/jobs/{id}/wait", timeout=20)
    assert (done["status"], done["result"]) == ("completed", {"made": 3})
    assert done == await jobs.get(f"/jobs/{id}")


async def test_waiting_ends_when_the_time_is_up(jobs: Jobs) -> None:
    id = await jobs.queue.submit("toy.wait")
    await jobs.began.wait()
    assert (await jobs.get(f"/jobs/{id}/wait", timeout=0))["status"] == "running"
    waiting = asyncio.create_task(jobs.get(f"/jobs/{id}/wait", timeout=30))
    assert (await jobs.get(f"/jobs/{id}"))["status"] == "running"  # nobody else waits for it
    jobs.go.set()
    assert (await waiting)["status"] == "completed"


@pytest.mark.parametrize("synonym", [False, True])
async def test_a_running_job_is_cancelled(jobs: Jobs, synonym: bool) -> None:
    id = await jobs.queue.submit("toy.wait")
    await jobs.began.wait()
    if synonym:
        answer = await jobs.client.delete(f"/api/v1/queue/jobs/{id}")
    else:
        answer = await jobs.client.post(f"/api/v1/jobs/{id}/cancel")
    assert answer.status_code == 200
    assert (await jobs.get(f"/jobs/{id}/wait", timeout=20))["status"] == "cancelled"


async def test_lists_are_filtered_and_paged(jobs: Jobs) -> None:
    ids = [await jobs.queue.submit("toy.elsewhere", paused=True) for _ in range(5)]
    assert (await jobs.get("/jobs"))["total"] == 5
    url: str | None = "/api/v1/jobs?limit=2&type=toy.elsewhere&status=pending&status=running"
    seen: list[str] = []
    while url is not None:
        page = (await jobs.client.get(url)).raise_for_status().json()
        assert (page["total"], page["total_is_exact"]) == (5, True)
        seen += [job["id"] for job in page["items"]]
        url = page["next"]
    assert sorted(seen) == sorted(ids)
    assert (await jobs.get("/jobs", type="other"))["total"] == 0
    assert (await jobs.get("/jobs", since="2000-01-01T00:00:00Z"))["total"] == 5
    assert (await jobs.get("/jobs", since="2100-01-01T00:00:00+02:00"))["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        "status=odd",
        "since=2000-01-01T00:00:00",
        "since=yesterday",
        "since=-28058",
        "since=2.3e%2B10",
        "cursor=x",
        "tail=1",
    ],
)
async def test_bad_filters_are_refused(jobs: Jobs, query: str) -> None:
    answer = await jobs.client.get(f"/api/v1/jobs?{query}")
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_log_is_read_by_its_end_or_by_its_numbers(jobs: Jobs) -> None:
    id = await jobs.queue.submit("toy.wait")
    jobs.go.set()
    await jobs.get(f"/jobs/{id}/wait", timeout=20)
    log = await jobs.get(f"/jobs/{id}/logs")
    texts = [line["text"] for line in log["items"]]
    assert texts[:1] + texts[-1:] == ["it begins", "it ends"]
    assert (await jobs.get(f"/logs/{id}", tail=1))["items"] == log["items"][-1:]
    first = log["items"][0]["number"]
    assert (await jobs.get(f"/queue/jobs/{id}/logs", after=first))["items"] == log["items"][1:]


async def test_a_job_without_errors_says_so_whatever_its_result_is(jobs: Jobs) -> None:
    async def answers_a_list(context: JobContext) -> list[int]:
        return [context.job.attempt]

    jobs.queue.register_handler("toy.list", answers_a_list)
    id = await jobs.queue.submit("toy.list")
    assert (await jobs.get(f"/jobs/{id}/wait", timeout=20))["result"] == [1]
    errors = await jobs.get(f"/jobs/{id}/errors")
    assert errors == {"job_id": id, "error": None, "items": []}


async def test_a_job_that_is_not_there_is_404_everywhere(jobs: Jobs) -> None:
    for method, path in (
        ("GET", ""),
        ("GET", "/wait"),
        ("GET", "/logs"),
        ("GET", "/errors"),
        ("POST", "/cancel"),
        ("DELETE", ""),
    ):
        answer = await jobs.client.request(method, f"/api/v1/jobs/absent{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
