"""Doing again, doing to many, and all of it as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mustela.jobs import JobContext
from mustela.jobs.record import new_job
from mustela.system import job_filters
from mustela.system.jobs_export import COLUMNS
from tests.system.jobs_server import Jobs, jobs_server


@pytest.fixture
async def jobs(tmp_path: Path) -> AsyncIterator[Jobs]:
    async with jobs_server(tmp_path) as found:

        async def fails(context: JobContext) -> None:
            raise OSError("the tape is torn")

        found.queue.register_handler("toy.fails", fails)
        yield found


async def over(jobs: Jobs, id: str) -> Any:
    job = await jobs.get(f"/jobs/{id}/wait", timeout=30)
    assert job["finished_at"] is not None
    return job


async def failed(jobs: Jobs, number: int = 1) -> list[str]:
    """So many jobs that have failed, oldest first."""
    ids = [await jobs.queue.submit("toy.fails", {"n": n}) for n in range(number)]
    for id in ids:
        await over(jobs, id)
    return ids


async def test_a_job_that_is_over_is_submitted_once_more(jobs: Jobs) -> None:
    (id,) = await failed(jobs)
    answer = await jobs.client.post(f"/api/v1/queue/jobs/{id}/rerun")
    assert answer.status_code == 202
    new = answer.json()["job_id"]
    assert answer.headers["location"] == f"/api/v1/queue/jobs/{new}"
    again = await over(jobs, new)
    assert (again["parent"], again["type"], again["parameters"]) == (id, "toy.fails", {"n": 0})
    assert (await jobs.get("/jobs", parent=id))["items"] == [again]
    child = {"id": new, "type": "toy.fails", "status": "failed"}
    assert (await jobs.get(f"/jobs/{id}/provenance"))["children"] == [child]
    parent = {"id": id, "type": "toy.fails", "status": "failed"}
    assert (await jobs.get(f"/jobs/{new}/provenance"))["parents"] == [parent]


async def test_a_rerun_keeps_the_uniqueness_key(jobs: Jobs) -> None:
    first = await jobs.queue.submit("toy.wait", uniqueness_key="root", priority=3)
    await jobs.queue.cancel(first)
    await over(jobs, first)
    second = (await jobs.post(f"/jobs/{first}/rerun", status=202))["job_id"]
    assert (await jobs.get(f"/jobs/{second}"))["priority"] == 3
    assert (await jobs.post(f"/jobs/{first}/rerun", status=202))["job_id"] == second


async def test_what_cannot_be_done_again_is_refused_with_the_reason(jobs: Jobs) -> None:
    running = await jobs.queue.submit("toy.wait")
    refused = await jobs.post(f"/jobs/{running}/rerun", status=409)
    assert refused["code"] == "job_unfinished"
    elsewhere = await jobs.queue.submit("toy.elsewhere")
    await jobs.queue.cancel(elsewhere)
    refused = await jobs.post(f"/jobs/{elsewhere}/rerun", status=422)
    assert refused["code"] == "executed_elsewhere"
    await jobs.queue.jobs.submit(new_job("toy.removed", id="old"))
    await jobs.queue.cancel("old")
    refused = await jobs.post("/jobs/old/rerun", status=422)
    assert refused["code"] == "unknown_job_type"
    assert (await jobs.post("/jobs/nobody/rerun", status=404))["code"] == "not_found"


async def test_many_jobs_are_cancelled_each_with_its_answer(jobs: Jobs) -> None:
    waiting = [await jobs.queue.submit("toy.elsewhere") for _ in range(3)]
    (over,) = await failed(jobs)
    body: dict[str, Any] = {"ids": [waiting[0], over, "nobody", waiting[0]]}
    outcome = await jobs.post("/jobs/cancel", body)
    assert [(one["id"], one["status"]) for one in outcome["items"]] == [
        (waiting[0], "cancelled"),
        (over, "failed"),
        ("nobody", None),
    ]
    assert outcome["items"][2]["error"]["code"] == "not_found"
    assert not outcome["more"]
    body = {"filter": {"type": "toy.elsewhere"}, "limit": 1}
    outcome = await jobs.post("/queue/jobs/cancel", body)
    assert [one["id"] for one in outcome["items"]] == [waiting[2]]
    assert outcome["more"]
    assert len((await jobs.post("/jobs/cancel", {"filter": {}}))["items"]) == 1
    assert (await jobs.get("/jobs", status="pending"))["total"] == 0


async def test_many_jobs_are_done_again_each_with_its_answer(jobs: Jobs) -> None:
    ids = await failed(jobs, 3)
    outcome = await jobs.post("/jobs/rerun", {"ids": [ids[1], "nobody"]})
    assert outcome["items"][1]["error"]["code"] == "not_found"
    again = await over(jobs, outcome["items"][0]["job_id"])
    assert again["parent"] == ids[1]
    body: dict[str, Any] = {"filter": {"parent": ids[1]}}
    outcome = await jobs.post("/jobs/rerun", body)
    assert [one["id"] for one in outcome["items"]] == [again["id"]]
    await over(jobs, outcome["items"][0]["job_id"])
    body = {"filter": {"type": "toy.fails", "since": "2000-01-01T00:00:00Z"}, "limit": 2}
    outcome = await jobs.post("/jobs/rerun", body)
    assert (len(outcome["items"]), outcome["more"]) == (2, True)
    for one in outcome["items"]:
        await over(jobs, one["job_id"])
    assert (await jobs.post("/jobs/rerun", {"filter": {"status": ["completed"]}}))["items"] == []


@pytest.mark.parametrize("what", ["cancel", "rerun"])
async def test_an_order_that_does_not_say_which_jobs_is_refused(jobs: Jobs, what: str) -> None:
    id = await jobs.queue.submit("toy.elsewhere", id="a")
    bodies: list[Any] = [
        {},
        {"ids": ["a"], "filter": {}},
        {"ids": []},
        {"ids": ["a b"]},
        {"ids": ["a"], "limit": 0},
        {"filter": {"status": ["odd"]}},
        {"filter": {"typ": "x"}},
        {"filter": {"since": "2000-01-01T00:00:00"}},
        {"filter": {"since": 946684800}},
    ]
    for body in bodies:
        assert (await jobs.post(f"/jobs/{what}", body, 422))["code"] == "invalid_request"
    assert (await jobs.get(f"/jobs/{id}"))["status"] == "pending"


async def test_jobs_are_written_to_a_file_page_by_page(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_filters, "_PAGE", 2)
    ids = await failed(jobs, 5)
    await jobs.queue.submit("toy.elsewhere", {"name": 'a "comma", and more'})
    url = "/api/v1/jobs/export"
    answer = await jobs.client.get(url, params={"format": "json", "type": "toy.fails"})
    assert answer.headers["content-type"] == "application/json"
    assert [job["id"] for job in answer.json()] == ids[::-1]
    assert answer.json()[0] == await jobs.get(f"/jobs/{ids[-1]}")

    answer = await jobs.client.get(url)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="jobs.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(rows[0]) == list(COLUMNS)
    assert (len(rows), rows[0]["parameters"]) == (6, '{"name":"a \\"comma\\", and more"}')
    assert (rows[0]["external"], rows[0]["started_at"]) == ("true", "")
    assert rows[1]["error_message"] == "OSError: the tape is torn"
    assert rows[1]["created_at"].endswith("Z")
    empty = await jobs.client.get(url, params={"format": "json", "status": "running"})
    assert empty.json() == []
    assert (await jobs.client.get(url, params={"format": "pdf"})).status_code == 422
